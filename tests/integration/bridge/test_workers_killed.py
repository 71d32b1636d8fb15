"""Workers killed in the middle of their work: every code goes out once, or is honestly `unknown`; never twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import insert

from sms_gateway_bridge.context import Context, build_context
from sms_gateway_bridge.db.clock import database_clock
from sms_gateway_bridge.db.tables import messages, verifications
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.messages.queue import LEASE_S, settle_overdue
from sms_gateway_bridge.settings import load_operator_settings
from tests.integration.bridge.smsc import running_smsc, until
from tests.support.databases import Databases
from tests.unit.bridge.test_configuration import environment

COUNT, WORKERS, WINDOW = 1000, 3, 20


def queue_codes(context: Context) -> None:
    """As many access codes as `COUNT`, each to a number of its own."""
    with context.database.write() as connection:
        now = context.database.now_ms(connection)
        shared = {"caller": "keycloak", "brand": "generali", "channel": "mobile", "locale": "it"}
        until_ms = now + 600_000
        codes = [
            {
                **shared, "id": f"ver_{number}", "purpose": "access", "contact": f"+39320{number:07d}",
                "customer_code": f"G{number}", "code_validity_s": 600, "link_validity_s": 0, "max_attempts": 3,
                "resend_after_s": 30, "state": "pending", "attempts": 0, "generation": 1, "suppressed": False,
                "created_ms": now, "requested_ms": now, "code_expires_ms": until_ms, "link_expires_ms": until_ms,
            }
            for number in range(COUNT)
        ]  # fmt: skip
        queued = [
            {
                **shared, "id": f"msg_{number}", "kind": "code", "priority": 0, "contact": f"+39320{number:07d}",
                "template": "access", "parameters": "{}", "verification_id": f"ver_{number}", "generation": 1,
                "state": "queued", "submissions": 0, "due_ms": now, "expires_ms": until_ms, "created_ms": now,
                "updated_ms": now, "trace_id": "t",
            }
            for number in range(COUNT)
        ]  # fmt: skip
        connection.execute(insert(verifications), codes)
        connection.execute(insert(messages), queued)


@pytest.mark.timeout(600)
def test_a_thousand_codes_go_out_once_or_are_unknown_while_workers_are_killed(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases(upgrade)
    with running_smsc(stat=None) as smsc:
        gateway = tmp_path / "smsc.toml"
        settings = {"kind": '"smpp"', "name": '"peer"', "host": '"127.0.0.1"', "port": smsc.port}
        settings |= {"system_id": '"x"', "window": WINDOW}
        gateway.write_text("\n".join(f"{name} = {value}" for name, value in settings.items()))
        known = environment(
            SMS_BRIDGE_DATABASE_URL=url,
            SMS_BRIDGE_SMS_GATEWAY_FILE=str(gateway),
            SMS_BRIDGE_SMS_GATEWAY_SECRET="s3cret",
            PATH=os.environ["PATH"],
            PYTHONPATH=str(Path(__file__).parents[3]),
        )
        context = build_context(load_operator_settings(known), clock=database_clock())
        command = [sys.executable, "-m", "sms_gateway_bridge.worker"]
        workers = [subprocess.Popen(command, env=known, stdout=subprocess.DEVNULL) for _ in range(WORKERS)]
        try:
            until(lambda: smsc.binds == WORKERS, 240)
            queue_codes(context)
            for number, killed in enumerate(workers[:-1], 1):
                until(lambda at=number: smsc.asked >= at * COUNT // WORKERS, 240)
                killed.send_signal(signal.SIGKILL)
                killed.wait(20)
            until(lambda: not still_moving(context), 240)
            last = workers[-1]
            last.send_signal(signal.SIGTERM)
            assert last.wait(60) == 0
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    # Whoever was killed never comes back for its leases: they end.
    later = build_context(load_operator_settings(known), clock=database_clock(LEASE_S + 1))
    settle_overdue(later.database)
    states = outcomes(context)
    taken = Counter(f"+{one.destination_addr}" for one in smsc.taken)
    context.close()
    later.close()
    assert set(states.values()) <= {"sent", "unknown"}
    assert len(states) == COUNT
    assert max(taken.values()) == 1, "no code went out twice"
    assert {to for to, state in states.items() if state == "sent"} <= set(taken), "what is called sent was sent"
    unknown = sum(state == "unknown" for state in states.values())
    assert unknown <= (WORKERS - 1) * WINDOW, "nothing is lost but what the killed had in hand"
    assert unknown + len(taken) >= COUNT


def outcomes(context: Context) -> dict[str, str]:
    with context.database.read() as connection:
        found = connection.execute(messages.select().with_only_columns(messages.c.contact, messages.c.state))
        return {row.contact: row.state for row in found}


def still_moving(context: Context) -> bool:
    """Whether something may still change by itself; leases of the killed stand still."""
    before = Counter(outcomes(context).values())
    if before["queued"]:
        return True
    time.sleep(0.3)
    return Counter(outcomes(context).values()) != before
