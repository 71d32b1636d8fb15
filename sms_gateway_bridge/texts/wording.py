"""Words a message: purpose or template, brand and language in; SMS text or email (plain and HTML) out.

What strangers or customers typed (a name, an operation) is cut down to what it should be before it is used: it cannot
add lines, links or markup to a message that carries the brand's name (SECURITY R6).
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from domain.brands import Brand
from sms_gateway_bridge.texts.gsm7 import fold, segments

NOTICES = ("recovery-completed", "registration-completed")
LOCALES = ("it", "en")

_FOLDER = Path(__file__).parent
_NAME = re.compile(r"[^\W_][\w '&.\-]{0,79}")
_LINK_LIKE = re.compile(r"\w\.\w{2,}|://|www", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message is about. ``amount`` is a decimal string in euro; validities are seconds."""

    brand: Brand
    template: str
    channel: str
    locale: str
    greeting_name: str | None = None
    code: str | None = None
    link: str | None = None
    validity_s: int = 0
    link_validity_s: int = 0
    operation_text: str | None = None
    operation_amount: str | None = None
    webotp_host: str | None = None


@dataclass(frozen=True, slots=True)
class Worded:
    """The finished texts; an SMS has neither subject nor HTML."""

    subject: str | None
    text: str
    html: str | None


def word(content: Content) -> Worded:
    """Word one message."""
    texts = _texts(language_of(content.locale))
    values = _values(content, texts["common"])
    if content.channel == "mobile":
        return Worded(None, _sms(content, texts[content.template], values), None)
    return _email(content, texts[content.template], texts["common"], values)


def language_of(locale: str) -> str:
    """``it`` or ``en`` for a locale such as ``en-GB``; Italian where we have no other."""
    return "en" if locale.lower().startswith("en") else "it"


def safe_name(name: str | None) -> str | None:
    """The name if it reads like one, else None: a greeting is left out rather than filled with anything."""
    cleaned = " ".join((name or "").split())
    return cleaned if _NAME.fullmatch(cleaned) and not _LINK_LIKE.search(cleaned) else None


def duration(seconds: int, common: Mapping[str, str]) -> str:
    """A validity in words: hours from two hours up, seconds up to two minutes, minutes between."""
    if seconds <= 120 or seconds % 60:
        return Template(common["unit_seconds"]).substitute(count=seconds)
    unit, count = ("hour", seconds // 3600) if seconds % 3600 == 0 else ("minute", seconds // 60)
    return common[f"unit_{unit}"] if count == 1 else Template(common[f"unit_{unit}s"]).substitute(count=count)


def money(amount: str, language: str) -> str:
    """A decimal string as euro are written in the language: ``1.250,00 €`` or ``€1,250.00``."""
    whole, _, cents = amount.partition(".")
    grouped = f"{int(whole):,}"
    cents = (cents + "00")[:2]
    return f"€{grouped}.{cents}" if language == "en" else f"{grouped.replace(',', '.')},{cents} €"


@cache
def _texts(language: str) -> Mapping[str, Any]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))


def _values(content: Content, common: Mapping[str, str]) -> dict[str, str]:
    language = language_of(content.locale)
    return {
        "brand": content.brand.display_name,
        "support": content.brand.whom_to_turn_to.default.in_language(language),
        "name": safe_name(content.greeting_name) or "",
        "code": content.code or "",
        "link": content.link or "",
        "validity": duration(content.validity_s, common),
        "link_validity": duration(content.link_validity_s, common),
        "operation": " ".join((content.operation_text or "").split()),
        "amount": money(content.operation_amount, language) if content.operation_amount else "",
    }


def _sms(content: Content, texts: Mapping[str, str], values: Mapping[str, str]) -> str:
    key = "sms_link" if content.link else "sms_amount" if content.operation_amount else "sms"
    # Origin-bound one-time codes: the last line binds the code to our host, so the browser offers it nowhere else.
    last = f"\n@{content.webotp_host} #{content.code}" if content.code and content.webotp_host else ""
    text = fold(Template(texts[key]).substitute(values)) + last
    if segments(text) > 1 and f"{key}_short" in texts:
        # What is confirmed is never shortened, only what is said around it.
        text = fold(Template(texts[f"{key}_short"]).substitute(values)) + last
    return text


def _email(content: Content, texts: Mapping[str, Any], common: Mapping[str, str], values: Mapping[str, str]) -> Worded:
    def fill(template: str) -> str:
        return Template(template).substitute(values)

    greeting = fill(common["greeting"] if values["name"] else common["greeting_unnamed"])
    body = [fill(line) for line in texts["body"]]
    if content.operation_amount:
        body.append(fill(texts["body_amount"]))
    notes = [fill(common[key]) for key in ("validity", "newest", "never_share")] if content.code else []
    link_text = fill(texts["body_link"]) if content.link else None
    ignore, footer = fill(texts["ignore"]), fill(common["footer"])

    lines = [greeting, "", *body]
    if content.code:
        lines += ["", f"{common['code_label']}: {content.code}", *notes]
    if link_text:
        lines += ["", link_text, values["link"]]
    lines += ["", ignore, "", "--", footer, content.brand.legal_line]

    page = Template((_FOLDER / "email.html").read_text("utf-8"))
    parts = {
        "language": language_of(content.locale),
        "brand": html.escape(values["brand"]),
        "heading": html.escape(fill(texts["heading"])),
        "paragraphs": "".join(_paragraph(line) for line in [greeting, *body]),
        "code": _code_block(common["code_label"], content.code, notes) if content.code else "",
        "link": _link_block(link_text, texts["button"], values["link"], common["link_fallback"]) if link_text else "",
        "ignore": html.escape(ignore),
        "footer": html.escape(footer),
        "legal": html.escape(content.brand.legal_line),
    }
    return Worded(fill(texts["subject"]), "\n".join(lines) + "\n", page.substitute(parts))


def _paragraph(text: str) -> str:
    return f'<p style="margin:0 0 12px">{html.escape(text)}</p>'


def _code_block(label: str, code: str, notes: list[str]) -> str:
    return (
        '<div style="margin:24px 0;padding:20px;background:#f6f4f1;border-radius:8px;text-align:center">'
        f'<p style="margin:0 0 8px;font-size:14px;color:#5c5650">{html.escape(label)}</p>'
        f'<p style="margin:0;font-size:34px;font-weight:700;letter-spacing:6px">{html.escape(code)}</p></div>'
        + "".join(f'<p style="margin:0 0 8px;font-size:14px;color:#5c5650">{html.escape(note)}</p>' for note in notes)
    )


def _link_block(text: str, button: str, link: str, fallback: str) -> str:
    target = html.escape(link, quote=True)
    return (
        f'<p style="margin:20px 0 16px">{html.escape(text)}</p>'
        f'<p style="margin:0 0 16px;text-align:center"><a href="{target}" '
        f'style="display:inline-block;padding:14px 28px;'
        f'background:#8c1d18;color:#ffffff;text-decoration:none;border-radius:8px;font-weight:600">'
        f"{html.escape(button)}</a></p>"
        f'<p style="margin:0 0 8px;font-size:13px;color:#5c5650">{html.escape(fallback)}<br>'
        f'<span style="word-break:break-all">{target}</span></p>'
    )
