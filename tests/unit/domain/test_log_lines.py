"""A disk without room costs log lines, and not what they tell of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from domain.log_lines import LogLines, log_lines


@pytest.fixture
def full_disk() -> Iterator[TextIO]:
    with Path("/dev/full").open("w", encoding="utf-8") as file:
        yield file
        with pytest.raises(OSError, match="No space left"):
            file.close()


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
def test_a_line_that_cannot_be_written_raises_nothing(full_disk: TextIO, level: str) -> None:
    for _ in range(3):
        getattr(LogLines(full_disk), level)("a line")


def test_every_logger_writes_whole_lines_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.wrap_logger(log_lines("portal"), processors=[structlog.processors.JSONRenderer()])
    log.info("one")
    log.error("two", number=2)
    assert capsys.readouterr().out == '{"event": "one"}\n{"number": 2, "event": "two"}\n'
