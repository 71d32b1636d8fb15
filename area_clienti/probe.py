"""``python -m area_clienti.probe URL``: exit 0 when the address answers 200 within three seconds, 1 otherwise.

For health checks inside a container, which has no other program that speaks HTTP.
"""

from __future__ import annotations

import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

_TIMEOUT_S = 3


def answers(url: str) -> bool:
    """Whether ``url`` answers 200; never by way of a proxy."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(0 if len(sys.argv) == 2 and answers(sys.argv[1]) else 1)
