"""PDUs to and from octets (SMPP 3.4, section 4), by the library smpplib; nothing else of ours knows it.

The two that every message costs, submit_sm and its answer, are written out here: the library takes ten to
twenty times as long for them. A test holds both against it.

Whatever an SMSC sends that is not a PDU becomes `MalformedPduError`, and no octet of it goes into a log: a text may
hold a code.
"""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass, field
from typing import Any, Literal

from smpplib import smpp
from smpplib.exceptions import UnknownCommandError

Role = Literal["transceiver", "transmitter", "receiver"]

HEADER = struct.Struct(">LLLL")
LONGEST_PDU = 70_000
"""A message_payload may hold 64 KiB; nothing longer is read."""
_LONGEST_ADDRESS = 20
_LONGEST_TIME = 16

IS_ANSWER = 0x80000000
SUBMIT_SM = 0x00000004
SUBMIT_SM_RESP = IS_ANSWER | SUBMIT_SM
OK = 0x00
INVALID_COMMAND = 0x03
SYSTEM_ERROR = 0x08
TEMPORARY_APPLICATION_ERROR = 0x64

# It warns of vendors' optional parameters, which are legal.
logging.getLogger("smpplib").setLevel(logging.ERROR)


class MalformedPduError(Exception):
    """Octets that are no PDU; ``sequence`` and ``is_answer`` are what their header says."""

    def __init__(self, sequence: int = 0, *, is_answer: bool = False) -> None:
        super().__init__("malformed PDU")
        self.sequence = sequence
        self.is_answer = is_answer


@dataclass(frozen=True, slots=True)
class Pdu:
    """A PDU that was received. Only what we use of a body is kept; texts and numbers stay out of its ``repr``."""

    command: str
    status: int
    sequence: int
    message_id: str | None = None
    esm_class: int = 0
    short_message: bytes = field(default=b"", repr=False)
    receipted_id: str | None = None
    message_state: int | None = None

    @property
    def is_answer(self) -> bool:
        """Whether it answers a request of ours; a generic_nack does."""
        return self.command.endswith("_resp") or self.command == "generic_nack"


class _Sequence:
    """What smpplib asks for the number of a PDU."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence

    def next_sequence(self) -> int:
        return self.sequence


def encode(command: str, sequence: int, *, status: int = OK, **fields: Any) -> bytes:
    """The octets of a PDU; ``fields`` are named as in the specification, texts as ``str``, octets as ``bytes``."""
    pdu = smpp.make_pdu(command, client=_Sequence(sequence), status=status, **fields)
    # An answer's own constructor leaves its status alone.
    pdu.status, pdu.sequence = status, sequence
    octets: bytes = pdu.generate()
    return octets


def submit_sm(
    sequence: int,
    *,
    source: str,
    source_ton: int,
    source_npi: int,
    destination: str,
    destination_ton: int,
    destination_npi: int,
    esm_class: int,
    data_coding: int,
    registered_delivery: int,
    validity_period: str,
    short_message: bytes,
) -> bytes:
    """The octets of a submit_sm (4.4.1). Raises `ValueError` for a field that is none or has no room in it."""
    body = b"".join(
        (
            b"\0",  # service_type
            bytes((source_ton, source_npi)),
            _c_octets(source, _LONGEST_ADDRESS),
            bytes((destination_ton, destination_npi)),
            _c_octets(destination, _LONGEST_ADDRESS),
            bytes((esm_class, 0, 0, 0)),  # protocol_id, priority_flag, schedule_delivery_time
            _c_octets(validity_period, _LONGEST_TIME),
            # replace_if_present_flag before, sm_default_msg_id after the alphabet
            bytes((registered_delivery, 0, data_coding, 0, len(short_message))),
            short_message,
        )
    )
    return HEADER.pack(HEADER.size + len(body), SUBMIT_SM, OK, sequence) + body


def decode(octets: bytes) -> Pdu:
    """Read one whole PDU; raises `MalformedPduError`."""
    _, command, status, sequence = HEADER.unpack_from(octets)
    try:
        if command == SUBMIT_SM_RESP:
            # Some leave the id out, some its end, and some add parameters of their own, at which the library stumbles.
            return Pdu("submit_sm_resp", status, sequence, _text(octets[HEADER.size :].partition(b"\0")[0]))
        found = smpp.parse_pdu(octets, client=_Sequence(sequence), allow_unknown_opt_params=True)
        return Pdu(
            command=found.command,
            status=status,
            sequence=sequence,
            message_id=_text(getattr(found, "message_id", None)),
            esm_class=getattr(found, "esm_class", None) or 0,
            short_message=getattr(found, "short_message", None) or b"",
            receipted_id=_text(getattr(found, "receipted_message_id", None)),
            message_state=getattr(found, "message_state", None),
        )
    except (UnknownCommandError, struct.error, ValueError, TypeError, LookupError, AttributeError):
        raise MalformedPduError(sequence, is_answer=bool(command & IS_ANSWER)) from None


def _c_octets(text: str, longest: int) -> bytes:
    """A C-Octet String (3.1): ASCII, ended by NUL."""
    if len(text) > longest or "\0" in text:
        raise ValueError("the field has no room for this")
    return text.encode("ascii") + b"\0"


def _text(octets: bytes | None) -> str | None:
    return octets.rstrip(b"\x00").decode("ascii") or None if octets else None
