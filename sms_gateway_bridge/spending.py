"""The day's money for SMS: a breaker that opens when it is used up, and stays open until the day is over (SECURITY O5).

Strangers' requests and signed-in customers' (their notices included) have a budget each, so that nobody who asks
without signing in can use up the customers'. The days are UTC's, by the database's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from sqlalchemy import BigInteger, Connection, bindparam, select, update

from sms_gateway_bridge.db.engine import for_each_engine
from sms_gateway_bridge.db.tables import daily_spend
from sms_gateway_bridge.settings import SendLimits

Audience = Literal["anonymous", "signed_in"]
AUDIENCES: tuple[Audience, ...] = ("anonymous", "signed_in")

NEAR_CAP = 0.8
"""The part of a day's money at which operators are told, while there is still time to look."""

_UNLIMITED = 10**9


def _row(insert: Any) -> Any:
    return insert(daily_spend).values(
        day=bindparam("day"), audience=bindparam("audience"), cents=bindparam("cents", type_=BigInteger)
    )


_ONE_DAY = ["day", "audience"]
_MORE = daily_spend.c.cents + bindparam("added", type_=BigInteger)
_LEFT = for_each_engine(
    lambda insert: (
        _row(insert)
        .on_conflict_do_update(index_elements=_ONE_DAY, set_={"cents": daily_spend.c.cents})
        .returning(daily_spend.c.cents)
    )
)
_SPEND = (
    update(daily_spend)
    .where(daily_spend.c.day == bindparam("today"), daily_spend.c.audience == bindparam("whose"))
    .values(cents=_MORE)
    .returning(daily_spend.c.cents)
)


def cap_of(limits: SendLimits, audience: Audience) -> int:
    """What the audience may spend a day, in cents."""
    return limits.daily_anonymous_cents if audience == "anonymous" else limits.daily_signed_in_cents


def pays_for(limits: SendLimits, audience: Audience, spent: int) -> bool:
    """Whether the day's money still pays for one more SMS; where it does not, the breaker is open."""
    return spent + limits.sms_cost_cents <= cap_of(limits, audience)


def left_to_spend(connection: Connection, limits: SendLimits, audience: Audience, now_ms: int) -> int:
    """How many more SMS the day's money pays for, under a lock held until the end."""
    if not pays_for(limits, audience, 0):
        return 0
    given = {"day": _day(now_ms), "audience": audience, "cents": 0}
    left: int = cap_of(limits, audience) - connection.execute(_LEFT[connection.dialect.name], given).scalar_one()
    if not limits.sms_cost_cents:
        return _UNLIMITED if left >= 0 else 0
    return max(0, left // limits.sms_cost_cents)


def spend(connection: Connection, limits: SendLimits, audience: Audience, count: int, now_ms: int) -> None:
    """Add that many SMS, of those `left_to_spend`, to today's spend."""
    added = count * limits.sms_cost_cents
    given = {"today": _day(now_ms), "whose": audience, "added": added}
    spent: int = connection.execute(_SPEND, given).scalar_one()
    _tell(limits, audience, before=spent - added, after=spent)


def spent_today(connection: Connection, now_ms: int) -> Mapping[Audience, int]:
    """What each audience has spent today, in cents."""
    query = select(daily_spend.c.audience, daily_spend.c.cents).where(daily_spend.c.day == _day(now_ms))
    found = {audience: int(cents) for audience, cents in connection.execute(query)}
    return {audience: found.get(audience, 0) for audience in AUDIENCES}


def _tell(limits: SendLimits, audience: Audience, *, before: int, after: int) -> None:
    # The sum grows in one row: whoever steps over a threshold does so alone, and once a day.
    cap, log = cap_of(limits, audience), structlog.get_logger()
    if pays_for(limits, audience, before) and not pays_for(limits, audience, after):
        log.error("spend_breaker_opened", audience=audience, spent_cents=after, cap_cents=cap)
    elif before < cap * NEAR_CAP <= after:
        log.warning("spend_near_cap", audience=audience, spent_cents=after, cap_cents=cap)


def _day(now_ms: int) -> str:
    return datetime.fromtimestamp(now_ms / 1000, UTC).date().isoformat()
