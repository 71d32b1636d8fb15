"""Decoys: asked for where nothing may be sent and nobody may tell (SECURITY R5, O5)."""

from __future__ import annotations

from typing import Any

import pytest

from sms_gateway_bridge.settings import SendLimits
from tests.unit.bridge.conftest import Bridge, wrong

KNOWN, UNKNOWN = "+393201234567", "+393207654321"


def _walk(bridge: Bridge, to: str, customer_code: str, **fields: Any) -> list[Any]:
    """What a stranger sees of four flows of one contact: every answer but its id and its mask."""
    seen = []
    asked = {"purpose": "recovery", "to": to, "customer_code": customer_code, **fields}
    for flow in range(4):
        started = bridge.portal.start(**asked, flow_id=f"{customer_code}-{flow}")
        verification = started.json()["id"]
        sent = bridge.deliver()
        guess = wrong(sent[0].code or "") if sent else "000000"
        for _ in range(4):
            seen.append(_told(bridge.portal.check(verification, customer_code=customer_code, code=guess)))
        bridge.clock.advance(31)
        seen.append(_told(bridge.portal.resend(verification, customer_code=customer_code)))
        seen.append(_told(bridge.portal.check(verification, customer_code=customer_code, code="000001")))
        seen.append(_told(bridge.portal.show(verification)))
        bridge.clock.advance(31)
    return seen


def _told(answer: Any) -> tuple[int, dict[str, Any]]:
    content = answer.json()
    hidden = ("id", "masked_to", "customer_code", "expires_at")
    return answer.status, {name: value for name, value in content.items() if name not in hidden}


def test_a_decoy_cannot_be_told_from_a_verification_whose_code_is_never_guessed(make_bridge: Any) -> None:
    real = _walk(make_bridge(), KNOWN, "G1")
    decoy = _walk(make_bridge(), UNKNOWN, "decoy-1", decoy=True)
    assert decoy == real
    assert any(content.get("status") == "exhausted" for _, content in real)


def test_a_decoy_sends_nothing_and_no_code_fits_it(bridge: Bridge) -> None:
    started = bridge.portal.start(purpose="recovery", to=UNKNOWN, decoy=True)
    assert bridge.deliver() == []
    assert bridge.query("SELECT id FROM messages") == []
    assert bridge.portal.check(started.json()["id"], code="123456").json()["status"] == "wrong"


def test_decoys_use_up_no_money(make_bridge: Any) -> None:
    bridge = make_bridge(SendLimits(daily_anonymous_cents=10, sms_cost_cents=10))
    for number in range(3):
        bridge.portal.start(purpose="recovery", to=f"+39320765432{number}", customer_code=f"d{number}", decoy=True)
    bridge.portal.start(purpose="recovery", to=KNOWN)
    assert len(bridge.deliver()) == 1


@pytest.mark.parametrize("purpose", ["access", "contact"])
def test_where_no_stranger_asks_there_are_no_decoys(bridge: Bridge, purpose: str) -> None:
    client = bridge.keycloak if purpose == "access" else bridge.portal
    assert client.start(purpose=purpose, to=KNOWN, decoy=True).status in (400, 422)
