"""Twilio's and Vonage's declaration files, driven against servers that do what their manuals say."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sms_gateway_bridge.api.request_signatures import Received, TwilioSignature
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.messages import receipts
from sms_gateway_bridge.providers.gateways import load_gateway
from sms_gateway_bridge.providers.http_gateway import HttpGateway
from sms_gateway_bridge.providers.http_sms import HttpSmsProvider
from sms_gateway_bridge.settings import load_bridge_settings
from sms_gateway_bridge.worker import Worker
from tests.integration.bridge.known_services import Twilio, Vonage
from tests.integration.bridge.sms_gateway import running_gateway
from tests.integration.bridge.test_sms_by_http import TEXT, TO, outgoing, states
from tests.support.databases import Databases
from tests.unit.bridge.conftest import Bridge, build
from tests.unit.bridge.test_configuration import environment

FILES = Path(__file__).resolve().parents[3] / "docs/sms-gateways"
CALLBACK = "https://sms-receipts.example/v1/receipts/twilio"

Service = Twilio | Vonage


def declared(name: str, port: int) -> HttpGateway:
    """The shipped file, with nothing changed but where the service is."""
    written = tomllib.loads((FILES / f"{name}.toml").read_text("utf-8"))
    path = written["url"].split("/", 3)[3]
    return HttpGateway.model_validate(written | {"url": f"http://127.0.0.1:{port}/{path}"})


def submit(service: Service, name: str, secret: str, **changes: Any) -> tuple[str, str | None, str | None]:
    with running_gateway(respond=service.respond) as gateway:
        done = HttpSmsProvider(declared(name, gateway.port), secret).submit(outgoing(**changes))
    return done.outcome, done.reference, done.reason


def test_twilio_is_asked_in_its_terms_and_never_for_longer_than_it_takes() -> None:
    service = Twilio()
    assert submit(service, "twilio", service.token) == ("sent", Twilio.sid_of(1), None)
    assert submit(service, "twilio", service.token, validity_s=172_800)[0] == "sent"
    assert service.taken[0] == {
        "To": TO,
        "From": "Generali",
        "Body": TEXT,
        "ValidityPeriod": "120",
        "StatusCallback": CALLBACK,
    }
    assert service.taken[1]["ValidityPeriod"] == "36000"


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [(400, 21211, "failed"), (400, 21610, "failed"), (400, 21611, "retry"), (429, 20429, "retry"),
     (400, 21999, "failed"), (403, 20008, "retry"), (500, 20500, "unknown"), (503, 20503, "unknown")],
)  # fmt: skip
def test_twilios_refusals_mean_what_its_list_says(status: int, code: int, outcome: str) -> None:
    service = Twilio(refuse=(status, code))
    assert submit(service, "twilio", service.token)[0] == outcome
    assert submit(service, "twilio", "another token")[0] == "retry", "credentials can be mended"
    assert service.taken == []


def test_vonage_is_asked_in_its_terms() -> None:
    service = Vonage()
    assert submit(service, "vonage", service.secret) == ("sent", Vonage.uuid_of(1), None)
    assert submit(service, "vonage", service.secret, validity_s=172_800)[0] == "sent"
    assert service.taken[0] == {
        "channel": "sms",
        "message_type": "text",
        "to": TO[1:],
        "from": "Generali",
        "text": TEXT,
        "ttl": 120,
        "client_ref": "msg_1",
    }


@pytest.mark.parametrize(
    ("status", "outcome"), [(402, "retry"), (403, "retry"), (422, "failed"), (429, "retry"), (500, "unknown")]
)
def test_vonages_refusals_mean_what_its_manual_says(status: int, outcome: str) -> None:
    service = Vonage(refuse=status)
    assert submit(service, "vonage", service.secret)[0] == outcome
    assert submit(service, "vonage", "another secret")[0] == "retry", "credentials can be mended"
    assert service.taken == []


class Sending:
    """A bridge that has sent one code by a service, and takes its receipts."""

    def __init__(self, bridge: Bridge, service: Service) -> None:
        self.bridge = bridge
        self.service = service

    def bring(self, headers: dict[str, str], body: bytes) -> int:
        """Bring a receipt as the service does, and apply it; the answer's status."""
        path = f"/v1/receipts/{'twilio' if isinstance(self.service, Twilio) else 'vonage'}"
        answer = self.bridge.portal.transport("POST", path, headers, body)
        assert "webhook-signature" not in answer.headers, "nothing is signed with a service's secret"
        receipts.apply(self.bridge.context.database)
        return answer.status

    @property
    def state(self) -> str:
        return states(self.bridge)[0]


