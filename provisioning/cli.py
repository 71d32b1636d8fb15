"""The commands `sync`, `correct`, `runs`, `feed` and `explain`, mounted by the composition root under `area-clienti`.

Exit codes: 0 done, 1 done with quarantined or refused rows, 2 refused, 3 a system is not reachable.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy.orm import Session

from provisioning.commands import FOLDER, QUARANTINE, translated
from provisioning.console import SyncScreen, show_check, show_explanation
from provisioning.directory import open_engine, upgrade
from provisioning.directory.queries import candidates_by_contact
from provisioning.errors import RefusedError
from provisioning.explain import explain, read_contact
from provisioning.feed.generate import generate as generate_delivery
from provisioning.feed.manifest import Mode, open_delivery
from provisioning.feed.quarantine import Quarantine
from provisioning.settings import SyncSettings, brands_from
from provisioning.sync.accepted import rules_in_force
from provisioning.sync.apply import DeliveryApplier
from provisioning.sync.keycloak import KeycloakCustomers
from provisioning.sync.workspace import open_workspace
from provisioning.sync_commands import correct, runs, sync

__all__ = ["correct", "explain_contact", "feed", "runs", "sync"]


@click.command("explain")
@click.option("--brand", "brand_id", required=True, help="The brand, by its id.")
@click.argument("contact")
def explain_contact(brand_id: str, contact: str) -> None:
    """Say step by step why CONTACT can or cannot be used to register.

    A minus sign reads CONTACT from standard input, which keeps it out of the shell's history.
    """
    console = Console(soft_wrap=True)
    with translated(console):
        settings = SyncSettings.from_environment()
        brand = settings.brands.get(brand_id)
        if brand is None:
            raise RefusedError("brand_unknown", f"There is no brand {brand_id}: choose {', '.join(settings.brands)}.")
        asked = read_contact(sys.stdin.readline() if contact == "-" else contact)
        engine = open_engine(settings.database_url)
        with Session(engine) as session:
            holders = candidates_by_contact(session, brand.id, asked)
        engine.dispose()
        accounts = KeycloakCustomers(settings.keycloak_url, settings.client_secrets).by_contact(brand.id, asked.value)
        show_explanation(console, brand, explain(brand, asked, holders, accounts))


@click.group()
def feed() -> None:
    """Make and check deliveries."""


@feed.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--customers", type=click.IntRange(1, 9_000_000), required=True, help="How many customers.")
@click.option("--seed", type=int, required=True, help="The same seed makes the same delivery.")
@click.option("--sequence", type=click.IntRange(1), default=1, show_default=True)
def generate(folder: Path, customers: int, seed: int, sequence: int) -> None:
    """Write a synthetic full delivery of all brands into FOLDER."""
    console = Console()
    if folder.exists() and any(folder.iterdir()) and not (folder / "manifest.json").exists():
        console.print(f"[red]{folder} is not empty and is no delivery: choose another folder.[/]", highlight=False)
        sys.exit(2)
    with translated(console):
        brands = list(brands_from())
    with console.status(f"Writing {customers} customers…"):
        generate_delivery(folder, brands=brands, customers=customers, seed=seed, sequence=sequence)
    console.print(f"Delivery {sequence} with {customers} customers is in {folder}.", highlight=False)


@feed.command()
@click.argument("delivery", type=FOLDER)
@QUARANTINE
def check(delivery: Path, quarantine_dir: Path) -> None:
    """Check a DELIVERY as sync would, without any directory or Keycloak.

    References of a delta to rows that it does not carry cannot be checked here and are reported as unknown.
    """
    console = Console()
    with translated(console):
        opened = open_delivery(delivery)
        brands = frozenset(brands_from())
        path = quarantine_dir / f"check-{opened.manifest.sequence}.csv"
        with tempfile.TemporaryDirectory() as scratch, closing(Quarantine(path)) as quarantine:
            url = f"sqlite:///{scratch}/check.db"
            upgrade(url)
            engine = open_engine(url)
            with (
                Session(engine) as session,
                SyncScreen(console, opened.manifest) as screen,
                open_workspace() as workspace,
            ):
                DeliveryApplier(
                    session,
                    workspace,
                    opened,
                    brands,
                    quarantine,
                    rules_in_force(brands),
                    progress=screen.progress.rows,
                ).apply()
                session.rollback()
            engine.dispose()
        show_check(console, opened.manifest.sequence, quarantine, is_delta=opened.manifest.mode is Mode.DELTA)
    sys.exit(1 if quarantine.count else 0)
