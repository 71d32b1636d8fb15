"""``python -m adapters.flask_portal``: gunicorn with threads on ``PORTAL_HOST``:``PORTAL_PORT``."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from gunicorn.app.wsgiapp import run  # type: ignore[import-untyped]

_APPLICATION = "adapters.flask_portal.wsgi"
_THREADS = "16"


def main() -> None:
    """Start serving; ends with the process."""
    # Loaded here first, so that a missing setting is one sentence and not a worker's stack trace.
    import_module(_APPLICATION)
    address = f"{os.environ.get('PORTAL_HOST', '127.0.0.1')}:{os.environ.get('PORTAL_PORT', '8000')}"
    workers = os.environ.get("PORTAL_WORKERS", "1")
    options = {"--bind": address, "--worker-class": "gthread", "--workers": workers, "--threads": _THREADS}
    sys.argv = [
        "gunicorn",
        *(word for option in options.items() for word in option),
        "--no-control-socket",
        f"{_APPLICATION}:app",
    ]
    run()


if __name__ == "__main__":
    main()
