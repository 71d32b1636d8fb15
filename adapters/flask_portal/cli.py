"""The commands `area-clienti assistance …`, mounted by the composition root: what operators do with the requests.

They talk to the portal's tables with the portal's database address and need nothing else. Exit codes: 0 done,
2 refused, 3 the database is not reachable.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from sqlalchemy.exc import SQLAlchemyError

from adapters.flask_portal.errors import NotFoundError
from adapters.flask_portal.repository import open_engine
from adapters.flask_portal.repository.assistance import AssistanceRequest, AssistanceStore
from adapters.flask_portal.services.assistance import AssistanceDesk, Topic
from domain.clock import SystemClock

_DATABASE_URL = "AREA_CLIENTI_DATABASE_URL"
_UNREADABLE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


@click.group()
def assistance() -> None:
    """Read and close the requests for assistance that customers send from the portal."""


@assistance.command("list")
@click.option("--brand", help="Of this brand alone.")
@click.option("--topic", type=click.Choice([topic.value for topic in Topic]), help="About this alone.")
@click.option("--all", "closed_too", is_flag=True, help="Those that are closed too.")
def list_requests(brand: str | None, topic: str | None, *, closed_too: bool) -> None:
    """The open requests, oldest first; who they are from stands in each alone."""
    with _desk() as desk:
        found = [one for one in desk.listed(brand, closed_too=closed_too) if topic in (None, one.topic)]
    for one in found:
        click.echo(f"{one.reference}  {_moment(one.created_at)}  {one.brand:12}  {one.topic:13}  {_state(one)}")
    if not found:
        click.echo("There are no requests." if closed_too else "There are no open requests.")


@assistance.command()
@click.argument("reference")
def show(reference: str) -> None:
    """Everything about the request REFERENCE: it holds personal data."""
    with _desk() as desk:
        one = desk.find(reference)
    signed_in = f"{one.customer_code} (signed in)" if one.customer_code else "not signed in: make sure who is asking"
    told = {
        "reference": one.reference,
        "brand": one.brand,
        "about": one.topic,
        "asked": _moment(one.created_at),
        "state": _state(one),
        "customer": signed_in,
        "name": one.name,
        "answer to": one.email,
        "language": one.locale,
        "policy number": one.policy_number or "none given",
        "confirmation": _moment(one.confirmed_at) if one.confirmed_at else "could not be sent",
    }
    for name, value in told.items():
        click.echo(f"{name:15}{_readable(value)}")
    click.echo()
    for line in one.text.splitlines():
        click.echo(f"  {_readable(line)}")


@assistance.command()
@click.argument("references", metavar="REFERENCE...", nargs=-1, required=True)
def close(references: tuple[str, ...]) -> None:
    """Close requests that were answered: they are forgotten a month later."""
    with _desk() as desk:
        for reference in references:
            one = desk.close(reference)
            click.echo(f"{one.reference} is {_state(one)}.")


def _state(one: AssistanceRequest) -> str:
    return f"closed {_moment(one.closed_at)}" if one.closed_at else one.status


def _moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC")


def _readable(typed: str) -> str:
    """What a stranger typed, without what a terminal would obey or hide: control signs, directions, line ends."""
    return "".join("�" if unicodedata.category(sign) in _UNREADABLE else sign for sign in typed)


@contextmanager
def _desk() -> Iterator[AssistanceDesk]:
    """The desk of one command; what it refuses is one sentence and an exit code."""
    url = os.environ.get(_DATABASE_URL, "").strip()
    if not url:
        click.echo(f"{_DATABASE_URL} is not set.", err=True)
        sys.exit(2)
    engine = open_engine(url)
    try:
        yield AssistanceDesk(AssistanceStore(engine), SystemClock())
    except NotFoundError as error:
        click.echo(f"{str(error).capitalize()}.", err=True)
        sys.exit(2)
    except SQLAlchemyError:
        # Its text would show the statement.
        click.echo("The portal's database does not answer as it should.", err=True)
        sys.exit(3)
    finally:
        engine.dispose()
