"""The customers' guide: a picture at every station of the walk in walk.py, and the pages around them.

What is told of each station stands in guide.toml. To add one: walk past it in a part of walk.py (`yield` its name when
the page is as it should be seen), and give it a title and a text there; a station without its text, or the other way
round, ends the tour.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from domain.brands import load_brands
from tests.pictures.walk import stations
from tests.support.journey import PHONE
from tests.support.stack import Stack

_TEXTS = Path(__file__).with_name("guide.toml")
_FILES = {"en": "README.md", "it": "it.md"}
# Longer pages are cut: what a station is about stands at the top.
_TALLEST = 1500
BRANDS = ("generali", "alleanza")


def write_guide(stack: Stack, browser: Browser, docs: Path) -> None:
    """Take every picture and write the guide in both languages into the folder of the documents."""
    pictures = docs / "pictures" / "guide"
    taken = {brand: _walk(stack, browser, brand, pictures / brand) for brand in BRANDS}
    texts = tomllib.loads(_TEXTS.read_text(encoding="utf-8"))
    told = [station["name"] for chapter in texts["chapter"] for station in chapter["station"]]
    walked = set().union(*taken.values())
    if set(told) != walked:
        raise LookupError(f"stations without a text or texts without a station: {sorted(set(told) ^ walked)}")
    folder = docs / "guide"
    folder.mkdir(parents=True, exist_ok=True)
    for language, file in _FILES.items():
        (folder / file).write_text(_page(texts, language, taken), encoding="utf-8")


def _walk(stack: Stack, browser: Browser, brand: str, folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    taken: list[str] = []
    for name, page in stations(stack, browser, brand, PHONE):
        _take(page, folder / f"{name}.png")
        taken.append(name)
    return taken


def _take(page: Page, path: Path) -> None:
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready.then(() => window.scrollTo(0, 0))")
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": PHONE["width"], "height": min(max(height, PHONE["height"]), _TALLEST)}
    page.screenshot(path=path, full_page=True, clip=clip, animations="disabled", caret="hide")  # type: ignore[arg-type]


def _page(texts: dict[str, Any], language: str, taken: dict[str, list[str]]) -> str:
    brands = load_brands()
    lines = [f"# {texts[language]['title']}", "", texts[language]["text"].strip(), ""]
    for chapter in texts["chapter"]:
        lines += [f"## {chapter[language]['title']}", "", chapter[language]["text"].strip(), ""]
        for station in chapter["station"]:
            title = station[language]["title"]
            shown = [brand for brand in taken if station["name"] in taken[brand]]
            names = [brands[brand].display_name for brand in shown]
            files = [f"../pictures/guide/{brand}/{station['name']}.png" for brand in shown]
            images = [
                f'<img src="{file}" width="300" alt="{title}, {name}">' for file, name in zip(files, names, strict=True)
            ]
            lines += [f"### {title}", "", station[language]["text"].strip(), ""]
            lines += [f"| {' | '.join(names)} |", "|" + "---|" * len(names), f"| {' | '.join(images)} |", ""]
    return "\n".join(lines).rstrip() + "\n"
