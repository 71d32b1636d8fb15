"""What a message is about, read from its words alone, as its reader does: purpose, code and link."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from sms_gateway_bridge.texts.gsm7 import fold
from sms_gateway_bridge.texts.wording import LOCALES

_LINK = re.compile(r"https?://\S+")
_PLACE = re.compile(r"\\\$\w+")
# The line that binds a code to a page (origin-bound one-time codes).
_LAST_LINE = r"(\n@\S+ #\d{6})?"


def purpose_of(channel: str, words: str) -> str | None:
    """The purpose or notice whose wording a text message or the subject of an email is; None if it is none of ours."""
    for of_channel, purpose, pattern in _patterns():
        if of_channel == channel and pattern.fullmatch(words):
            return purpose
    return None


def code_in(channel: str, text: str) -> str | None:
    """The one-time code; a text message begins with it, an email labels it."""
    labels = "|".join(re.escape(texts["common"]["code_label"]) for texts in _texts())
    found = re.search(r"\A(\d{6}) " if channel == "mobile" else rf"^(?:{labels}): (\d{{6}})$", text, re.MULTILINE)
    return found[1] if found else None


def link_in(text: str) -> str | None:
    """The first address in a text."""
    found = _LINK.search(text)
    return found[0] if found else None


@cache
def _texts() -> tuple[dict[str, Any], ...]:
    folder = files("sms_gateway_bridge.texts")
    return tuple(tomllib.loads((folder / f"{locale}.toml").read_text("utf-8")) for locale in LOCALES)


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    found = []
    for texts in _texts():
        for purpose, wording in texts.items():
            if purpose == "common":
                continue
            found.append(("email", purpose, _pattern(wording["subject"])))
            messages = [text for key, values in wording.items() if key.startswith("sms") for text in values]
            found.extend(("mobile", purpose, _pattern(fold(text), _LAST_LINE)) for text in messages)
    return tuple(found)


def _pattern(wording: str, end: str = "") -> re.Pattern[str]:
    return re.compile(_PLACE.sub(".*?", re.escape(wording)) + end, re.DOTALL)
