"""`area-clienti explain`: the operator is told why, and never the contact itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from domain.matching import ReasonCode
from provisioning.cli import explain_contact
from provisioning.explain import _SENTENCES
from tests.unit.provisioning.conftest import Sync
from tests.unit.provisioning.deliveries import agency, contact, customer, policy, write
from tests.unit.provisioning.fake_keycloak import FakeKeycloak

HOME = "casa.rossi@example.it"

Explain = Callable[..., tuple[int, str]]


@pytest.fixture
def explain(sync: Sync, keycloak: FakeKeycloak, database_url: str, tmp_path: Path) -> Explain:
    """Sync the rows of a test, then ask about a contact of a brand."""
    rows: dict[str, list[dict[str, str]]] = {
        "agencies.csv": [agency(), agency("A001", brand="alleanza")],
        "customers.csv": [
            customer("G1"),
            customer("G2", first_name="Lucia", tax_code=""),
            customer("G3", first_name="Lucia", tax_code=""),
            customer("G4", first_name="Ugo", status="ceased", tax_code=""),
            customer("A1", brand="alleanza", agency_code="A001", tax_code=""),
        ],
        "contacts.csv": [contact(code, value=HOME) for code in ("G1", "G2", "G3", "G4", "A1")]
        + [
            contact("G1", value="solo.mario@example.it"),
            contact("G1", "mobile", "+393201234567"),
            contact("G1", "landline", "+390612345678"),
            contact("G1", "mobile", "+4915112345678"),
        ],
        "policies.csv": [
            policy("P1", "G1"),
            policy("P2", "G2"),
            policy("P3", "G3"),
            policy("P4", "G4"),
            policy("P5", "A1"),
        ],
    }
    assert sync(write(tmp_path / "d", rows)).is_clean

    def run(asked: str, brand: str = "generali", typed: str | None = None) -> tuple[int, str]:
        environment = {
            "AREA_CLIENTI_DATABASE_URL": database_url,
            "KEYCLOAK_URL": keycloak.url,
            "PROVISIONING_CLIENT_SECRET_GENERALI": "right",
            "PROVISIONING_CLIENT_SECRET_ALLEANZA": "right",
        }
        answer = CliRunner(env=environment).invoke(explain_contact, ["--brand", brand, asked], input=typed)
        return answer.exit_code, answer.output

    return run


def test_a_contact_of_one_customer_can_be_used(explain: Explain) -> None:
    status, said = explain(" Solo.Mario@EXAMPLE.it ")
    assert status == 0
    assert said.endswith("Can be used to register by G1.\n")
    assert "G1 registers as «Persone»" in said
    assert "sol*****@ex***.it" in said
    assert "solo.mario" not in said.lower()


def test_each_customer_who_shares_a_contact_is_explained(explain: Explain) -> None:
    status, said = explain(HOME)
    assert status == 0
    assert "on file for 4 customers" in said
    assert "✓ G1 is recognised" in said
    assert "✗ G2 shares contact, kind and name" in said
    assert "✗ G3 shares contact, kind and name" in said
    assert "✗ G4 is no longer a customer" in said
    assert "A1" not in said, "another brand's customer is nobody here"
    assert said.endswith("Can be used to register by G1.\n")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("nobody@example.it", "is on file for no customer"),
        ("06 12345678", "is a landline"),
        ("+49 1511 2345678", "has a country prefix"),
    ],
)
def test_a_contact_nobody_can_use_says_why(explain: Explain, asked: str, reason: str) -> None:
    status, said = explain(asked)
    assert status == 0
    assert f"✗ {reason}" in said
    assert said.endswith("Cannot be used to register.\n")


def test_a_brand_that_asks_for_a_mobile_says_that_none_is_on_file(explain: Explain) -> None:
    _, said = explain(HOME, "alleanza")
    assert "✗ A1 has no mobile on file, which this brand asks for" in said
    assert said.endswith("Cannot be used to register.\n")


def test_what_keycloak_knows_counts_too(explain: Explain, keycloak: FakeKeycloak) -> None:
    keycloak.usernames = {"G1": HOME}
    _, said = explain(HOME)
    assert "• is the user name of G1 (provisioned)" in said
    assert "✗ G1 has an account already" in said
    assert said.endswith("Cannot be used to register.\n")

    keycloak.usernames = {"G9": "+393201234567"}
    keycloak.customers["generali"]["G9"] = {"emails": [], "mobiles": [], "landlines": []}
    _, said = explain("320 1234567")
    assert "✗ G1 cannot take a contact that is somebody's user name already" in said

    keycloak.states, keycloak.usernames = {"G1": "blocked"}, {}
    _, said = explain("320 1234567")
    assert "✗ G1 cannot register while the account is blocked" in said

    del keycloak.customers["generali"]["G1"]
    _, said = explain("320 1234567")
    assert "✗ G1 is not in Keycloak with this contact yet" in said


def test_a_contact_can_be_given_on_standard_input(explain: Explain) -> None:
    status, said = explain("-", typed="320 1234567\n")
    assert status == 0
    assert "320 *****67" in said


def test_what_cannot_be_read_is_refused_without_being_repeated(explain: Explain) -> None:
    status, said = explain("mario.rossi.example.it")
    assert status == 2
    assert "neither an email address nor a valid telephone number" in said
    assert "mario" not in said


def test_an_unknown_brand_is_refused_and_the_known_ones_are_named(explain: Explain) -> None:
    status, said = explain(HOME, "nobody")
    assert status == 2
    assert "alleanza, generali" in said


def test_every_reason_of_the_rule_has_its_sentence() -> None:
    assert set(_SENTENCES) == set(ReasonCode)
