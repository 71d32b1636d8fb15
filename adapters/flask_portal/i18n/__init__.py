"""Languages: Italian first, English second.

Message identifiers are English; ``translations/it`` holds every one of them in Italian. ``python -m
adapters.flask_portal.i18n`` compiles the catalogue. The choice of language is kept in the session and handed to
Keycloak as ``ui_locales``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_currency
from flask import Flask, g, has_request_context, session
from flask_babel import Babel, get_locale, gettext, lazy_gettext, ngettext  # type: ignore[import-untyped]

from domain.dates import ROME

LOCALES = ("it", "en")
DEFAULT_LOCALE = "it"
__all__ = ["DEFAULT_LOCALE", "LOCALES", "current_language", "gettext", "install", "lazy_gettext", "ngettext"]
TRANSLATIONS = Path(__file__).parents[1] / "translations"


def install(app: Flask) -> None:
    """Set up Flask-Babel and the filters for days and amounts."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, default_locale=DEFAULT_LOCALE, default_timezone="Europe/Rome", locale_selector=current_language)
    app.add_template_filter(day, "day")
    app.add_template_filter(euro, "euro")


def current_language() -> str:
    """The language of this answer: the one chosen in this browser, or Italian."""
    if not has_request_context():
        return DEFAULT_LOCALE
    chosen = g.get("locale") or session.get("locale")
    return chosen if chosen in LOCALES else DEFAULT_LOCALE


def day(value: date | datetime) -> str:
    """A day as customers read it: ``31/12/2026`` in Italian, ``31 Dec 2026`` in English."""
    if isinstance(value, datetime):
        value = value.astimezone(ROME).date()
    pattern = "dd/MM/yyyy" if current_language() == "it" else "d MMM yyyy"
    return format_date(value, pattern, locale=get_locale())


def euro(value: Decimal) -> str:
    """An amount in euro: ``1.250,00 €`` in Italian, ``€1,250.00`` in English."""
    return format_currency(value, "EUR", locale=get_locale())
