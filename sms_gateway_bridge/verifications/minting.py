"""Minting: the worker makes the code at the moment of sending, and the validity counts from there (SECURITY O1, B4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, select, update

from sms_gateway_bridge.db.tables import verifications
from sms_gateway_bridge.fingerprints import Confirmed, Hasher, new_code, new_link_token


@dataclass(frozen=True, slots=True)
class Minted:
    """A code on its way out, in memory only. Its ``repr`` shows nothing."""

    row: RowMapping
    code: str
    link: str | None

    def __repr__(self) -> str:
        return "Minted(...)"


def mint(
    connection: Connection, hasher: Hasher, wanted: Mapping[str, int], now_ms: int
) -> dict[tuple[str, int], Minted]:
    """Make the codes and link tokens of sends and store their hashes, replacing any made for an earlier try.

    ``wanted`` maps a verification's id to the generation to send, and the answer has both. One that has meanwhile been
    consumed, superseded or sent anew is missing in it: nothing may be sent for it.
    """
    if not wanted:
        return {}
    found = connection.execute(_PENDING, {"ids": list(wanted)}).mappings()
    rows = [row for row in found if row["generation"] == wanted[row["id"]]]
    if not rows:
        return {}
    minted = {(row["id"], row["generation"]): _minted(row) for row in rows}
    connection.execute(_STORE, [_stored(hasher, one, now_ms) for one in minted.values()])
    return {send: one.minted for send, one in minted.items()}


@dataclass(frozen=True, slots=True)
class _Made:
    minted: Minted
    token: str | None

    def __repr__(self) -> str:
        return "_Made(...)"


_PENDING = (
    select(verifications)
    .where(verifications.c.id.in_(bindparam("ids", expanding=True)), verifications.c.state == "pending")
    .order_by(verifications.c.id)
    .with_for_update()
)
_STORE = (
    update(verifications)
    .where(verifications.c.id == bindparam("verification"))
    .values(
        code_hash=bindparam("of_code"),
        link_hash=bindparam("of_link"),
        code_expires_ms=bindparam("code_until"),
        link_expires_ms=bindparam("link_until"),
    )
)


def _minted(row: RowMapping) -> _Made:
    token = new_link_token() if row["link_url"] else None
    link = f"{row['link_url'].rstrip('/')}/{row['id']}/{token}" if token else None
    return _Made(Minted(row=row, code=new_code(), link=link), token)


def _stored(hasher: Hasher, made: _Made, now_ms: int) -> dict[str, object]:
    row, token = made.minted.row, made.token
    confirmed = Confirmed(row["customer_code"], row["operation_id"], row["operation_text"], row["operation_amount"])
    return {
        "verification": row["id"],
        "of_code": hasher.code(row["id"], row["generation"], confirmed, made.minted.code),
        "of_link": hasher.link(row["id"], row["generation"], token) if token else None,
        "code_until": now_ms + row["code_validity_s"] * 1000,
        "link_until": now_ms + max(row["code_validity_s"], row["link_validity_s"]) * 1000,
    }
