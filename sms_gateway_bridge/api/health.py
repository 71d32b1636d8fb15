"""Liveness, readiness, metrics: unsigned, and with nothing personal in them."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import func, select
from starlette.responses import Response

from sms_gateway_bridge.api.caller import Services, Shared
from sms_gateway_bridge.api.models import Health
from sms_gateway_bridge.db.tables import messages
from sms_gateway_bridge.db.upgrade import is_current
from sms_gateway_bridge.errors import UnavailableError
from sms_gateway_bridge.metrics import REGISTRY

router = APIRouter(tags=["operations"])

_QUEUE = Gauge("sms_bridge_queue", "Messages that are not finished", ["state"], registry=REGISTRY)
_OPEN_STATES = ("queued", "sending", "unknown")


@router.get("/healthz", summary="The process runs")
def healthz() -> Health:
    """Asks nothing of anybody."""
    return Health()


@router.get("/readyz", summary="The bridge can do its work")
def readyz(shared: Shared) -> Health:
    """503 unless the database answers and holds the schema this version expects."""
    with shared.context.database.read() as connection:
        current = is_current(connection)
    if not current:
        raise UnavailableError("the database does not hold the expected schema", retry_after_s=5)
    return Health()


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
def metrics(shared: Shared) -> Response:
    """Counters of this process, and the queue as the database has it."""
    _measure_queue(shared)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _measure_queue(shared: Services) -> None:
    query = select(messages.c.state, func.count()).where(messages.c.state.in_(_OPEN_STATES)).group_by(messages.c.state)
    with shared.context.database.read() as connection:
        counts = {row[0]: row[1] for row in connection.execute(query)}
    for state in _OPEN_STATES:
        _QUEUE.labels(state).set(counts.get(state, 0))
