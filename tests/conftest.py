"""Fixtures shared by every kind of test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.brands import THIRD_BRAND, THIRD_BRAND_DELIVERY
from tests.support.delivering import deliver
from tests.support.stack import PROJECT, Stack, attached_stack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole product with the shipped brands and an invented third one, started once a session.

    Or one that runs already, by its run folder (see `attached_stack`).
    """
    if run_dir := os.environ.get("AREA_CLIENTI_TEST_STACK"):
        attached = attached_stack(Path(run_dir))
        if attached.serves(THIRD_BRAND.id):
            deliver(attached, THIRD_BRAND_DELIVERY)
        yield attached
        return
    with running_stack(PROJECT / "var" / "test-run", brand_folders=(THIRD_BRAND.folder,)) as running:
        deliver(running, THIRD_BRAND_DELIVERY)
        yield running


@pytest.fixture
def brand(request: pytest.FixtureRequest, stack: Stack) -> str:
    """The id of a brand, for `parametrize(..., indirect=["brand"])`; the test is skipped where the stack has it not."""
    if not stack.serves(request.param):
        pytest.skip(f"the stack that is attached has no brand {request.param}: start it with its brand folder")
    return str(request.param)
