"""Takes every picture of the guides: `python -m tests.pictures`."""

from __future__ import annotations

import os
from pathlib import Path

from tests.pictures.administrators import take_pictures
from tests.support.browser import launch
from tests.support.stack import PROJECT, attached_stack, running_stack


def main() -> None:
    """From a stack of its own, or from the one in ``AREA_CLIENTI_TEST_STACK``."""
    folder = PROJECT / "docs" / "pictures" / "administrators"
    folder.mkdir(parents=True, exist_ok=True)
    for browser in launch():
        if run_dir := os.environ.get("AREA_CLIENTI_TEST_STACK"):
            take_pictures(attached_stack(Path(run_dir)), browser, folder)
            continue
        with running_stack(PROJECT / "var" / "docs-run") as stack:
            take_pictures(stack, browser, folder)


if __name__ == "__main__":
    main()
