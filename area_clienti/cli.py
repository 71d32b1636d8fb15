"""The command ``area-clienti``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from area_clienti.errors import AreaClientiError
from area_clienti.realm_commands import realm
from provisioning.cli import correct, explain_contact, feed, runs, sync
from provisioning.demo import DEMO_DELIVERY
from provisioning.mobile_commands import mobile_changes
from sms_gateway_bridge.cli import bridge

_ON_THE_RUNNING_STACK = {
    **dict.fromkeys(("sync", "correct", "runs", "mobile-changes", "export-changes", "explain"), "provisioning"),
    "bridge": "bridge",
    "assistance": "portal",
}


class _Commands(click.Group):
    """Finds the portal's own commands when they are asked for: no other needs the whole of the portal."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "assistance"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "assistance":
            return super().get_command(ctx, cmd_name)
        from adapters.flask_portal.cli import assistance  # noqa: PLC0415

        return assistance


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="area-clienti")
@click.pass_context
def cli(context: click.Context) -> None:
    """Identity suite for an insurer's customer area.

    Exit codes: 0 done, 1 done with quarantined rows, 2 refused, 3 a system is not reachable.
    """
    if context.invoked_subcommand in _ON_THE_RUNNING_STACK:
        from area_clienti.layout import Layout  # noqa: PLC0415
        from area_clienti.running_stack import join_running_stack  # noqa: PLC0415

        join_running_stack(Layout.from_environment(), os.environ, _ON_THE_RUNNING_STACK[context.invoked_subcommand])


@cli.command()
@click.option(
    "--feed",
    "delivery",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=DEMO_DELIVERY,
    show_default="the demo delivery",
    help="Start with this delivery.",
)
def up(delivery: Path) -> None:
    """Build what is missing and run Keycloak, bridge, worker and portal on this machine."""
    # Imported here: the other commands must not pay for what only this one needs.
    from area_clienti.environment import Ports  # noqa: PLC0415
    from area_clienti.layout import Layout  # noqa: PLC0415
    from area_clienti.up import LocalStack  # noqa: PLC0415

    LocalStack(Layout.from_environment(), Ports.from_environment(), delivery, Console(soft_wrap=True)).run()


@cli.command()
def build() -> None:
    """Build the Keycloak extension, Keycloak, themes and translations, without starting anything."""
    from area_clienti.layout import Layout  # noqa: PLC0415
    from area_clienti.up import build as build_all  # noqa: PLC0415

    build_all(Layout.from_environment(), Console(soft_wrap=True))


@cli.command()
@click.option(
    "--brands",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The folder whose folders are added brands; it may hold none.",
)
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
def assemble(brands: Path, target: Path) -> None:
    """Write what images hold of all brands into TARGET: brand files, themes, realm file, refused passwords."""
    from area_clienti.assembly import assemble as assemble_into  # noqa: PLC0415
    from area_clienti.layout import PROJECT  # noqa: PLC0415

    assemble_into(PROJECT, brands, target)


@cli.command()
def doctor() -> None:
    """Say what is right and what is not on this machine, each with the remedy. Exit code 3 when something is not."""
    from area_clienti.doctor import examine  # noqa: PLC0415
    from area_clienti.environment import Ports  # noqa: PLC0415
    from area_clienti.layout import Layout  # noqa: PLC0415

    console, well = Console(soft_wrap=True), True
    for finding in examine(Layout.from_environment(), Ports.from_environment()):
        well = well and not finding.problem
        mark = "[red]✗[/]" if finding.problem else "[green]✓[/]"
        console.print(f"{mark} {finding.what}{': ' if finding.problem else ''}{finding.problem}", highlight=False)
    sys.exit(0 if well else 3)


@cli.command("export-changes")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--after",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of an earlier export: only what came since.",
)
def export_changes(folder: Path, after: Path | None) -> None:
    """Write into FOLDER what customers changed themselves, for the agency: domiciles, in the feed's columns."""
    from adapters.flask_portal.repository import open_engine  # noqa: PLC0415
    from area_clienti.export_changes import export_changes as write  # noqa: PLC0415
    from domain.clock import SystemClock  # noqa: PLC0415
    from provisioning.commands import translated  # noqa: PLC0415
    from provisioning.settings import database_url  # noqa: PLC0415

    console = Console(soft_wrap=True)
    with translated(console):
        engine = open_engine(database_url())
        count = write(engine, folder, after=after, now=SystemClock().now())
        engine.dispose()
    console.print(f"{count} changes are in {folder}: they are personal data, delete them once sent.", highlight=False)


@cli.command()
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    required=True,
    help="The file to write; - writes to the standard output.",
)
@click.option("--brand", "added", help="Only the secrets of this brand, to add to a file that is in use.")
def secrets(output: Path, added: str | None) -> None:
    """Write a new environment file for docker-compose.yml with every secret freshly made."""
    from area_clienti.secrets_file import brand_secrets, production_environment, write_new  # noqa: PLC0415
    from domain.brands import load_brands  # noqa: PLC0415

    folder = os.environ.get("AREA_CLIENTI_BRANDS_DIR")
    brands = sorted(load_brands(Path(folder) if folder else None))
    if added is not None and added not in brands:
        raise AreaClientiError(f"There is no brand {added}: known are {', '.join(brands)}.")
    text = brand_secrets(added) if added else production_environment(brands)
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    try:
        write_new(output, text)
    except FileExistsError:
        raise AreaClientiError(f"{output} exists: its secrets are in use. Move it away first.") from None
    except OSError as error:
        raise AreaClientiError(f"{output} cannot be written: {error.strerror}.") from None


@cli.command()
@click.argument("database", type=click.Choice(["directory", "bridge"]))
def migrate(database: str) -> None:
    """Bring a DATABASE to the newest schema and give the roles of its users their privileges."""
    from area_clienti.migrate import TARGETS  # noqa: PLC0415
    from area_clienti.migrate import migrate as apply  # noqa: PLC0415

    roles = apply(TARGETS[database], os.environ)
    granted = f"; privileges given to {', '.join(roles)}" if roles else ""
    click.echo(f"The {database} database has the newest schema{granted}.")


cli.add_command(sync)
cli.add_command(correct)
cli.add_command(realm)
cli.add_command(runs)
cli.add_command(mobile_changes)
cli.add_command(feed)
cli.add_command(explain_contact)
cli.add_command(bridge)


def main() -> None:
    """Run the command; what a person can put right is one sentence, without a stack trace."""
    try:
        cli.main(standalone_mode=False)
    except AreaClientiError as error:
        Console(stderr=True, soft_wrap=True).print(f"[red]{error}[/]", highlight=False)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
