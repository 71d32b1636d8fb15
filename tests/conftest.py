"""Fixtures shared by every kind of test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack import PROJECT, Stack, attached_stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole product, started once; or one that runs already, by its run folder (see `attached_stack`)."""
    if run_dir := os.environ.get("AREA_CLIENTI_TEST_STACK"):
        yield attached_stack(Path(run_dir))
        return
    with running_stack(PROJECT / "var" / "test-run") as running:
        yield running
