"""How many of the codes sent by SMS are used, by prefix; and the alarm when they are too few (SECURITY O5).

Whoever earns from the messages that others pay for asks for codes to a range of numbers and never enters one. Counted
are the codes handed over in the hour that ended ten minutes ago, which leaves the last ones time to be entered, under
the country's prefix and under the first five digits: a range, never a person. Strangers' requests and signed-in
customers' are told apart, so that the ones do not hide among the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import structlog
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from sqlalchemy import Connection, case, delete, func, insert, or_, select

from domain.purposes import ANONYMOUS
from sms_gateway_bridge.db.engine import Database, hold
from sms_gateway_bridge.db.tables import conversions, messages, verifications

WINDOW_S = 3600
SETTLING_S = 600
MEASURE_EVERY_S = 60.0
_RANGE_LENGTH = len("+39320")


@dataclass(frozen=True, slots=True)
class AlarmLimits:
    """When the alarm sounds: under so many per cent used, out of at least so many sent. 0 per cent: never."""

    least_percent: int = 30
    least_sent: int = 50

    def is_low(self, sent: int, used: int) -> bool:
        """Whether so few of so many are a reason to look."""
        return sent >= self.least_sent and used * 100 < sent * self.least_percent


@dataclass(frozen=True, slots=True)
class Conversion:
    """One prefix of one audience, as last measured; ``alarm_since_ms`` is None while nothing is wrong."""

    audience: str
    prefix: str
    sent: int
    used: int
    alarm_since_ms: int | None


def measure(database: Database, limits: AlarmLimits) -> None:
    """Count anew, keep the result for all to see, and log each alarm that begins or ends, once among all workers.

    Raises `UnavailableError`.
    """
    with database.read() as connection:
        counted = _count(connection, database.now_ms(connection))
    with database.write() as connection:
        now = database.now_ms(connection)
        hold(connection, [("conversions", "")], now)
        before = {(one.audience, one.prefix): one for one in conversions_of(connection)}
        after = {key: _judged(key, count, before.get(key), limits, now) for key, count in counted.items()}
        connection.execute(delete(conversions))
        if after:
            connection.execute(insert(conversions), [asdict(one) for one in after.values()])
    _tell(before, after)


def conversions_of(connection: Connection) -> list[Conversion]:
    """Every prefix that codes went to, as last measured, alarms first."""
    query = select(conversions).order_by(conversions.c.alarm_since_ms.is_(None), conversions.c.prefix)
    return [
        Conversion(row["audience"], row["prefix"], row["sent"], row["used"], row["alarm_since_ms"])
        for row in connection.execute(query).mappings()
    ]


def _count(connection: Connection, now_ms: int) -> Mapping[tuple[str, str], tuple[int, int]]:
    until = now_ms - SETTLING_S * 1000
    begin = until - WINDOW_S * 1000
    audience = case((messages.c.template.in_([purpose.value for purpose in ANONYMOUS]), "anonymous"), else_="signed_in")
    number_range = func.substr(messages.c.contact, 1, _RANGE_LENGTH)
    used = case((verifications.c.state == "approved", messages.c.verification_id))
    query = (
        select(audience, number_range, func.count(), func.count(used.distinct()))
        .join_from(messages, verifications, messages.c.verification_id == verifications.c.id, isouter=True)
        .where(
            messages.c.updated_ms >= begin,  # what has an index; never before it was created
            messages.c.created_ms >= begin,
            messages.c.created_ms < until,
            messages.c.kind == "code",
            messages.c.channel == "mobile",
            messages.c.contact != "",
            # Taken by a provider, whatever its receipts said afterwards; or perhaps.
            or_(messages.c.state.in_(["unknown", "sent", "delivered"]), messages.c.provider_reference.is_not(None)),
        )
        .group_by(audience, number_range)
    )
    sent: Counter[tuple[str, str]] = Counter()
    approved: Counter[tuple[str, str]] = Counter()
    for whose, start, count, count_used in connection.execute(query):
        for prefix in _prefixes(start):
            sent[whose, prefix] += count
            approved[whose, prefix] += count_used
    return {key: (count, approved[key]) for key, count in sent.items()}


def _prefixes(start: str) -> Iterator[str]:
    """The country's prefix, and the range of numbers."""
    for length in (2, 3, 4):
        if start[1:length].isdecimal() and int(start[1:length]) in COUNTRY_CODE_TO_REGION_CODE:
            yield start[:length]
            break
    yield start


def _judged(
    key: tuple[str, str], counted: tuple[int, int], before: Conversion | None, limits: AlarmLimits, now_ms: int
) -> Conversion:
    since = (before.alarm_since_ms if before else None) or now_ms
    return Conversion(*key, *counted, since if limits.is_low(*counted) else None)


def _tell(before: Mapping[tuple[str, str], Conversion], after: Mapping[tuple[str, str], Conversion]) -> None:
    log = structlog.get_logger()
    for key, one in after.items():
        earlier = before.get(key)
        if one.alarm_since_ms is not None and (earlier is None or earlier.alarm_since_ms is None):
            log.error("conversion_alarm_raised", audience=one.audience, prefix=one.prefix, sent=one.sent, used=one.used)
    for key, earlier in before.items():
        later = after.get(key)
        if earlier.alarm_since_ms is not None and (later is None or later.alarm_since_ms is None):
            log.warning("conversion_alarm_cleared", audience=earlier.audience, prefix=earlier.prefix)
