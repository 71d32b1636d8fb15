"""Minting: the worker makes the code at the moment of sending, and the validity counts from there (SECURITY O1, B4)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, case, update

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


def mint(connection: Connection, hasher: Hasher, verification_id: str, generation: int, now_ms: int) -> Minted | None:
    """Make the code and link token of one send and store their hashes, replacing any made for an earlier try.

    None when the verification has meanwhile been consumed, superseded or sent anew: nothing may be sent then.
    """
    row = (
        connection.execute(
            update(verifications)
            .where(
                verifications.c.id == verification_id,
                verifications.c.generation == generation,
                verifications.c.state == "pending",
            )
            .values(
                code_expires_ms=now_ms + verifications.c.code_validity_s * 1000,
                link_expires_ms=now_ms
                + 1000
                * case(
                    (
                        verifications.c.link_validity_s > verifications.c.code_validity_s,
                        verifications.c.link_validity_s,
                    ),
                    else_=verifications.c.code_validity_s,
                ),
            )
            .returning(*verifications.c)
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    code = new_code()
    token = new_link_token() if row["link_url"] else None
    confirmed = Confirmed(row["customer_code"], row["operation_id"], row["operation_text"], row["operation_amount"])
    connection.execute(
        update(verifications)
        .where(verifications.c.id == verification_id)
        .values(
            code_hash=hasher.code(verification_id, generation, confirmed, code),
            link_hash=hasher.link(verification_id, generation, token) if token else None,
        )
    )
    link = f"{row['link_url'].rstrip('/')}/{verification_id}/{token}" if token else None
    return Minted(row=row, code=code, link=link)