@pytest.fixture
def sending(databases: Databases) -> Iterator[Callable[[Service], Sending]]:
    made: list[Bridge] = []

    def make(service: Service) -> Sending:
        name, secret, key = (
            ("twilio", service.token, service.token)
            if isinstance(service, Twilio)
            else ("vonage", service.secret, service.signature_secret)
        )
        with running_gateway(respond=service.respond) as gateway:
            known = declared(name, gateway.port)
            bridge = build(
                databases(upgrade),
                sms_gateways=(known,),
                sms_receipt_keys={name: (b"an-older-secret-of-it", key.encode())},
            )
            made.append(bridge)
            bridge.worker = Worker(
                bridge.context,
                {"mobile": HttpSmsProvider(known, secret), "email": bridge.provider},
                bridge.worker._settings,
            )
            bridge.keycloak.start()
            bridge.deliver()
        found = Sending(bridge, service)
        assert found.state == "sent"
        return found

    yield make
    for bridge in made:
        bridge.worker.close()
        bridge.app.state.services.context.close()


def test_twilios_receipts_are_taken_as_it_signs_them_and_in_no_other_way(sending: Callable[[Service], Sending]) -> None:
    service = Twilio()
    here = sending(service)
    delivered = service.receipt(1, "delivered", CALLBACK)
    assert here.bring({}, delivered[1]) == 401
    assert here.bring(*service.receipt(1, "undelivered", CALLBACK, MessageStatus="delivered")) == 401
    assert here.bring(*service.receipt(1, "delivered", CALLBACK.replace("https", "http"))) == 401
    assert here.bring(*Twilio(token="0" * 32).receipt(1, "delivered", CALLBACK)) == 401
    assert here.state == "sent"
    assert here.bring(*service.receipt(1, "sending", CALLBACK)) == 202
    assert here.bring(*service.receipt(9, "delivered", CALLBACK)) == 202
    assert here.state == "sent"
    assert here.bring(*delivered) == 202
    assert here.state == "delivered"
    assert here.bring(*delivered) == 401, "a repetition"
    assert here.bring(*service.receipt(1, "failed", CALLBACK)) == 202
    assert here.state == "delivered"


def test_twilios_own_example_of_a_signature_is_accepted() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    body = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
    headers = {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert TwilioSignature([b"12345"], url).verify(Received(headers, "POST", "/myapp.php", body), 0)


def test_vonages_receipts_are_taken_as_it_signs_them_and_in_no_other_way(sending: Callable[[Service], Sending]) -> None:
    service = Vonage()
    here = sending(service)
    headers, body = service.receipt(1, "delivered")
    forged: list[tuple[dict[str, str], bytes]] = [
        ({}, body),
        ({"authorization": "Bearer x.y.z"}, body),
        (headers, body.replace(b"delivered", b"rejected")),
        service.receipt(1, "delivered", secret="another-secret-of-somebody"),
        service.receipt(1, "delivered", alg="HS512"),
        service.receipt(1, "delivered", iat=int(time.time()) - 301),
        service.receipt(1, "delivered", iat=int(time.time()) + 400),
        service.receipt(1, "delivered", iat=None),
        service.receipt(1, "delivered", payload_hash=None),
        service.receipt(1, "delivered", jti=None),
    ]
    assert [here.bring(*receipt) for receipt in forged] == [401] * len(forged)
    assert here.state == "sent"
    assert here.bring(headers, body) == 202
    assert here.state == "delivered"
    assert here.bring(headers, body) == 401, "a repetition"
    assert here.bring(*service.receipt(1, "rejected")) == 202
    assert here.state == "delivered"


@pytest.mark.parametrize("name", ["twilio", "vonage"])
def test_the_files_start_a_bridge_with_the_services_secrets(name: str) -> None:
    settings = environment(
        AREA_CLIENTI_ENV="production",
        SMS_BRIDGE_LINK_ORIGINS="https://clienti.example.it",
        SMS_BRIDGE_SMS_GATEWAY_FILE=str(FILES / f"{name}.toml"),
    )
    key = "SMS_BRIDGE_SMS_GATEWAY_RECEIPT_KEY"
    assert load_bridge_settings(settings | {key: "0123456789abcdef 123456789abcdef0"}).receipt_keys == {
        name: (b"0123456789abcdef", b"123456789abcdef0")
    }
    with pytest.raises(ConfigurationError, match=f"{key} must hold the service's secret"):
        load_bridge_settings(settings | {key: "short"})


def test_a_twilio_file_needs_the_address_that_is_signed(tmp_path: Path) -> None:
    written = (FILES / "twilio.toml").read_text("utf-8").replace(f'\nurl = "{CALLBACK}"', "")
    (tmp_path / "twilio.toml").write_text(written)
    with pytest.raises(ConfigurationError, match="url belongs to twilio's signature"):
        load_gateway(tmp_path / "twilio.toml")
