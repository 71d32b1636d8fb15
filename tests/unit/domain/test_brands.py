"""Brand files: the two that ship, and what stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.brands import DEFAULT_DIR, BrandFileError, load_brands, variable_suffix

GENERALI = (DEFAULT_DIR / "generali.toml").read_text("utf-8")


def test_both_brands_are_read_with_what_the_rules_say() -> None:
    brands = load_brands()
    assert list(brands) == ["alleanza", "generali"]
    assert [kind.registration_link for kind in brands["generali"].kinds] == [False, True, True]
    assert {kind.registration_link for kind in brands["alleanza"].kinds} == {True}
    for brand in brands.values():
        for policy in (brand.purposes.registration, brand.purposes.contact):
            assert (policy.validity_s, policy.max_attempts) == (48 * 3600, 3)
        assert (brand.purposes.recovery.validity_s, brand.purposes.recovery.link_validity_s) == (900, 48 * 3600)
        assert brand.mobile_prefixes == {"39"}


def test_whom_to_turn_to_is_the_scheme_then_the_employer_then_the_default() -> None:
    whom = load_brands()["generali"].whom_to_turn_to
    assert whom.for_customer().it == "la tua Agenzia"
    assert whom.for_customer(insured_of_company_policy=True).it == "la tua Azienda"
    assert whom.for_customer(scheme="cassa-geometri", insured_of_company_policy=True).it == "la Cassa"
    assert (
        load_brands()["alleanza"].whom_to_turn_to.for_customer().in_language("en_GB") == "your adviser or your agency"
    )


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('sms_sender = "Generali"', 'sms_sender = "Generali Italia"', "sms_sender"),
        ('sms_sender = "Generali"\n', "", "sms_sender"),
        ("[masks]", "[masks]\ncolour = 1", "masks.colour"),
        ('mobile = "spaced"', 'mobile = "wide"', "masks.mobile"),
        # Codes have six digits on every page: a file cannot ask for others.
        ("max_attempts = 3", "max_attempts = 3\ncode_length = 8", "code_length"),
        ('sign_in_identifiers = ["email", "mobile", "customer-code"]', 'sign_in_identifiers = ["email"]', "a username"),
        ('feed_kinds = ["company"]', 'feed_kinds = ["person"]', "the file"),
        ("secondary_profiles = true", "secondary_profiles = 1", "secondary_profiles"),
    ],
)
def test_a_wrong_brand_file_stops_the_start_and_names_the_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    (tmp_path / "generali.toml").write_text(GENERALI.replace(old, new, 1), "utf-8")
    with pytest.raises(BrandFileError, match=place):
        load_brands(tmp_path)


@pytest.mark.parametrize("taken", ["master", "area-clienti", "keycloak", "static", "healthz"])
def test_a_brand_cannot_take_a_name_that_is_in_use(tmp_path: Path, taken: str) -> None:
    (tmp_path / f"{taken}.toml").write_text(GENERALI.replace('id = "generali"', f'id = "{taken}"', 1), "utf-8")
    with pytest.raises(BrandFileError, match="reserved"):
        load_brands(tmp_path)


def test_an_id_of_two_words_makes_a_name_that_a_shell_can_set() -> None:
    assert variable_suffix("nuova-casa") == "NUOVA_CASA"


def test_a_folder_without_brands_and_a_misnamed_file_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(BrandFileError, match="no brand file"):
        load_brands(tmp_path)
    (tmp_path / "other.toml").write_text(GENERALI, "utf-8")
    with pytest.raises(BrandFileError, match=r"generali\.toml"):
        load_brands(tmp_path)
