"""After a whole path, no code stands anywhere, and no log, event or metric names a person (SECURITY O1, D1)."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import Browser

from tests.support.journey import PASSWORD, Journey
from tests.support.outbox import Outbox
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


@pytest.fixture(scope="module")
def walked(stack: Stack, browser: Browser) -> tuple[dict[str, str], list[str]]:
    """A customer who registered, signed in, mistyped and confirmed an operation; and the codes of the way."""
    journey, context = Journey.begin(stack, browser, stack.take_customer("generali"))
    journey.register()
    journey.open_sign_in()
    journey.type_password(password="Sbagliata1")
    journey.first_sign_in()
    journey.change_domicile("Via del Canarino 7")
    journey.type_code("operation", journey.customer["mobile"])
    journey.page.wait_for_url(f"{journey.home}/profilo/domicilio/*")
    context.close()
    outbox = Outbox(stack.bridge)
    sent = [*outbox.messages(journey.contact), *outbox.messages(journey.customer["mobile"])]
    codes = [message["code"] for message in sent if message["code"]]
    assert len(codes) == 3
    return journey.customer, codes


def _holds(text: str, code: str) -> bool:
    # A code stands alone; a fraction of a second or a longer number is none.
    return re.search(rf"(?<![\d.:]){code}(?!\d)", text) is not None


def test_no_code_and_no_password_is_at_rest_in_any_database(
    stack: Stack, walked: tuple[dict[str, str], list[str]]
) -> None:
    customer, codes = walked
    for name, dump in stack.everything_stored().items():
        # The customer is there, so it is the right database and all of it.
        assert customer["customer_code"] in dump, name
        assert PASSWORD not in dump, name
        for code in codes:
            assert not _holds(dump, code), name


def test_no_password_is_in_any_file_of_the_database_server(
    stack: Stack, walked: tuple[dict[str, str], list[str]], request: pytest.FixtureRequest
) -> None:
    if stack.databases is None or stack.pid == 0:
        pytest.skip("needs a PostgreSQL server of the tests")
    # Deleted rows and the write-ahead log included.
    server = request.getfixturevalue("postgres")
    assert server.holds_in_its_files(walked[0]["customer_code"])
    assert not server.holds_in_its_files(PASSWORD)


def test_logs_name_no_person_and_no_code(stack: Stack, walked: tuple[dict[str, str], list[str]]) -> None:
    customer, codes = walked
    logs = "\n".join(path.read_text(encoding="utf-8") for path in (stack.run_dir / "log").iterdir())
    assert customer["customer_code"] in logs
    secrets = [
        customer["email"],
        customer["mobile"],
        customer["mobile"][3:],
        customer["tax_code"],
        PASSWORD,
        "Canarino",
    ]
    for secret in [*secrets, *stack.secrets.values()]:
        assert secret not in logs
    for code in codes:
        assert not _holds(logs, code)


def test_keycloaks_events_name_no_contact(stack: Stack, walked: tuple[dict[str, str], list[str]]) -> None:
    customer, codes = walked
    events = stack.admin("generali").connection.raw_get("/admin/realms/generali/events", max=500).text
    assert '"LOGIN"' in events
    for secret in (customer["email"], customer["mobile"], customer["tax_code"]):
        assert secret not in events
    for code in codes:
        assert not _holds(events, code)


def test_metrics_name_no_contact(stack: Stack, walked: tuple[dict[str, str], list[str]]) -> None:
    metrics = requests.get(f"{stack.bridge}/metrics", timeout=10).text
    assert "# HELP" in metrics
    for secret in (walked[0]["email"], walked[0]["mobile"], walked[0]["customer_code"], *walked[1]):
        assert secret not in metrics
