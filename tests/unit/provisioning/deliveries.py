"""Small deliveries written by a test, full or delta, with a right manifest unless the test says otherwise."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from provisioning.feed.tables import TABLES

Rows = Mapping[str, Sequence[Mapping[str, str]]]

WHEN = "2026-01-10T08:00:00Z"
MARIO_TAX = "RSSMRA80A01H501U"


def agency(code: str = "G001", **changes: str) -> dict[str, str]:
    return {"agency_code": code, "brand": "generali", "name": "Agenzia di Roma"} | changes


def customer(code: str = "G1", **changes: str) -> dict[str, str]:
    return {
        "customer_code": code,
        "brand": "generali",
        "kind": "person",
        "first_name": "Mario",
        "last_name": "Rossi",
        "tax_code": MARIO_TAX,
        "agency_code": "G001",
        "status": "active",
        "updated_at": WHEN,
    } | changes


def contact(
    code: str = "G1", channel: str = "email", value: str = "mario@example.it", **changes: str
) -> dict[str, str]:
    return {"customer_code": code, "channel": channel, "value": value, "certified": "0", "updated_at": WHEN} | changes


def policy(number: str = "P1", code: str = "G1", **changes: str) -> dict[str, str]:
    return {
        "policy_number": number,
        "customer_code": code,
        "branch": "casa",
        "product_name": "Casa Sicura",
        "status": "active",
        "effective_on": "2025-01-01",
        "premium_eur": "120.50",
        "frequency": "annual",
        "direct_debit": "0",
        "additional_payment": "0",
        "company_policy": "0",
    } | changes


def base(customers: int = 1) -> dict[str, list[dict[str, str]]]:
    """An agency and customers G1, G2, ... with an email and a policy each."""
    numbers = range(1, customers + 1)
    return {
        "agencies.csv": [agency()],
        "customers.csv": [customer(f"G{i}") for i in numbers],
        "contacts.csv": [contact(f"G{i}", value=f"mario{i}@example.it") for i in numbers],
        "policies.csv": [policy(f"P{i}", f"G{i}") for i in numbers],
    }


def write(folder: Path, rows: Rows, *, sequence: int = 1, mode: str = "full") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    delta = mode == "delta"
    files = []
    for name in TABLES if not delta else rows:
        columns = (*TABLES[name].columns, *(["deleted"] if delta else []))
        path = folder / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            for row in rows.get(name, []):
                writer.writerow({"deleted": "0"} | row if delta else row)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files.append({"name": name, "rows": len(rows.get(name, [])), "sha256": digest})
    manifest = {
        "schema_version": 1,
        "sequence": sequence,
        "mode": mode,
        "generated_at": WHEN,
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
