"""Whole contacts and masks alike show an international domain in its own letters."""

from __future__ import annotations

from sqlalchemy import update

from provisioning.directory.models import Agency, CustomerContact
from tests.unit.portal.conftest import Browser, Stage

WRITTEN, SHOWN = "anna@xn--caff-8oa.example", "anna@caffè.example"


def test_profile_agency_and_masks_show_the_letters_of_a_domain(stage: Stage, browser: Browser) -> None:
    with stage.app.extensions["portal"].engine.begin() as connection:
        annas = (CustomerContact.customer_code == "G0000001") & (CustomerContact.channel == "email")
        connection.execute(update(CustomerContact).where(annas).values(value=WRITTEN))
        connection.execute(update(Agency).where(Agency.agency_code == "AG1").values(email=WRITTEN))
    stage.keycloak.register("G0000001", WRITTEN, access_mobile="+393331234501", on_file=(WRITTEN,))
    browser.sign_in(acr="2")
    profile = browser.get("/generali/profilo").text
    assert SHOWN in profile
    assert "xn--" not in profile
    help_page = browser.get("/generali/assistenza").text
    assert f'href="mailto:{WRITTEN}">{SHOWN}</a>' in help_page
    assert "an*****@ca***.example" in browser.get("/generali/profilo/cancellazione").text
