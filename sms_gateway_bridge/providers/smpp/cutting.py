"""From a text to what the short_message fields of its submit_sm carry (3GPP TS 23.038, TS 23.040 9.2.3.24.1).

GSM 7-bit where the text fits it, one septet an octet as SMPP carries it, else UCS-2. A text that does not fit one
message is cut into several, each with a user data header that says how they belong together.
"""

from __future__ import annotations

from dataclasses import dataclass

from sms_gateway_bridge.texts.gsm7 import CONCATENATED_SEGMENT, SINGLE_SEGMENT, encoded

GSM_7_BIT = 0x00
UCS_2 = 0x08
PLAIN = 0x00
WITH_HEADER = 0x40
"""esm_class with the UDHI bit: short_message begins with a user data header."""

_SINGLE_UCS_2 = 140
_CONCATENATED_UCS_2 = 134
MOST_SEGMENTS = 255


@dataclass(frozen=True, slots=True)
class Segment:
    """One submit_sm's share of a text."""

    esm_class: int
    data_coding: int
    content: bytes


def cut(text: str, reference: int) -> list[Segment]:
    """The segments of a text in order; ``reference`` (0 to 255) joins them on the phone.

    Raises `ValueError` for a text of more than 255 segments.
    """
    units, coding, single, concatenated = _units(text)
    whole = b"".join(units)
    if len(whole) <= single:
        return [Segment(PLAIN, coding, whole)]
    parts = _filled(units, concatenated)
    if len(parts) > MOST_SEGMENTS:
        raise ValueError("the text is too long")
    # Element 0, three octets: reference, how many, which one.
    header = bytes([5, 0, 3, reference % 256, len(parts)])
    return [Segment(WITH_HEADER, coding, header + bytes([number]) + part) for number, part in enumerate(parts, 1)]


def _units(text: str) -> tuple[list[bytes], int, int, int]:
    """What may not be cut apart, the coding, and how many octets one message and one of several may hold."""
    septets = encoded(text)
    if septets is not None:
        return septets, GSM_7_BIT, SINGLE_SEGMENT, CONCATENATED_SEGMENT
    # UTF-16: what UCS-2 lacks (emoji) is a pair of surrogates, which phones join again unless they are cut apart.
    return [character.encode("utf-16-be") for character in text], UCS_2, _SINGLE_UCS_2, _CONCATENATED_UCS_2


def _filled(units: list[bytes], size: int) -> list[bytes]:
    parts = [b""]
    for unit in units:
        if len(parts[-1]) + len(unit) > size:
            parts.append(b"")
        parts[-1] += unit
    return parts
