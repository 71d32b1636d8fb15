"""A real browser, once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import launch


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    yield from launch()
