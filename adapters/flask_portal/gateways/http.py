"""One requests session a process, with time limits, and the one rule about retrying.

Only a request that never left is repeated: a connection that could not be made. A request that was sent may have been
acted upon (an SMS, a counted attempt), so a slow answer is an error, except for plain reads.
"""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


def open_session(pool_size: int = 32) -> requests.Session:
    """A session that follows no redirects of its own and keeps connections open."""
    session = requests.Session()
    session.trust_env = False
    retry = Retry(
        total=None, connect=1, read=0, redirect=0, status=0, other=0, backoff_factor=0.1, raise_on_redirect=False
    )
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=pool_size, max_retries=retry)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
