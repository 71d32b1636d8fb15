"""Network addresses as budgets count them."""

from __future__ import annotations

import ipaddress

_IPV6_SUBSCRIBER_PREFIX = 64


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
