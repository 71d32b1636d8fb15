"""Structured logs: one JSON object a line on standard output, with a trace id and nothing personal (SECURITY D1)."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType

import structlog

from domain.log_lines import log_lines

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def configure(service: str, level: str = "info") -> None:
    """Send structlog's events as JSON to standard output; the standard library's warnings join them."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(_as_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=log_lines,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(),
            ]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


_ENCODER = json.JSONEncoder(default=repr)


def _as_json(event: Mapping[str, object], **_options: object) -> str:
    """One encoder for all lines; `json.dumps` would make one for each."""
    return _ENCODER.encode(event)


def trace_id_from(traceparent: str | None) -> str:
    """The trace id of a W3C ``traceparent`` header, or a new one."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match.group(1) if match else secrets.token_hex(16)


def where(error: BaseException) -> dict[str, object]:
    """An error for a log: its type and where it happened, never its message, which may quote what a customer typed."""
    frames = traceback.extract_tb(_innermost(error))
    return {
        "error": type(error).__name__,
        "at": [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames],
    }


def _innermost(error: BaseException) -> TracebackType | None:
    return error.__traceback__
