"""From its words alone a reader knows what a message is for; the tests in containers read theirs in the same way."""

import itertools

import pytest

from sms_gateway_bridge.texts.wording import NOTICES
from tests.docker.recognising import code_in, link_in, purpose_of
from tests.unit.bridge.test_wording import EVERY, LINK, LINKED, PURPOSES, worded


@pytest.mark.parametrize(("brand", "template", "channel", "locale"), EVERY)
def test_purpose_code_and_link_stand_in_every_message(brand: str, template: str, channel: str, locale: str) -> None:
    for link, host in itertools.product((None, LINK) if template in LINKED else (None,), (None, "accesso.example")):
        found = worded(brand, template, channel, locale, link=link, webotp_host=host)
        assert purpose_of(channel, found.subject or found.text) == template
        assert code_in(channel, found.text) == ("123456" if template in PURPOSES else None)
        assert link_in(found.text) == link


def test_what_is_none_of_ours_is_told_so() -> None:
    assert purpose_of("mobile", "Hai vinto! Apri https://premi.example") is None
    assert purpose_of("email", "Aggiorna il tuo account") is None
    assert {*PURPOSES, *NOTICES} == {template for _, template, _, _ in EVERY}
