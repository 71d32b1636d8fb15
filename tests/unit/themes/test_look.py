"""Colours can be read, and pages carry no inline code."""

import re
from itertools import product
from pathlib import Path

import pytest

from area_clienti.login_theme import login_properties
from area_clienti.mail_theme import mail_properties
from domain.mail_look import mail_look
from tests.support.brands import EVERY_BRAND
from tests.unit.themes.theme_files import (
    BRANDS,
    THEMES,
    own_tokens,
    shared_tokens,
    style_sheets,
    templates,
    theme_folder,
    tokens,
    without_comments,
)

# Text colour, background: WCAG 2.2, 1.4.3 (4.5 to 1).
TEXT_PAIRS = [
    *product(("ink", "ink-soft", "link", "brand", "danger"), ("surface", "page", "surface-soft", "brand-tint")),
    *product(("on-brand",), ("brand", "brand-strong", "brand-deep")),
    *product(("on-band",), ("band", "band-end")),
    *((state, f"{state}-tint") for state in ("danger", "success", "warning", "info")),
]
# Borders of controls, focus and signs: WCAG 2.2, 1.4.11 (3 to 1).
SIGN_PAIRS = [("line-strong", "surface"), ("focus", "surface"), ("focus", "page"), ("danger-line", "surface")]


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_defines_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("theme", ["area-clienti", *BRANDS])
def test_text_stands_out_from_its_background(theme: str) -> None:
    values = tokens(theme)
    weak = {pair for pair in TEXT_PAIRS if contrast(values[f"--ac-{pair[0]}"], values[f"--ac-{pair[1]}"]) < 4.5}
    assert weak == set()


@pytest.mark.parametrize("theme", ["area-clienti", *BRANDS])
def test_controls_and_focus_stand_out(theme: str) -> None:
    values = tokens(theme)
    weak = {pair for pair in SIGN_PAIRS if contrast(values[f"--ac-{pair[0]}"], values[f"--ac-{pair[1]}"]) < 3}
    assert weak == set()


def test_the_shared_theme_has_each_token_in_one_place() -> None:
    assert own_tokens("area-clienti") == {}


@pytest.mark.parametrize("brand", BRANDS)
def test_a_brand_holds_only_tokens_that_it_changes(brand: str) -> None:
    own, shared = own_tokens(brand), shared_tokens()
    assert own
    assert {name for name, value in own.items() if shared.get(name) in (None, value)} == set()


def test_the_components_use_only_tokens_that_exist() -> None:
    used = {name for sheet in style_sheets() for name in re.findall(r"var\((--ac-[\w-]+)\)", sheet.read_text())}
    own = {"--ac-alert", "--ac-alert-tint", "--ac-alert-line"}
    assert used - own - set(shared_tokens()) == set()


def test_the_components_hold_no_colour_of_their_own() -> None:
    for sheet in style_sheets():
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", sheet.read_text()) == [], sheet.name


def test_mail_frames_use_the_brands_colours() -> None:
    for brand in BRANDS:
        look = mail_look({name.removeprefix("--ac-"): value for name, value in tokens(brand).items()})
        text = mail_properties(EVERY_BRAND[brand], look)
        names = {"mailBrand": "brand", "mailPage": "page", "mailInk": "ink", "mailInkSoft": "ink-soft"}
        for name, token in names.items():
            assert f"{name}={tokens(brand)[f'--ac-{token}']}\n" in text
        shipped = THEMES / brand / "email/theme.properties"
        if shipped.is_file():
            assert shipped.read_text() == text, "run `make realm`"


def test_sign_in_pages_take_their_names_from_the_brand_file_alone() -> None:
    for brand in BRANDS:
        text = login_properties(EVERY_BRAND[brand])
        assert f"brandLegal={EVERY_BRAND[brand].legal_line}\n" in text
        shipped = THEMES / brand / "login/theme.properties"
        if shipped.is_file():
            assert shipped.read_text() == text, "run `make realm`"


@pytest.mark.parametrize("template", templates(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_pages_have_no_inline_code(template: Path) -> None:
    text = without_comments(template)
    assert not re.search(r"\son[a-z]+\s*=", text, re.IGNORECASE), "event handler"
    assert "javascript:" not in text
    if "email" not in template.parts:
        assert "<style" not in text
        assert not re.search(r"\sstyle=", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag, tag


@pytest.mark.parametrize("theme", ["area-clienti", *BRANDS])
def test_every_picture_a_style_sheet_names_is_there(theme: str) -> None:
    for sheet in (theme_folder(theme) / "login/resources/css").rglob("*.css"):
        for address in re.findall(r'url\("([^"]+)"\)', sheet.read_text()):
            assert (sheet.parent / address).is_file(), f"{sheet.name}: {address}"
