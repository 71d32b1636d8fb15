"""Structured logs: one JSON object a line on standard output.

Events carry stable codes and customer codes. Nothing personal is logged: no contact, name, tax code, token or one-time
code; exceptions are logged by type and place, because their texts may quote what a customer typed. What libraries log
is told by its place alone, too: Flask's and waitress's sentences hold the path, and a path may hold a link's token.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from domain.log_lines import log_lines

logger = structlog.get_logger("portal")


def configure() -> None:
    """Send structlog's events as JSON to standard output, and the libraries' warnings without their words."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_without_text,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=log_lines,
        cache_logger_on_first_use=False,
    )
    # urllib3 warns of each connection it has to make anew.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    root = logging.getLogger()
    if not any(isinstance(handler, _LibraryWarnings) for handler in root.handlers):
        root.addHandler(_LibraryWarnings(logging.WARNING))


class _LibraryWarnings(logging.Handler):
    """The standard library's records as events."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        place = f"{record.pathname}:{record.lineno}"
        logger.log(record.levelno, "library_warning", library=record.name, said_at=place, error=error)


def _exception_without_text(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    error = event.pop("error", None)
    if isinstance(error, BaseException):
        event["error_type"] = type(error).__name__
        event["error_code"] = getattr(error, "code", None)
        event["error_at"] = _places(error)
    return event


def _places(error: BaseException) -> list[str]:
    frames: list[Any] = traceback.extract_tb(error.__traceback__)[-5:]
    return [f"{frame.filename}:{frame.lineno}" for frame in frames]
