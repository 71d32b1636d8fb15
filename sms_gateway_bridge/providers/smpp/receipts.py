"""Delivery receipts as an SMSC writes them into a deliver_sm (SMPP 3.4, 2.11, 5.2.28 and appendix B).

Optional parameters say it best; SMSCs without them write ``id:… stat:…`` into the text. Which word is which of our
states stands in one table; a word that is not in it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from sms_gateway_bridge.messages.states import State
from sms_gateway_bridge.providers.smpp.pdus import Pdu

MessageIds = Literal["same", "hex-then-decimal", "decimal-then-hex"]

STATES: Mapping[str, State] = {
    "ACCEPTD": "sent",
    "ENROUTE": "sent",
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "DELETED": "failed",
    "UNDELIV": "failed",
    "REJECTD": "failed",
}
# 5.2.28; UNKNOWN (7) is no state of ours.
_NUMBERED = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 8: "REJECTD"}

_KIND = 0x3C
_RECEIPT = 0x04
_INTERMEDIATE = 0x20
_ID = re.compile(rb"\bid:([!-~]{1,65})")
_STAT = re.compile(rb"\bstat:([A-Za-z]{1,10})")


def read_receipt(pdu: Pdu, ids: MessageIds = "same") -> tuple[str, State] | None:
    """The reference and state a deliver_sm reports; None for a customer's answer and for what says nothing to us."""
    if pdu.esm_class & _KIND not in (_RECEIPT, _INTERMEDIATE):
        return None
    reference = pdu.receipted_id or _first(_ID, pdu.short_message)
    word = _NUMBERED.get(pdu.message_state or 0) or (_first(_STAT, pdu.short_message) or "").upper()
    state = STATES.get(word)
    if reference is None or state is None:
        return None
    return as_answered(reference, ids), state


def as_answered(reference: str, ids: MessageIds) -> str:
    """A receipt's id as the answer to the submit_sm wrote it; some SMSCs write one of the two in hexadecimal."""
    try:
        if ids == "hex-then-decimal":
            return f"{int(reference):x}"
        if ids == "decimal-then-hex":
            return str(int(reference, 16))
    except ValueError:
        pass
    return reference


def answered(reference: str, ids: MessageIds) -> str:
    """An answer's id as we keep it: one spelling of a number, whatever zeros and capitals the SMSC uses."""
    try:
        if ids == "hex-then-decimal":
            return f"{int(reference, 16):x}"
        if ids == "decimal-then-hex":
            return str(int(reference))
    except ValueError:
        pass
    return reference


def _first(pattern: re.Pattern[bytes], text: bytes) -> str | None:
    found = pattern.search(text)
    return found.group(1).decode("ascii") if found else None
