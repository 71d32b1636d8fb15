"""Every path a customer can take, on a desk: the walk whose pictures `make docs` takes at a phone's width."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.pictures.walk import stations
from tests.support.delivering import with_more_customers
from tests.support.journey import DESKTOP
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


@pytest.fixture(scope="module")
def peopled(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A walk takes more customers than the demo delivery has."""
    return with_more_customers(stack, tmp_path_factory.mktemp("more-customers"))


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("brand", ["generali", "alleanza"])
def test_every_path_of_the_guide_is_walked_on_a_desk(peopled: Stack, browser: Browser, brand: str) -> None:
    pictures = Path(__file__).parents[2] / "docs" / "pictures" / "guide" / brand
    walked = set()
    for name, page in stations(peopled, browser, brand, DESKTOP):
        assert page.locator("h1").count() == 1, name
        assert fits(page), name
        walked.add(name)
    assert walked == {picture.stem for picture in pictures.glob("*.png")}
