"""``python -m adapters.flask_portal``: waitress on ``PORTAL_HOST``:``PORTAL_PORT``, with ``PORTAL_THREADS`` threads.

Waitress reads a whole request before a thread sees it, so a visitor who sends slowly, or never ends, holds a socket and
nothing else. Without a buffering proxy in front that is what keeps the portal answering.
"""

from __future__ import annotations

import os
import signal
from importlib import import_module
from types import FrameType

from waitress import serve

_APPLICATION = "adapters.flask_portal.wsgi"
_THREADS = "16"
_MOST_CONNECTIONS = 1000
_IDLE_S = 30
_MOST_HEADER_BYTES = 16 * 1024
# Above what any page takes: the application answers 413 for its own, lower limits.
_MOST_BODY_BYTES = 12 * 1024 * 1024


def main() -> None:
    """Serve until told to stop. Settings that cannot be used end the process with one sentence and exit code 2."""
    application = import_module(_APPLICATION).app
    signal.signal(signal.SIGTERM, _stop)
    serve(
        application,
        host=os.environ.get("PORTAL_HOST", "127.0.0.1"),
        port=int(os.environ.get("PORTAL_PORT", "8000")),
        threads=int(os.environ.get("PORTAL_THREADS", _THREADS)),
        connection_limit=_MOST_CONNECTIONS,
        channel_timeout=_IDLE_S,
        cleanup_interval=_IDLE_S // 3,
        max_request_header_size=_MOST_HEADER_BYTES,
        max_request_body_size=_MOST_BODY_BYTES,
        # Which proxies may say where a request came from is the application's rule (PORTAL_TRUSTED_PROXIES).
        clear_untrusted_proxy_headers=False,
        asyncore_use_poll=True,
        ident=None,
    )


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
