"""What makes a page hard to use for somebody: axe's findings, and a few things axe does not look at.

Each function answers with sentences, one a problem; an empty list is a page without any.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.1, levels A and AA.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# The width of 1.4.10 (reflow): 320 CSS pixels are 1280 at a zoom of 400 %.
_REFLOW_WIDTH = 320
# 2.5.8 of WCAG 2.2; a target inside a sentence is exempt there, and so is one a browser draws by itself.
_TARGET_PX = 24

_LONGER_THAN_THE_PAGE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1)
    .map((one) => `${one.tagName.toLowerCase()}.${one.className}`).slice(0, 5);
}"""
_SMALL_TARGETS = """(least) => [...document.querySelectorAll("a[href], button, input, select, summary")]
  .filter((one) => one.checkVisibility({visibilityProperty: true, opacityProperty: true}) && one.type !== "hidden")
  .filter((one) => !one.closest("p, li, dd, td") || getComputedStyle(one).display !== "inline")
  .filter((one) => !one.closest("label") && !one.matches(".ac-skip, [aria-hidden=true]"))
  .filter((one) => { const box = one.getBoundingClientRect(); return box.width < least || box.height < least; })
  .map((one) => one.outerHTML.slice(0, 120))"""
_STRUCTURE = """() => ({
  lang: document.documentElement.lang,
  title: document.title,
  headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter((one) => one.checkVisibility()).map((one) => [Number(one.tagName[1]), one.innerText]),
  mains: document.querySelectorAll("main").length,
  skip: document.querySelector("a.ac-skip")?.getAttribute("href") ?? null,
  skipTarget: !!document.querySelector(document.querySelector("a.ac-skip")?.getAttribute("href") || "#none"),
})"""


def problems(page: Page) -> list[str]:
    """Everything this module looks for, on one page; the page's width is as it was afterwards."""
    return [*violations(page), *structure_problems(page), *small_targets(page), *reflow_problems(page)]


def violations(page: Page, tags: list[str] | None = None) -> list[str]:
    """What axe finds against WCAG 2.1 A and AA: the rule, and the first elements concerned."""
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": tags or TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"axe {one['id']} ({one['impact']}): {one['help']}: "
        + "; ".join(f"{' '.join(map(str, node['target']))} {node['html'][:160]}" for node in one["nodes"][:3])
        for one in found
    ]


def structure_problems(page: Page) -> list[str]:
    """Language, title, one main part, a skip link that leads somewhere, and headings that skip no level."""
    seen = page.evaluate(_STRUCTURE)
    levels = [level for level, _text in seen["headings"]]
    found = [
        ("the page does not say its language", seen["lang"] not in ("it", "en")),
        ("the page has no title", not seen["title"].strip()),
        (f"the page has {seen['mains']} main parts", seen["mains"] != 1),
        (f"the page has {levels.count(1)} first headings", levels.count(1) != 1),
        ("the skip link is missing or leads nowhere", not seen["skipTarget"]),
        (
            f"headings skip a level: {seen['headings']}",
            any(later > earlier + 1 for earlier, later in zip([0, *levels], levels, strict=False)),
        ),
    ]
    return [sentence for sentence, is_wrong in found if is_wrong]


def small_targets(page: Page) -> list[str]:
    """Links and controls, outside of running text, that are too small for a finger."""
    return [f"smaller than {_TARGET_PX} px: {one}" for one in page.evaluate(_SMALL_TARGETS, _TARGET_PX)]


def reflow_problems(page: Page) -> list[str]:
    """What makes the page scroll sideways at 320 px."""
    before = page.viewport_size
    page.set_viewport_size({"width": _REFLOW_WIDTH, "height": 640})
    too_long = page.evaluate(_LONGER_THAN_THE_PAGE)
    if before:
        page.set_viewport_size(before)
    return [f"wider than {_REFLOW_WIDTH} px: {one}" for one in too_long]
