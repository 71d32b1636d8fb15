"""Messages from the bridge's interface to an SMSC, beside Kannel's with the same texts, SMSC and window; and how long a
code takes from the request to the SMSC.

Ours is answered after a commit and remembers what became of each message; Kannel writes a spool that it does not sync.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import click

from benchmarks.bridge_processes import RunningBridge, running_bridge
from benchmarks.calm import calmly
from benchmarks.http_load import Answered, flood, paced
from benchmarks.kannel import is_installed, running_kannel
from benchmarks.measuring import Timings
from benchmarks.report import Figure, Goal, Report, middle
from benchmarks.run import Sizes, console, postgres, step
from domain.brands import load_brands
from domain.mail_look import DEFAULT_THEMES_DIR, load_mail_look
from sms_gateway_bridge.texts.wording import Content, word
from tests.integration.bridge.smsc import DRIVE_SMPP, running_drive_smpp, running_smsc
from tests.support.postgres import PostgresServer

SINGLE_FLOOR, BATCH_FLOOR = 0.15, 0.5
CODE_P99_LIMIT_MS = 250.0
WINDOW, CODES_A_SECOND, BATCH = 32, 200, 200
FEW, MANY = 16, 64
"""Connections over which is asked. Who comes together goes together: the more, the less each costs."""
_LONGEST_S = 120
_KANNEL = "Kannel"
_CODE = "PostgreSQL, code: request to submit_sm"
_TEMPLATE = "registration-completed"


@click.command()
@click.option("--messages", "count", default=2500, show_default=True, help="Messages a figure and round.")
@click.option("--rounds", default=3, show_default=True, help="Of each figure the round in the middle is told.")
@click.option("--workers", type=Sizes(), default="1,2,4", show_default=True, help="Numbers of workers.")
@click.option("--engines", default="SQLite,PostgreSQL", show_default=True, help="Databases, separated by commas.")
@click.option("--codes-for", "codes_s", default=10, show_default=True, help="Seconds of codes, 200 a second.")
@click.option("--kannel/--no-kannel", default=True, show_default=True)
def messages(*, count: int, rounds: int, workers: list[int], engines: str, codes_s: int, kannel: bool) -> Report:
    """Notices sent a second beside Kannel, and a code's way to the SMSC."""
    options = {"messages": count, "rounds": rounds, "workers": workers, "codes_s": codes_s}
    report = Report("messages", "workers", options | {"window": WINDOW, "batch": BATCH})
    if not DRIVE_SMPP.exists():
        raise click.ClickException("the SMSC is Kannel's drive_smpp (Debian: kannel-extras)")
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="area-clienti-bench-")))
        server = kept.enter_context(postgres()) if "PostgreSQL" in engines else None
        # In rounds: the machine's pace changes within minutes, and all are to have the same share of it.
        for turn in range(rounds):
            place = folder / str(turn)
            place.mkdir()
            if kannel and is_installed():
                calmly(report, partial(_measure_kannel, report, place, count))
            for engine in engines.split(","):
                for number in workers:
                    calmly(report, partial(_measure, report, place, server, engine, workers=number, count=count))
        report.figures = middle(report.figures)
        if server:
            calmly(report, partial(_measure_receipts, report, folder, server, count))
        if codes_s and server:
            calmly(report, partial(_measure_codes, report, folder, server, codes_s))
    _compare(report)
    return report


def _measure_kannel(report: Report, place: Path, count: int, attempt: int) -> None:
    folder = place / f"kannel-{attempt}"
    folder.mkdir()
    with (
        step("Kannel"),
        running_drive_smpp(folder / "drive_smpp.log", quiet=True, bearerbox=True) as smsc,
        running_kannel(folder, smsc, WINDOW) as kannel,
    ):
        text = _text()
        requests = [kannel.request(f"+39320{number:07d}", text) for number in range(count)]
        for connections in (FEW, MANY):
            what, before = f"{_KANNEL}, {connections} connections", kannel.sent
            with _through(report, f"{what}: sent", 1, count, lambda before=before: kannel.sent - before):
                _accepted(report, what, 1, count, flood(kannel.http, requests, connections=connections))


def _measure(
    report: Report, place: Path, server: PostgresServer | None, engine: str, attempt: int, *, workers: int, count: int
) -> None:
    folder = place / f"{engine}-{workers}-{attempt}"
    url = server.new_url() if server and engine == "PostgreSQL" else f"sqlite:///{folder}/bridge.db"
    with (
        step(f"{engine}, {workers} worker(s)"),
        running_drive_smpp(folder.parent / f"{folder.name}.log", quiet=True) as smsc,
        running_bridge(folder, url, smsc, workers=workers, window=WINDOW) as bridge,
    ):
        for nth, connections in enumerate((FEW, MANY)):
            numbers = range(nth * count, (nth + 1) * count)
            what = f"{engine}, single posts, {connections} connections"
            _send(report, what, bridge, _singly(bridge, numbers), connections, workers=workers, count=count)
        batches = _batches(bridge, range(2 * count, 3 * count))
        _send(report, f"{engine}, batches", bridge, batches, FEW, workers=workers, count=count)
        console.print(
            f"  most memory, MiB: bridge {bridge.peak_mib[0]}, workers {bridge.peak_mib[1:]}", highlight=False
        )


def _singly(bridge: RunningBridge, numbers: range) -> list[bytes]:
    return [
        bridge.request("portal", "/v1/messages", json.dumps(_notice(one)).encode(), idempotency_key=f"single-{one}")
        for one in numbers
    ]


