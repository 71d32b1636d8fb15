"""The file that declares an SMSC: what it may say, and what stops the start."""

from __future__ import annotations

from typing import Any

import pytest

from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.providers.registry import build_providers
from sms_gateway_bridge.providers.router import Router
from sms_gateway_bridge.settings import load_worker_settings
from tests.integration.bridge.esme import EXAMPLE, PASSWORD, declared
from tests.unit.bridge.test_configuration import production_with


def test_a_file_says_what_an_smscs_own_statuses_mean() -> None:
    known = declared(1, statuses={"0x400": "retry", "0x0B": "unknown"})
    assert [known.outcome_of(status) for status in (0x400, 0x401, 0x0B)] == ["retry", "failed", "unknown"]


def test_the_example_file_lets_a_production_worker_start_and_a_long_password_does_not() -> None:
    production = production_with(EXAMPLE)
    with pytest.raises(ConfigurationError, match=r"^SMS_BRIDGE_SMS_GATEWAY_SECRET is not set$"):
        load_worker_settings(production)
    with pytest.raises(ConfigurationError, match="at most 8 characters"):
        load_worker_settings(production | {"SMS_BRIDGE_SMS_GATEWAY_SECRET": "longer-than-8"})
    settings = load_worker_settings(production | {"SMS_BRIDGE_SMS_GATEWAY_SECRET": PASSWORD})
    provider = build_providers(settings)["mobile"]
    assert isinstance(provider, Router)
    assert [(one.provider, provider.capacity) for one in provider.reports()] == [("example-smsc", 32)]
    assert PASSWORD not in repr(settings)
    provider.close()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "carrier-pigeon"}, "kind"),
        ({"tls": "none"}, "tls"),
        ({"tls": "private-network", "ca_file": "/x"}, "ca_file"),
        ({"system_id": "longer-than-fifteen"}, "system_id"),
        ({"window": 0}, "window"),
        ({"statuses": {"88": "retry"}}, "statuses"),
        ({"statuses": {"0x58": "sent"}}, "statuses"),
        ({"name": "smtp"}, "taken"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_its_key(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match="(?s)" + named):
        declared(1, **change)


def test_a_line_in_clear_leaves_this_machine_only_where_the_file_says_so() -> None:
    assert declared(1, host="smsc.example").encrypted
    assert not declared(1, host="smsc.example", tls="private-network").encrypted
    assert not declared(1).encrypted
    assert declared(1, ca_file="/etc/ca.pem").encrypted
