"""The commands `mobile-changes list`, `approve` and `refuse`: new access mobiles of registered customers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from domain.clock import SystemClock
from domain.masking import mask_mobile
from provisioning.commands import directory, translated
from provisioning.directory.models import ChangeState
from provisioning.settings import SyncSettings
from provisioning.sync.lock import only_run
from provisioning.sync.mobile_changes import Listed, decide, listed

_BY = click.option("--by", required=True, help="Who decides, as the record is to name them.")


@click.group("mobile-changes")
def mobile_changes() -> None:
    """New mobiles for the codes of registered customers, which wait until they may apply."""


@mobile_changes.command("list")
@click.option("--all", "everything", is_flag=True, help="Those decided upon, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_changes(*, everything: bool, as_json: bool) -> None:
    """List what waits, oldest first; numbers are masked."""
    console = Console(soft_wrap=True)
    with translated(console):
        settings = SyncSettings.from_environment()
        with directory(settings.database_url) as engine, Session(engine) as session:
            rows = [_shown(one, settings) for one in listed(session, everything=everything)]
    if as_json:
        click.echo(json.dumps(rows))
        return
    table = Table("change", "customer", "new mobile", "certified", "customer told", "applies", "state", "decided by")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


@mobile_changes.command()
@click.argument("change", type=int)
@_BY
def approve(change: int, by: str) -> None:
    """Let a CHANGE apply without waiting; Keycloak is told by the next sync."""
    _decide(change, release=True, by=by)


@mobile_changes.command()
@click.argument("change", type=int)
@_BY
def refuse(change: int, by: str) -> None:
    """Keep a CHANGE from applying, for as long as the agency ranks this number first."""
    _decide(change, release=False, by=by)


def _decide(change: int, *, release: bool, by: str) -> None:
    console = Console(soft_wrap=True)
    with translated(console):
        settings = SyncSettings.from_environment()
        with directory(settings.database_url) as engine, only_run(engine), Session(engine) as session, session.begin():
            decide(session, change, release=release, by=by, now=SystemClock().now())
    done = "approved: the next sync tells Keycloak" if release else "refused"
    console.print(f"Change {change} is {done}.", highlight=False)


def _shown(one: Listed, settings: SyncSettings) -> dict[str, object]:
    change = one.change
    return {
        "change": change.id,
        "customer_code": change.customer_code,
        "mobile": mask_mobile(change.mobile, settings.brands[one.brand].masks.mobile),
        "certified": "yes" if one.certified else "no",
        "told_at": _written(change.told_at) or "no",
        "applies": _applies(one, settings.mobile_hold),
        "state": change.state,
        "decided_by": change.decided_by,
    }


def _applies(one: Listed, hold: timedelta) -> str:
    change = one.change
    if change.state == ChangeState.REFUSED:
        return "no"
    if change.state == ChangeState.RELEASED:
        return _written(change.decided_at)
    if not one.certified or change.told_at is None:
        return "when approved"
    return _written(change.told_at + hold)


def _written(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="minutes")
