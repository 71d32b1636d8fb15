"""Delivery receipts as providers write them: how each is read, and which canonical state each of its words means.

A provider with receipts has one `ReceiptFormat`: here, or made from its file. Words that are not in its table are not
states of ours and are left out; a body that does not have the provider's form is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sms_gateway_bridge.errors import InvalidRequestError
from sms_gateway_bridge.messages.states import State
from sms_gateway_bridge.providers.http_gateway import Receipts, find

REFERENCE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class ReceiptFormat:
    """How one provider's receipts are read. ``read`` gives (reference, the provider's word) or raises `ValueError`."""

    read: Callable[[bytes], tuple[str, str]]
    states: Mapping[str, State]


def _read_outbox(body: bytes) -> tuple[str, str]:
    found = json.loads(body)
    if not isinstance(found, dict) or set(found) != {"reference", "status"}:
        raise ValueError("not a receipt")
    reference, status = found["reference"], found["status"]
    if not isinstance(reference, str) or not isinstance(status, str):
        raise ValueError("not a receipt")  # noqa: TRY004  (the caller's data, not a mistake of ours)
    return reference, status


FORMATS: dict[str, ReceiptFormat] = {
    "outbox": ReceiptFormat(
        read=_read_outbox,
        states={"accepted": "sent", "delivered": "delivered", "undelivered": "failed", "expired": "expired"},
    ),
}


def declared_format(declared: Receipts) -> ReceiptFormat:
    """How the receipts of a gateway that is declared in a file are read."""

    def read(body: bytes) -> tuple[str, str]:
        document = json.loads(body) if declared.format == "json" else dict(parse_qsl(body.decode(), max_num_fields=100))
        reference, word = find(document, declared.reference), find(document, declared.status)
        if reference is None or word is None:
            raise ValueError("not a receipt")
        return reference, word

    return ReceiptFormat(read=read, states=declared.states)


def read_receipt(
    provider: str, body: bytes, formats: Mapping[str, ReceiptFormat] = FORMATS
) -> tuple[str, State] | None:
    """The reference and canonical state of a receipt; None where there is nothing in it for us.

    That is: a provider we have no format for, or a word that is none of its states. Raises `InvalidRequestError` for a
    body the provider would not send.
    """
    form = formats.get(provider)
    if form is None:
        return None
    try:
        reference, word = form.read(body)
    except (ValueError, RecursionError):
        raise InvalidRequestError("body: not a receipt of this provider") from None
    state = form.states.get(word)
    return (reference, state) if state is not None and _is_reference(reference) else None


def _is_reference(word: str) -> bool:
    # What cannot be printed was not given out by anybody, and PostgreSQL takes no NUL.
    return 0 < len(word) <= REFERENCE_LENGTH and word.isprintable()


def outbox_receipt_keys(worker_keys: Sequence[bytes]) -> tuple[bytes, ...]:
    """The keys of the outbox's receipts, derived from the worker's, with which they rotate."""
    return tuple(hmac.digest(key, b"receipts of the outbox", hashlib.sha256) for key in worker_keys)
