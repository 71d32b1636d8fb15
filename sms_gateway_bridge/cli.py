"""The commands `area-clienti bridge …`, mounted by the composition root.

They talk to the bridge's database, with the bridge's own settings. Exit codes: 0 done, 1 the test message did not get
through or a budget is in alarm, 2 refused, 3 the database is not reachable.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from domain.contacts import Channel, ContactError, contact
from sms_gateway_bridge import standing
from sms_gateway_bridge.context import Context, build_context
from sms_gateway_bridge.conversion import conversions_of
from sms_gateway_bridge.errors import BridgeError, UnavailableError
from sms_gateway_bridge.operations import FINAL, History, histories, send_test
from sms_gateway_bridge.settings import load_operator_settings
from sms_gateway_bridge.spending import cap_of, pays_for, spent_today

_POLL_S = 0.2


@click.group()
def bridge() -> None:
    """Look after the SMS gateway bridge: its providers, and what became of its messages."""


@bridge.command()
def providers() -> None:
    """How each provider stands in the living workers."""
    with _context() as context:
        with context.database.read() as connection:
            found = standing.standings(connection, context.database.now_ms(connection))
        drained = standing.drained(context.database)
    known = {one.provider for one in found}
    for one in found:
        breakers = ", ".join(f"{count} {state}" for state, count in sorted(one.breakers.items()))
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in one.outcomes.items() if count)
        click.echo(
            f"{one.provider} ({one.channel}){' DRAINED' if one.drained else ''}: ready in {one.ready} of {one.workers} "
            f"workers; breaker {breakers}; {one.under_way} under way; since the start {outcomes or 'nothing'}"
        )
    for name in sorted(drained - known):
        click.echo(f"{name} DRAINED: no living worker has it")
    if not found:
        click.echo("No living worker has a provider.")


@bridge.command()
@click.argument("provider")
@click.option("--off", is_flag=True, help="Take it back.")
def drain(provider: str, *, off: bool) -> None:
    """Hand PROVIDER nothing more; what it has under way ends by itself. Workers know within about a second."""
    with _context() as context:
        with context.database.read() as connection:
            found = standing.standings(connection, context.database.now_ms(connection))
        known = {one.provider for one in found} | standing.drained(context.database)
        if provider not in known:
            raise BridgeError(f"no living worker has a provider {provider}; there are: {', '.join(sorted(known))}")
        standing.drain(context.database, provider, off=off)
        others = [one for one in found if one.provider != provider and not one.drained]
        channel = next((one.channel for one in found if one.provider == provider), None)
    click.echo(f"{provider} is {'taken back' if off else 'drained'}.")
    if not off and not any(one.channel == channel for one in others):
        click.echo("Nothing else serves its channel: its messages wait until they expire.")


@bridge.command()
def budgets() -> None:
    """What was spent on SMS today, and how many of the codes sent are used, by prefix. Exit code 1 with an alarm."""
    with _context() as context:
        with context.database.read() as connection:
            spent = spent_today(connection, context.database.now_ms(connection))
            found = conversions_of(connection)
        breakers = [audience for audience, cents in spent.items() if not pays_for(context.limits, audience, cents)]
        for audience, cents in spent.items():
            breaker = "BREAKER OPEN, no SMS goes out until midnight UTC" if audience in breakers else "breaker closed"
            click.echo(f"{audience}: {cents} of {cap_of(context.limits, audience)} cents spent today; {breaker}")
    for one in found:
        alarm = f" ALARM since {_moment(one.alarm_since_ms)}" if one.alarm_since_ms is not None else ""
        click.echo(f"{one.audience} {one.prefix}: {one.used} of {one.sent} codes used{alarm}")
    sys.exit(1 if breakers or any(one.alarm_since_ms is not None for one in found) else 0)


@bridge.command()
@click.argument("wanted", metavar="ID")
def message(wanted: str) -> None:
    """What became of a message: ID is ours, a verification's, a trace's, or the provider's reference."""
    with _context() as context:
        for history in histories(context, wanted):
            _show(history)


@bridge.command("send-test")
@click.option("--brand", required=True, help="The brand it is written for.")
@click.option("--to", required=True, help="A mobile or an email address of your own.")
@click.option("--locale", default="it", show_default=True)
@click.option("--wait", "wait_s", default=60, show_default=True, help="Seconds to follow it.")
def send_test_command(brand: str, to: str, locale: str, wait_s: int) -> None:
    """Send a test message as any notice is sent, and follow it. It counts in every budget."""
    with _context() as context:
        channel = Channel.EMAIL if "@" in to else Channel.MOBILE
        try:
            canonical = contact(channel, to).value
        except ContactError as error:
            raise BridgeError(f"--to cannot be used: {error.code}") from None
        message_id = send_test(context, brand=brand, channel=channel.value, to=canonical, locale=locale)
        click.echo(f"{message_id} is queued")
        history = _follow(context, message_id, wait_s)
        _show(history)
    sys.exit(0 if history.row["state"] in ("sent", "delivered") else 1)


def _follow(context: Context, message_id: str, wait_s: int) -> History:
    until, last = time.monotonic() + wait_s, "queued"
    while True:
        (history,) = histories(context, message_id)
        if history.row["state"] != last:
            last = history.row["state"]
            click.echo(f"{last}")
        if last in FINAL or time.monotonic() >= until:
            return history
        time.sleep(_POLL_S)


def _show(history: History) -> None:
    row = history.row
    told = {
        "message": f"{row['id']} ({row['kind']}, {row['template']}, {row['brand']}, {row['channel']})",
        "to": history.masked_to,
        "state": row["state"] + (f" ({row['reason']})" if row["reason"] else ""),
        "provider": row["provider"] or "none yet",
        "reference": row["provider_reference"],
        "tries": row["submissions"],
        "created": _moment(row["created_ms"]),
        "changed": _moment(row["updated_ms"]),
        "worth until": _moment(row["expires_ms"]),
        "receipts waiting": ", ".join(history.waiting_receipts),
        "verification": row["verification_id"],
        "trace": row["trace_id"],
    }
    for name, value in told.items():
        if value not in (None, ""):
            click.echo(f"{name:17}{value}")


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@contextmanager
def _context() -> Iterator[Context]:
    """The tools of one command; what it refuses is one sentence and an exit code."""
    try:
        settings = load_operator_settings()
        context = build_context(settings, limits=settings.limits, pool_size=2)
        try:
            yield context
        finally:
            context.close()
    except UnavailableError:
        click.echo("The bridge's database is not reachable.", err=True)
        sys.exit(3)
    except BridgeError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
