"""Which provider a message goes by, when another is asked, and how a failing or drained one is left alone."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.providers.base import HELD_UP, Outcome, Outgoing, Provider, Submission
from sms_gateway_bridge.providers.breaker import FIRST_PAUSE_S, TROUBLES, Breaker
from sms_gateway_bridge.providers.router import ANOTHER_WITHIN_S, Router
from sms_gateway_bridge.providers.routes import Routes, country_of
from sms_gateway_bridge.settings import load_worker_settings
from tests.unit.bridge.test_configuration import environment

DOCS = Path(__file__).resolve().parents[3] / "docs/sms-gateways"


class Now:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


class Fake(Provider):
    """Answers as told, and remembers what it was asked."""

    channels = frozenset({"mobile"})

    def __init__(self, name: str, *outcomes: Outcome) -> None:
        self.name = name
        self.outcomes: list[Outcome] = list(outcomes)
        self.asked: list[Outgoing] = []
        self.ready = True
        self.meanwhile: Any = lambda: None

    @property
    def is_ready(self) -> bool:
        return self.ready

    def _submit(self, message: Outgoing) -> Submission:
        self.asked.append(message)
        self.meanwhile()
        return Submission(self.outcomes.pop(0) if self.outcomes else "sent", reason="as_told")


def outgoing(**changes: Any) -> Outgoing:
    fields: dict[str, Any] = {
        "id": "msg_1", "brand": "generali", "purpose": "access", "to": "+393201234567", "validity_s": 120,
    } | changes  # fmt: skip
    return Outgoing(
        brand_name="Generali", sms_sender="Generali", channel="mobile", locale="it", trace_id="t", subject=None,
        text="x", html=None, code=None, link=None, **fields,
    )  # fmt: skip


def routes(*written: dict[str, Any]) -> Routes:
    return Routes.model_validate({"route": list(written)})


def names(*found: str) -> list[dict[str, Any]]:
    return [{"name": name, "priority": place} for place, name in enumerate(found, 1)]


ITALIAN = {"countries": ["IT"], "purposes": ["access", "operation"], "providers": names("fast", "cheap")}
ALLEANZA = {"brands": ["alleanza"], "providers": names("cheap")}
NOTICES = {"purposes": ["notice"], "providers": names("cheap", "fast")}
ABROAD = {"providers": names("abroad")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["fast", "cheap"]),
        ({"purpose": "operation", "brand": "alleanza"}, ["fast", "cheap"]),
        ({"purpose": "recovery", "brand": "alleanza"}, ["cheap"]),
        ({"purpose": "recovery-completed"}, ["cheap", "fast"]),
        ({"to": "+4915112345678"}, ["abroad"]),
        ({"purpose": "recovery"}, ["abroad"]),
    ],
)
def test_the_first_route_that_fits_is_taken(changes: dict[str, Any], expected: list[str]) -> None:
    assert routes(ITALIAN, ALLEANZA, NOTICES, ABROAD).ways(outgoing(**changes)) == expected


def test_a_message_that_no_route_fits_fails_and_is_asked_of_nobody() -> None:
    fast, cheap = Fake("fast"), Fake("cheap")
    router = Router("mobile", [fast, cheap], routes(ITALIAN))
    done = router.submit(outgoing(to="+4915112345678"))
    assert (done.outcome, done.reason, fast.asked, cheap.asked) == ("failed", "no_route", [], [])


def test_weights_share_the_messages_of_one_priority_and_the_others_come_after() -> None:
    shared = [{"name": "a", "weight": 3}, {"name": "b"}, {"name": "c", "priority": 2}]
    known = routes({"providers": shared})
    firsts = Counter(known.ways(outgoing(), lambda n, at=place: at % n)[0] for place in range(4))
    assert firsts == {"a": 3, "b": 1}
    assert {tuple(sorted(known.ways(outgoing())[:2])) for _ in range(20)} == {("a", "b")}
    assert {known.ways(outgoing())[2] for _ in range(20)} == {"c"}


def test_countries_are_read_from_the_number() -> None:
    assert [country_of(number) for number in ("+393201234567", "+41791234567", "+3780549123456", "a@b.it")] == [
        "IT", "CH", "SM", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "asked_second", "outcome"),
    [("sent", 0, "sent"), ("retry", 1, "sent"), ("unknown", 0, "unknown"), ("failed", 0, "failed")],
)
def test_another_provider_is_asked_only_when_the_first_certainly_did_not_take_it(
    first: Outcome, asked_second: int, outcome: str
) -> None:
    one, other = Fake("one", first), Fake("other")
    done = Router("mobile", [one, other]).submit(outgoing())
    assert (done.outcome, len(other.asked)) == (outcome, asked_second)
    assert done.provider == ("other" if asked_second else "one")


@pytest.mark.parametrize(("passed_s", "validity_s", "asked"), [(3, 120, 1), (ANOTHER_WITHIN_S, 120, 0), (3, 3, 0)])
def test_another_provider_is_asked_only_while_there_is_time(passed_s: float, validity_s: int, asked: int) -> None:
    now, one, other = Now(), Fake("one", "retry"), Fake("other")
    one.meanwhile = lambda: setattr(now, "s", passed_s)
    done = Router("mobile", [one, other], monotonic=now).submit(outgoing(validity_s=validity_s))
    assert len(other.asked) == asked
    assert done.outcome == ("sent" if asked else "retry")
    if asked:
        assert other.asked[0].validity_s == validity_s - passed_s


def test_a_provider_that_fails_again_and_again_is_left_alone_and_probed_by_one_message() -> None:
    now, one, other = Now(), Fake("one", *["retry"] * (TROUBLES + 1)), Fake("other")
    router = Router("mobile", [one, other], monotonic=now)
    for _ in range(TROUBLES + 3):
        assert router.submit(outgoing()).provider == "other"
    assert (len(one.asked), router.reports()[0].breaker) == (TROUBLES, "open")
    now.s += FIRST_PAUSE_S
    assert router.reports()[0].breaker == "half-open"
    assert router.submit(outgoing()).provider == "other"  # the probe fails, and the message goes on
    assert (len(one.asked), router.reports()[0].breaker) == (TROUBLES + 1, "open")
    now.s += FIRST_PAUSE_S
    assert router.submit(outgoing()).provider == "other", "the pause has doubled"
    now.s += FIRST_PAUSE_S
    assert router.submit(outgoing()).provider == "one"
    assert router.reports()[0].breaker == "closed"
    assert router.reports()[0].outcomes == {"retry": TROUBLES + 1, "sent": 1}


def test_only_one_message_at_a_time_is_a_probe() -> None:
    now = Now()
    breaker = Breaker(now)
    for _ in range(TROUBLES):
        assert breaker.admits()
        breaker.settled(Submission("unknown"))
    assert not breaker.admits()
    now.s += FIRST_PAUSE_S
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.settled(Submission("retry", reason=HELD_UP))  # says nothing: the next one probes
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.settled(Submission("failed"))  # an answer is an answer
    assert breaker.state == "closed"


def test_a_refusal_of_one_number_does_not_open_the_breaker() -> None:
    one = Fake("one", *["failed"] * 3 * TROUBLES)
    router = Router("mobile", [one])
    assert {router.submit(outgoing()).outcome for _ in range(3 * TROUBLES)} == {"failed"}
    assert router.reports()[0].breaker == "closed"


def test_a_router_that_is_closed_asks_nobody_and_says_so() -> None:
    one = Fake("one")
    router = Router("mobile", [one, Fake("other")])
    router.close()
    done = router.submit(outgoing())
    assert (done.outcome, done.reason, one.asked) == ("retry", HELD_UP, [])
    assert router.reports()[0].under_way == 0


def test_a_drained_provider_is_asked_nothing_more_and_ends_what_it_has() -> None:
    one, other, hold = Fake("one"), Fake("other"), threading.Event()
    one.meanwhile = lambda: hold.wait(5)
    router = Router("mobile", [one, other])
    under_way: Future[Submission] = Future()
    router.start(outgoing(), under_way.set_result)
    router.drain({"one"})
    assert router.submit(outgoing()).provider == "other"
    assert router.reports()[0].under_way == 1
    hold.set()
    assert under_way.result(5).provider == "one"
    router.drain(set())
    assert router.submit(outgoing()).provider == "one"


def test_where_every_provider_is_drained_or_away_messages_wait() -> None:
    one, other = Fake("one"), Fake("other")
    router = Router("mobile", [one, other])
    router.drain({"one"})
    other.ready = False
    done = router.submit(outgoing())
    assert (done.outcome, done.reason, router.is_ready) == ("retry", "no_provider", False)
    assert one.asked == other.asked == []


def test_routes_are_read_strictly(tmp_path: Path) -> None:
    file = tmp_path / "routes.toml"

    def load(text: str) -> Routes | None:
        file.write_text(text)
        return load_worker_settings(
            environment(
                SMS_BRIDGE_SMS_GATEWAY_FILE=f"{DOCS / 'example.toml'}:{DOCS / 'smpp.toml'}",
                SMS_BRIDGE_SMS_GATEWAY_SECRET_EXAMPLE_GATEWAY="token",
                SMS_BRIDGE_SMS_GATEWAY_SECRET_EXAMPLE_SMSC="s3cret",
                SMS_BRIDGE_SMS_ROUTES_FILE=str(file),
            )
        ).sms_routes

    known = load((DOCS / "routes.toml").read_text())
    assert known is not None
    assert known.ways(outgoing())[0] == "example-smsc"
    assert known.unknown_brand({"generali"}) is None
    assert known.unknown_brand(set()) == "generali"
    for text, named in (
        ('[[route]]\nproviders = [{name = "nobody"}]', "nobody"),
        ("[[route]]\nproviders = []", "providers"),
        ('[[route]]\nproviders = [{name = "example-smsc"}, {name = "example-smsc"}]', "twice"),
        ('[[route]]\ncountries = ["Italy"]\nproviders = [{name = "example-smsc"}]', "countries"),
        ('[[route]]\npurposes = ["spam"]\nproviders = [{name = "example-smsc"}]', "purposes"),
        ('[[route]]\ncolour = "red"\nproviders = [{name = "example-smsc"}]', "colour"),
    ):
        with pytest.raises(ConfigurationError, match=named):
            load(text)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SMS_BRIDGE_SMS_GATEWAY_SECRET_EXAMPLE_GATEWAY": None}, "SECRET_EXAMPLE_GATEWAY is not set"),
        ({"SMS_BRIDGE_SMS_GATEWAY_SECRET_OTHER": "x"}, "SECRET_OTHER belongs to no gateway"),
        ({"SMS_BRIDGE_SMS_GATEWAY_SECRET": "x"}, "with several, each has its own"),
        ({"SMS_BRIDGE_SMS_GATEWAY_FILE": f"{DOCS / 'smpp.toml'}:{DOCS / 'smpp.toml'}"}, "two gateways of one name"),
    ],
)
def test_each_of_several_gateways_has_a_secret_of_its_own(changes: dict[str, str | None], named: str) -> None:
    known: dict[str, str | None] = {
        "SMS_BRIDGE_SMS_GATEWAY_FILE": f"{DOCS / 'example.toml'}:{DOCS / 'smpp.toml'}",
        "SMS_BRIDGE_SMS_GATEWAY_SECRET_EXAMPLE_GATEWAY": "token",
        "SMS_BRIDGE_SMS_GATEWAY_SECRET_EXAMPLE_SMSC": "s3cret",
    }
    assert set(load_worker_settings(environment(**known)).sms_secrets) == {"example-gateway", "example-smsc"}
    with pytest.raises(ConfigurationError, match=named):
        load_worker_settings(environment(**(known | changes)))
