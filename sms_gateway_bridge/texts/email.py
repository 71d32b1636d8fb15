"""Writes a letter as an email: plain text and HTML that say the same, because both are made of the same parts.

The HTML holds in the mail programs people use: tables, styles on the elements, a width that gives way, no picture, no
script, nothing fetched from anywhere. Keycloak's mails have the same frame (keycloak/themes/area-clienti/email).
"""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from string import Template

from domain.mail_look import MailLook


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The parts of an email, worded and not yet escaped. ``facts`` are pairs of label and value."""

    language: str
    brand: str
    area: str
    subject: str
    preheader: str
    heading: str
    greeting: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    code_label: str
    code: str | None
    notes: tuple[str, ...]
    link_text: str
    button: str
    link: str | None
    link_fallback: str
    ignore: str
    footer: tuple[str, ...]


def as_plain(letter: Letter) -> str:
    """The letter for those who read text."""
    lines = [letter.heading, "", letter.greeting, *letter.paragraphs]
    if letter.facts:
        lines += ["", *(f"{label}: {value}" for label, value in letter.facts)]
    if letter.code:
        lines += ["", f"{letter.code_label}: {letter.code}", *letter.notes]
    if letter.link:
        lines += ["", letter.link_text, letter.link]
    return "\n".join([*lines, "", letter.ignore, "", "-- ", *letter.footer]) + "\n"


def as_html(letter: Letter, look: MailLook) -> str:
    """The letter for mail programs that show HTML; every text is escaped here, once."""
    styles = asdict(look)
    parts = [_paragraph(letter.greeting), *map(_paragraph, letter.paragraphs)]
    if letter.facts:
        rows = "".join(_fact(label, value, styles) for label, value in letter.facts)
        parts.append(_FACTS.substitute(styles, rows=rows))
    if letter.code:
        notes = " ".join(html.escape(note) for note in letter.notes)
        parts.append(
            _CODE.substitute(styles, label=html.escape(letter.code_label), code=html.escape(letter.code), notes=notes)
        )
    if letter.link:
        parts.append(
            _BUTTON.substitute(
                styles,
                text=html.escape(letter.link_text),
                target=html.escape(letter.link, quote=True),
                label=html.escape(letter.button),
                fallback=html.escape(letter.link_fallback),
            )
        )
    parts.append(_NOTE.substitute(styles, text=html.escape(letter.ignore)))
    return _frame().substitute(
        styles,
        language=letter.language,
        subject=html.escape(letter.subject),
        preheader=html.escape(letter.preheader),
        brand_name=html.escape(letter.brand),
        area=html.escape(letter.area),
        heading=html.escape(letter.heading),
        content="\n".join(parts),
        footer="<br>".join(html.escape(line) for line in letter.footer),
    )


@cache
def _frame() -> Template:
    return Template((Path(__file__).parent / "email.html").read_text("utf-8"))


def _paragraph(text: str) -> str:
    return f'<p style="margin:0 0 14px">{html.escape(text)}</p>'


def _fact(label: str, value: str, styles: dict[str, str]) -> str:
    return _FACT.substitute(styles, label=html.escape(label), value=html.escape(value))


_FACTS = Template(
    '<table role="presentation" class="m-box" width="100%" cellpadding="0" cellspacing="0" border="0" '
    'style="margin:20px 0;background:$surface_soft;border:1px solid $line;border-radius:$radius_m">$rows</table>'
)
_FACT = Template(
    '<tr><td style="padding:10px 18px"><span class="m-soft" style="font-size:14px;color:$ink_soft">$label:</span><br>'
    '<strong style="font-size:18px;overflow-wrap:anywhere">$value</strong></td></tr>'
)
_CODE = Template(
    '<table role="presentation" class="m-box" width="100%" cellpadding="0" cellspacing="0" border="0" '
    'style="margin:20px 0 16px;background:$brand_tint;border-radius:$radius_m"><tr><td align="center" '
    'style="padding:18px"><span class="m-soft" style="font-size:14px;color:$ink_soft">$label:</span><br>'
    '<strong class="m-ink" style="font-size:36px;line-height:1.3;letter-spacing:6px;color:$ink">$code</strong>'
    "</td></tr></table>\n"
    '<p class="m-soft" style="margin:0 0 14px;font-size:15px;color:$ink_soft">$notes</p>'
)
_BUTTON = Template(
    '<p style="margin:22px 0 14px">$text</p>\n'
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 18px"><tr>'
    '<td align="center" bgcolor="$brand" style="background:$brand;border-radius:$radius_button;'
    'mso-padding-alt:14px 28px"><a href="$target" style="display:inline-block;padding:14px 28px;color:$on_brand;'
    'font-weight:600;text-decoration:none;border-radius:$radius_button">$label</a></td></tr></table>\n'
    '<p class="m-soft" style="margin:0 0 14px;font-size:13px;color:$ink_soft">$fallback<br>'
    '<span style="word-break:break-all">$target</span></p>'
)
_NOTE = Template(
    '<table role="presentation" class="m-box" width="100%" cellpadding="0" cellspacing="0" border="0" '
    'style="margin:24px 0 0;background:$surface_soft;border:1px solid $line;border-radius:$radius_m"><tr>'
    '<td style="padding:14px 18px;font-size:15px">$text</td></tr></table>'
)
