"""Liveness, readiness, metrics: unsigned, and with nothing personal in them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import func, select
from starlette.responses import Response

from sms_gateway_bridge.api.caller import Services, services_of
from sms_gateway_bridge.api.models import Health, PartName, PartState, Readiness
from sms_gateway_bridge.conversion import conversions_of
from sms_gateway_bridge.db.tables import UNFINISHED, UNFINISHED_STATES, messages
from sms_gateway_bridge.db.upgrade import is_current
from sms_gateway_bridge.errors import UnavailableError
from sms_gateway_bridge.heartbeats import any_alive
from sms_gateway_bridge.metrics import REGISTRY
from sms_gateway_bridge.spending import cap_of, pays_for, spent_today
from sms_gateway_bridge.standing import standings

router = APIRouter(tags=["operations"])

_QUEUE = Gauge("sms_bridge_queue", "Messages that are not finished", ["state"], registry=REGISTRY)
_DRAINED = Gauge("sms_bridge_provider_drained", "Whether it is handed nothing more", ["provider"], registry=REGISTRY)
_READY = Gauge("sms_bridge_provider_ready", "Workers that could hand it a message", ["provider"], registry=REGISTRY)
_UNDER_WAY = Gauge("sms_bridge_provider_under_way", "Messages with it now", ["provider"], registry=REGISTRY)
_BREAKERS = Gauge(
    "sms_bridge_provider_breakers", "Workers by how their breaker stands", ["provider", "breaker"], registry=REGISTRY
)
_OUTCOMES = Gauge(
    "sms_bridge_provider_outcomes",
    "Submissions of the living workers since they started",
    ["provider", "outcome"],
    registry=REGISTRY,
)
_SPENT = Gauge("sms_bridge_daily_spend_cents", "Spent on SMS today (UTC)", ["audience"], registry=REGISTRY)
_CAP = Gauge("sms_bridge_daily_spend_cap_cents", "What may be spent a day", ["audience"], registry=REGISTRY)
_BREAKER = Gauge(
    "sms_bridge_spend_breaker_open",
    "Whether today's money is used up, and no SMS goes out",
    ["audience"],
    registry=REGISTRY,
)
_CODES_SENT = Gauge(
    "sms_bridge_codes_sent",
    "Codes sent by SMS in the hour that ended ten minutes ago",
    ["audience", "prefix"],
    registry=REGISTRY,
)
_CODES_USED = Gauge("sms_bridge_codes_used", "Those of them that were used", ["audience", "prefix"], registry=REGISTRY)
_CONVERSION_ALARM = Gauge(
    "sms_bridge_conversion_alarm", "Whether suspiciously few of them were", ["audience", "prefix"], registry=REGISTRY
)


@router.get("/healthz", summary="The process runs")
def healthz() -> Health:
    """Asks nothing of anybody."""
    return Health()


@router.get("/readyz", summary="The bridge can do its work")
def readyz(request: Request, response: Response) -> Readiness:
    """503 unless the database answers, holds the schema this version expects, and a worker is alive.

    For whoever routes requests and waits for the whole to stand. A worker must not itself wait for this answer.
    """
    parts = _parts(services_of(request))
    ready = all(state == "ok" for state in parts.values())
    if not ready:
        response.status_code = 503
        response.headers["retry-after"] = "2"
    return Readiness(status="ok" if ready else "unavailable", parts=parts)


def _parts(shared: Services) -> dict[PartName, PartState]:
    database = shared.context.database
    parts: dict[PartName, PartState] = {"database": "failed", "schema": "unknown", "worker": "unknown"}
    try:
        with database.read() as connection:
            parts["database"] = "ok"
            parts["schema"] = "ok" if is_current(connection) else "failed"
            if parts["schema"] == "ok":
                parts["worker"] = "ok" if any_alive(connection, database.now_ms(connection)) else "failed"
    except UnavailableError:
        return {"database": "failed", "schema": "unknown", "worker": "unknown"}
    return parts


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Counters of this process, and the queue and the workers' providers as the database has them."""
    shared = services_of(request)
    _measure_queue(shared)
    _measure_providers(shared)
    _measure_money(shared)
    _measure_conversions(shared)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _measure_queue(shared: Services) -> None:
    query = select(messages.c.state, func.count()).where(UNFINISHED).group_by(messages.c.state)
    with shared.context.database.read() as connection:
        counts = {row[0]: row[1] for row in connection.execute(query)}
    for state in UNFINISHED_STATES:
        _QUEUE.labels(state).set(counts.get(state, 0))


def _measure_providers(shared: Services) -> None:
    with shared.context.database.read() as connection:
        found = standings(connection, shared.context.database.now_ms(connection))
    # Providers and workers come and go: what is no longer there is no longer told.
    for gauge in (_DRAINED, _READY, _UNDER_WAY, _BREAKERS, _OUTCOMES):
        gauge.clear()
    for one in found:
        _DRAINED.labels(one.provider).set(one.drained)
        _READY.labels(one.provider).set(one.ready)
        _UNDER_WAY.labels(one.provider).set(one.under_way)
        for state, workers in one.breakers.items():
            _BREAKERS.labels(one.provider, state).set(workers)
        for outcome, count in one.outcomes.items():
            _OUTCOMES.labels(one.provider, outcome).set(count)


def _measure_money(shared: Services) -> None:
    limits = shared.context.limits
    with shared.context.database.read() as connection:
        spent = spent_today(connection, shared.context.database.now_ms(connection))
    for audience, cents in spent.items():
        _SPENT.labels(audience).set(cents)
        _CAP.labels(audience).set(cap_of(limits, audience))
        _BREAKER.labels(audience).set(not pays_for(limits, audience, cents))


def _measure_conversions(shared: Services) -> None:
    with shared.context.database.read() as connection:
        found = conversions_of(connection)
    for gauge in (_CODES_SENT, _CODES_USED, _CONVERSION_ALARM):
        gauge.clear()
    for one in found:
        _CODES_SENT.labels(one.audience, one.prefix).set(one.sent)
        _CODES_USED.labels(one.audience, one.prefix).set(one.used)
        _CONVERSION_ALARM.labels(one.audience, one.prefix).set(one.alarm_since_ms is not None)
