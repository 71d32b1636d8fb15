"""The commands `realm`, which writes the realm file, and `realm diff` and `apply`, which bring it to a Keycloak."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

if TYPE_CHECKING:
    from area_clienti.live_realm.command import RealmFile
    from area_clienti.live_realm.compare import Difference

_REALM = click.option("--realm", "only", help="This realm alone; otherwise every one of the file.")
_FILE = click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The realm file; default: the project's.",
)


@click.group(invoke_without_command=True)
@click.pass_context
def realm(context: click.Context) -> None:
    """Write keycloak/realm-export.json, and what Keycloak's pages and emails take from each brand that ships."""
    if context.invoked_subcommand is not None:
        return
    from area_clienti.brand_folders import put_together  # noqa: PLC0415
    from area_clienti.layout import Layout  # noqa: PLC0415
    from area_clienti.login_theme import write_login_properties  # noqa: PLC0415
    from area_clienti.mail_theme import write_mail_properties  # noqa: PLC0415
    from area_clienti.realm import render_realm_file  # noqa: PLC0415
    from domain.brands import load_brands  # noqa: PLC0415

    layout = Layout.from_environment()
    rendered = render_realm_file(layout.realm_template, put_together(layout).values())
    for brand in load_brands(layout.shipped_brands).values():
        write_login_properties(layout.project / "keycloak" / "themes", brand)
        write_mail_properties(layout.project / "keycloak" / "themes", brand)
    layout.realm_file.write_text(rendered, encoding="utf-8")


@realm.command()
@_REALM
@_FILE
def diff(only: str | None, path: Path | None) -> None:
    """Say in what the running realms differ from the file; exit code 1 when they do."""
    from area_clienti.live_realm.command import live_realm, what_differs  # noqa: PLC0415

    console, count = Console(soft_wrap=True), 0
    for wanted, _ in _file(path).realms(only):
        found = what_differs(live_realm(wanted["realm"]), wanted)
        count += len(found)
        _show(console, wanted["realm"], "as the file says" if not found else f"{len(found)} differences", found)
    sys.exit(1 if count else 0)


@realm.command("apply")
@_REALM
@_FILE
def apply_file(only: str | None, path: Path | None) -> None:
    """Bring the running realms to what the file says; users, sessions, keys and secrets are not touched.

    Exit code 2 when something differs nevertheless.
    """
    from area_clienti.live_realm.command import bring_there, live_realm  # noqa: PLC0415

    console, count = Console(soft_wrap=True), 0
    for wanted, secrets in _file(path).realms(only):
        found, left = bring_there(live_realm(wanted["realm"]), wanted, secrets)
        count += len(left)
        _show(console, wanted["realm"], f"{len(found)} differences written" if found else "as the file says", found)
        if left:
            _show(console, wanted["realm"], "[red]Keycloak did not take[/]", left)
    sys.exit(2 if count else 0)


def _file(path: Path | None) -> RealmFile:
    from area_clienti.layout import Layout  # noqa: PLC0415
    from area_clienti.live_realm.command import RealmFile  # noqa: PLC0415

    return RealmFile(path or Layout.from_environment().realm_file, os.environ)


def _show(console: Console, name: str, what: str, found: Sequence[Difference]) -> None:
    console.print(f"{name}: {what}", highlight=False)
    for one in found:
        console.print(f"  {one}", highlight=False, markup=False)
