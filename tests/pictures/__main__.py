"""Takes every picture of the guides and writes the customers' guide: `python -m tests.pictures [NAME]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.pictures.administrators import take_pictures
from tests.pictures.guide import write_guide
from tests.support.browser import launch
from tests.support.console import LIMIT_MS
from tests.support.stack import PROJECT, Stack, attached_stack, running_stack

GUIDES: dict[str, Callable[[Stack, Browser, Path], None]] = {"guide": write_guide, "administrators": take_pictures}


def main(names: list[str]) -> None:
    """All, or those named; from a stack of its own, or from the one in ``AREA_CLIENTI_TEST_STACK``."""
    expect.set_options(timeout=LIMIT_MS)
    for browser in launch():
        if run_dir := os.environ.get("AREA_CLIENTI_TEST_STACK"):
            _write(attached_stack(Path(run_dir)), browser, names)
            continue
        with running_stack(PROJECT / "var" / "docs-run") as stack:
            _write(stack, browser, names)


def _write(stack: Stack, browser: Browser, names: list[str]) -> None:
    for name in names or GUIDES:
        GUIDES[name](stack, browser, PROJECT / "docs")


if __name__ == "__main__":
    main(sys.argv[1:])