def _batches(bridge: RunningBridge, numbers: range) -> list[bytes]:
    entries = [_notice(number) | {"idempotency_key": f"batch-{number}"} for number in numbers]
    return [
        bridge.request(
            "portal", "/v1/messages/batch", json.dumps({"messages": entries[first : first + BATCH]}).encode()
        )
        for first in range(0, len(entries), BATCH)
    ]


def _measure_receipts(report: Report, place: Path, server: PostgresServer, count: int, attempt: int) -> None:
    """Until a receipt has come for every message, from an SMSC (smpp34's) that brings them at once; one worker."""
    with (
        step("receipts"),
        running_smsc(stat="DELIVRD") as smsc,
        running_bridge(
            place / f"receipts-{attempt}",
            server.new_url(),
            smsc.port,
            workers=1,
            window=WINDOW,
            bind="transceiver",
        ) as bridge,
    ):
        batches = _batches(bridge, range(count))
        with _through(report, "PostgreSQL, batches: to receipt", 1, count, lambda: bridge.delivered):
            flood(bridge.port, batches, connections=FEW)


def _send(
    report: Report,
    what: str,
    bridge: RunningBridge,
    requests: list[bytes],
    connections: int,
    *,
    workers: int,
    count: int,
) -> None:
    before = bridge.sent
    with _through(report, f"{what}: sent", workers, count, lambda: count if not bridge.unsent else 0):
        answered = flood(bridge.port, requests, connections=connections)
        assert set(answered.statuses) == {202}, answered.statuses
        _accepted(report, what, workers, count, answered)
    assert bridge.sent - before == count, "every message was sent"


def _accepted(report: Report, what: str, workers: int, count: int, answered: Answered) -> None:
    p50, p99 = (answered.timings.percentile_ms(percent) for percent in (50, 99))
    report.figures.append(Figure(f"{what}: accepted", workers, count, count / answered.took_s, p50, p99))


@contextmanager
def _through(report: Report, what: str, workers: int, count: int, sent: Callable[[], int]) -> Iterator[None]:
    """Adds how many messages a second got through, from the first request on. One message has no duration here."""
    began = time.perf_counter()
    yield
    while sent() < count:
        assert time.perf_counter() - began < _LONGEST_S, f"{what}: not all in {_LONGEST_S} s"
        time.sleep(0.05)
    took_s = time.perf_counter() - began
    report.figures.append(Figure(what, workers, count, count / took_s, 0.0, 0.0))


def _measure_codes(report: Report, place: Path, server: PostgresServer, seconds: int, attempt: int) -> None:
    """From the request of a verification to the submit_sm that carries its code, on PostgreSQL with one worker."""
    taken: list[float] = []
    with (
        step(f"codes, {CODES_A_SECOND} a second"),
        running_smsc(answer=lambda _number: taken.append(time.perf_counter()) or 0, stat=None) as smsc,  # type: ignore[func-returns-value]
        running_bridge(place / f"codes-{attempt}", server.new_url(), smsc.port, workers=1, window=WINDOW) as bridge,
    ):
        count = CODES_A_SECOND * seconds
        requests = [
            bridge.request("keycloak", "/v1/verifications", json.dumps(_verification(number)).encode())
            for number in range(count)
        ]
        due = paced(bridge.port, requests, per_second=CODES_A_SECOND, connections=2 * FEW)
        while len(smsc.taken) < count:
            time.sleep(0.05)
        order = [int(one.destination_addr.removeprefix("39321")) for one in smsc.taken]
    timings = Timings(tuple(round((at - due[number]) * 1e9) for at, number in zip(taken, order, strict=True)))
    p50, p99 = timings.percentile_ms(50), timings.percentile_ms(99)
    report.figures.append(Figure(_CODE, 1, count, count / (max(taken) - due[0]), p50, p99))


def _compare(report: Report) -> None:
    """Codes in time; and Kannel's rate by ours, from the first request until all are sent, each at its best."""
    for one in report.figures:
        if one.what == _CODE:
            what = f"p99 of a code at {CODES_A_SECOND} a second, ms"
            report.goals.append(Goal(what, one.p99_ms, CODE_P99_LIMIT_MS))
    peer = _best_sent(report, _KANNEL)
    for way, floor in (("single posts", SINGLE_FLOOR), ("batches", BATCH_FLOOR)):
        ours = _best_sent(report, way)
        if peer and ours:
            report.goals.append(Goal(f"Kannel to ours, {way} (floor {floor})", peer / ours, 1 / floor))


def _best_sent(report: Report, of: str) -> float | None:
    rates = (one.per_second for one in report.figures if of in one.what and one.what.endswith(": sent"))
    return max(rates, default=None)


def _text() -> str:
    """What the SMS says, as the worker words it."""
    brand = load_brands()["generali"]
    look = load_mail_look(DEFAULT_THEMES_DIR, brand.id)
    return word(Content(brand=brand, look=look, template=_TEMPLATE, channel="mobile", locale="it")).text


def _notice(number: int) -> dict[str, object]:
    return {
        "brand": "generali",
        "channel": "mobile",
        "to": f"+39320{number:07d}",
        "locale": "it",
        "template": _TEMPLATE,
        "parameters": {"greeting_name": "Anna"},
    }


def _verification(number: int) -> dict[str, object]:
    return {
        "brand": "generali",
        "purpose": "access",
        "channel": "mobile",
        "to": f"+39321{number:07d}",
        "locale": "it",
        "customer_code": f"GEN{number}",
    }
