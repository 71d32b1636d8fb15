"""Network addresses as proxies write them, and as budgets count them."""

from __future__ import annotations

import ipaddress
import re

_IPV6_SUBSCRIBER_PREFIX = 64
_WITH_PORT = re.compile(r"\[([^]]+)\](?::\d+)?|([^:]+):\d+")


def address_in(written: str | None) -> str | None:
    """Return the address in what a proxy wrote, which may hold a port; None for anything else (``unknown``, a name).

    >>> address_in("192.0.2.7:4711"), address_in("[2001:db8::1]"), address_in("unknown")
    ('192.0.2.7', '2001:db8::1', None)
    """
    found = _WITH_PORT.fullmatch(written or "")
    bare = (found[1] or found[2]) if found else written or ""
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None


def subscriber(address: str) -> str:
    """Return what one subscriber is counted as: an IPv4 address, or the /64 that an IPv6 subscriber owns (RFC 6177).

    Raises ValueError for what is no address.

    >>> subscriber("2001:db8::1"), subscriber("::ffff:192.0.2.7")
    ('2001:db8::/64', '192.0.2.7')
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_SUBSCRIBER_PREFIX), strict=False))
