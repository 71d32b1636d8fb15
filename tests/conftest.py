"""Fixtures shared by every kind of test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.stack import PROJECT, Stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole product, started once."""
    with running_stack(PROJECT / "var" / "test-run") as running:
        yield running
