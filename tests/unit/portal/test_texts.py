"""Every text a customer reads is in the catalogue, in both languages, and nothing in it is left over."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment

from domain.brands import load_brands
from tests.unit.portal.conftest import ROOT

PORTAL = ROOT / "adapters" / "flask_portal"
TEMPLATES = sorted((PORTAL / "templates").rglob("*.html"))
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
READ_ALOUD = {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-valuetext", "summary"}
# Blocks that fill a class attribute of the frame.
_CLASS_BLOCK = re.compile(r"{% block \w+_class %}.*?{% endblock %}")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def asked() -> set[str | tuple[str, ...]]:
    """The texts that code and templates ask for: the sentence, or singular and plural."""
    return {text for _file, _line, text, _comments, _context in extract_from_dir(str(PORTAL), METHODS, KEYWORDS)}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (PORTAL / "translations" / "it" / "LC_MESSAGES" / "messages.po").open("rb") as lines:
        return read_po(lines, locale="it")


def entries(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def test_every_text_has_its_italian_and_no_italian_is_left_over(catalogue: Catalog) -> None:
    kept = {message.id for message in entries(catalogue)}
    assert len(asked()) > 150
    assert asked() - kept == set(), "texts without Italian"
    assert kept - asked() == set(), "Italian that no page asks for"
    assert catalogue.obsolete == {}


def test_every_italian_text_is_written_and_certain(catalogue: Catalog) -> None:
    for message in entries(catalogue):
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(text.strip() for text in strings), message.id
        assert len(strings) == (2 if message.pluralizable else 1), message.id
        assert not message.fuzzy, message.id


def test_translations_take_the_same_parameters(catalogue: Catalog) -> None:
    named = re.compile(r"%\((\w+)\)s")
    for message in entries(catalogue):
        english = set(named.findall(" ".join(message.id) if isinstance(message.id, tuple) else message.id))
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            # The singular may say «one» in words.
            assert set(named.findall(text)) in (english, english - {"num"}), message.id


def test_italian_uses_its_own_apostrophe_and_accents(catalogue: Catalog) -> None:
    for message in entries(catalogue):
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert "'" not in text, text
            assert not re.search(r"\b(?:e’|perche|piu|puo)\b", text, re.IGNORECASE), text


def test_each_brands_words_are_in_both_languages() -> None:
    for brand in load_brands(ROOT / "domain" / "brands").values():
        spoken = [brand.whom_to_turn_to.default, brand.support.request_label, brand.sections.profile]
        for text in (*spoken, *(kind.label for kind in brand.kinds)):
            assert text.in_language("it").strip()
            assert text.in_language("en").strip()


class _Words(HTMLParser):
    """What a template shows or reads aloud by itself, without anything that the catalogue gives."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += _LETTERS.findall(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name in READ_ALOUD and _LETTERS.search(value or "") and value]


def written_in(template: str) -> list[str]:
    """Words that stand in a template itself, outside of Jinja's tags."""
    pieces = Environment(autoescape=True).lex(_CLASS_BLOCK.sub("", template))
    parser = _Words()
    parser.feed("".join(text for _line, kind, text in pieces if kind == "data"))
    return parser.found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(PORTAL / "templates")))
def test_no_template_holds_a_sentence_of_its_own(template: Path) -> None:
    assert written_in(template.read_text("utf-8")) == []


def test_a_sentence_in_a_template_would_be_found() -> None:
    assert written_in('<p class="ac-lead">Ciao {{ name }}</p>') == ["Ciao"]
    assert written_in('<nav aria-label="Sezioni">{{ _("x") }}</nav>') == ["Sezioni"]
    assert written_in('{# a note #}<p class="ac-lead">{{ _("Hello") }} – {% if x %}·{% endif %}</p>') == []
