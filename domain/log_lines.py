"""Where log lines go: standard output, of every service."""

from __future__ import annotations

import contextlib

import structlog


class LogLines(structlog.WriteLogger):
    """Writes lines to standard output. One that cannot be written (a full disk) is late or lost, and nothing else."""

    def msg(self, message: str) -> None:
        """Write one line."""
        with contextlib.suppress(OSError):
            super().msg(message)

    log = debug = info = warning = error = critical = fatal = msg


def log_lines(*_names: str) -> LogLines:
    """structlog's logger factory; what a logger is called is no part of a line."""
    return LogLines()
