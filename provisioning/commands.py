"""What the commands share: options, and how an error ends them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from provisioning.directory import open_engine, upgrade
from provisioning.errors import ProvisioningError, UnreachableError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
QUARANTINE = click.option(
    "--quarantine",
    "quarantine_dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("quarantine"),
    show_default=True,
    help="Folder for the file of the rows that could not be used.",
)


@contextmanager
def translated(console: Console) -> Iterator[None]:
    """Turn what can stop a command into one sentence and its exit code."""
    try:
        yield
    except ProvisioningError as error:
        console.print(f"[red]{error}[/]", highlight=False)
        sys.exit(error.exit_code)
    except DBAPIError as error:
        # Its text would show the statement and, with it, rows.
        why = f"The directory's database does not answer as it should ({type(error.orig).__name__})."
        unreachable = UnreachableError("database_failed", why)
        console.print(f"[red]{unreachable}[/]", highlight=False)
        sys.exit(unreachable.exit_code)


@contextmanager
def directory(url: str) -> Iterator[Engine]:
    """Open the directory in its newest schema; raises `DBAPIError`."""
    upgrade(url)
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
