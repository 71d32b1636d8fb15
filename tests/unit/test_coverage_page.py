"""The table of what the guides show names tests that exist, and gives a reason for what has none."""

from __future__ import annotations

import re

from tests.support.stack import PROJECT

PAGE = (PROJECT / "docs" / "coverage.md").read_text("utf-8")
SHORT = {"portal/": "unit/portal/", "kc/": "integration/keycloak/"}


def _rows() -> list[str]:
    return [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| seed")]


def test_every_test_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:portal|kc|unit|integration|e2e)/[\w/]+\.py)`", PAGE))
    assert len(named) > 20
    for name in named:
        head = name.partition("/")[0] + "/"
        path = PROJECT / "tests" / (SHORT[head] + name.removeprefix(head) if head in SHORT else name)
        assert path.is_file(), name


def test_what_is_not_built_says_why() -> None:
    rows = _rows()
    assert len(rows) > 60
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        shown = ".py`" in row or cells[-1].startswith(("the same", "decision"))
        reason = re.search(r"\*\*later\*\*: \w+", row) or (len(cells) == 3 and cells[-1])
        assert shown or reason, row
