"""Words a message: purpose or template, brand and language in; SMS text or email (plain and HTML) out.

What strangers or customers typed (a name, an operation) is cut down to what it should be before it is used: it cannot
add lines, links or markup to a message that carries the brand's name (SECURITY R6).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from string import Template
from typing import Any

from domain.brands import Brand
from domain.mail_look import MailLook
from sms_gateway_bridge.texts.email import Letter, as_html, as_plain
from sms_gateway_bridge.texts.gsm7 import fold, segments

NOTICES = (
    *("recovery-completed", "registration-completed", "assistance-received"),
    *("account-locked", "inactivity-warning", "access-mobile-waiting", "account-cancelled", "test"),
)
LOCALES = ("it", "en")

_FOLDER = Path(__file__).parent
_NAME = re.compile(r"[^\W_][\w '&.\-]{0,79}")
_LINK_LIKE = re.compile(r"\w\.\w{2,}|://|www", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message is about. ``operation_amount`` is a decimal string in euro; validities are seconds.

    ``days``: how many are left until what a notice announces. ``mobile_ending``: the last two digits of a mobile.
    """

    brand: Brand
    look: MailLook
    template: str
    channel: str
    locale: str
    greeting_name: str | None = None
    code: str | None = None
    link: str | None = None
    validity_s: int = 0
    link_validity_s: int = 0
    operation_text: str | None = None
    reference: str | None = None
    operation_amount: str | None = None
    webotp_host: str | None = None
    days: int = 0
    mobile_ending: str | None = None


@dataclass(frozen=True, slots=True)
class Worded:
    """The finished texts; an SMS has neither subject nor HTML."""

    subject: str | None
    text: str
    html: str | None


def word(content: Content) -> Worded:
    """Word one message."""
    texts = _texts(language_of(content.locale))
    values = _values(content)
    if content.channel == "mobile":
        return Worded(None, _sms(content, texts[content.template], values), None)
    letter = _letter(content, texts[content.template], texts["common"], values)
    return Worded(letter.subject, as_plain(letter), as_html(letter, content.look))


def language_of(locale: str) -> str:
    """``it`` or ``en`` for a locale such as ``en-GB``; Italian where we have no other."""
    return "en" if locale.lower().startswith("en") else "it"


def safe_name(name: str | None) -> str | None:
    """The name if it reads like one, else None: a greeting is left out rather than filled with anything."""
    cleaned = " ".join((name or "").split())
    return cleaned if _NAME.fullmatch(cleaned) and not _LINK_LIKE.search(cleaned) else None


def duration(seconds: int, language: str) -> str:
    """A validity in words: whole hours, else whole minutes, else seconds."""
    if seconds % 60:
        return _counted(seconds, "second", language)
    if seconds % 3600:
        return _counted(seconds // 60, "minute", language)
    return _counted(seconds // 3600, "hour", language)


def money(amount: str, language: str) -> str:
    """A decimal string as euro are written in the language: ``1.250,00 €`` or ``€1,250.00``."""
    whole, _, cents = amount.partition(".")
    grouped = f"{int(whole):,}"
    cents = (cents + "00")[:2]
    return f"€{grouped}.{cents}" if language == "en" else f"{grouped.replace(',', '.')},{cents} €"


@cache
def _texts(language: str) -> Mapping[str, Any]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))


@lru_cache(1000)
def _counted(count: int, unit: str, language: str) -> str:
    units: Mapping[str, str] = _texts(language)["common"]
    return units[f"unit_{unit}"] if count == 1 else Template(units[f"unit_{unit}s"]).substitute(count=count)


def _values(content: Content) -> dict[str, str]:
    language = language_of(content.locale)
    amount = money(content.operation_amount, language) if content.operation_amount else ""
    return {
        "brand": content.brand.display_name,
        "short": content.brand.sms_sender,
        "support": content.brand.whom_to_turn_to.default.in_language(language),
        "name": safe_name(content.greeting_name) or "",
        "code": content.code or "",
        "link": content.link or "",
        "reference": content.reference or "",
        "mobile_ending": content.mobile_ending or "",
        "validity": duration(content.validity_s, language),
        "link_validity": duration(content.link_validity_s, language),
        "operation": " ".join((content.operation_text or "").split()),
        "amount": amount,
        "days": _counted(content.days, "day", language),
        "and_amount": f", {amount}" if amount else "",
    }


def _sms(content: Content, texts: Mapping[str, Any], values: Mapping[str, str]) -> str:
    # Origin-bound one-time codes: the last line binds the code to our host, so the browser offers it nowhere else.
    last = f"\n@{content.webotp_host} #{content.code}" if content.code and content.webotp_host else ""
    wordings: Sequence[str] = texts["sms_link" if content.link else "sms"]
    # What is confirmed is never shortened, only what is said around it.
    return min((fold(Template(wording).substitute(values)) + last for wording in wordings), key=segments)


def _letter(content: Content, texts: Mapping[str, Any], common: Mapping[str, str], values: Mapping[str, str]) -> Letter:
    def fill(template: str) -> str:
        return Template(template).substitute(values)

    facts = (
        (common["operation_label"], values["operation"]),
        (common["amount_label"], values["amount"]),
        (common["reference_label"], values["reference"]),
    )
    return Letter(
        language=language_of(content.locale),
        brand=values["brand"],
        area=common["area"],
        subject=fill(texts["subject"]),
        preheader=fill(texts["preheader"]),
        heading=fill(texts["heading"]),
        greeting=fill(common["greeting"] if values["name"] else common["greeting_unnamed"]),
        paragraphs=tuple(fill(line) for line in texts["body"]),
        facts=tuple((label, value) for label, value in facts if value),
        code_label=common["code_label"],
        code=content.code,
        notes=tuple(fill(common[key]) for key in ("validity", "newest", "never_share")),
        link_text=fill(texts["body_link"]) if content.link else "",
        button=texts["button"] if content.link else "",
        link=content.link,
        link_fallback=common["link_fallback"],
        ignore=fill(texts["ignore"]),
        footer=(fill(common["footer"]), content.brand.legal_line),
    )
