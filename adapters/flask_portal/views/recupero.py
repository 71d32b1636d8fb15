"""Recovery: the user name, then the pages of :mod:`adapters.flask_portal.views.proving`."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, portal, visitor
from adapters.flask_portal.forms import RecoveryForm
from adapters.flask_portal.views.proving import ProvingPages, add_pages
from domain.brands import Ask
from domain.purposes import Purpose

blueprint = Blueprint("recupero", __name__, url_prefix="/recupero")


@blueprint.get("")
def begin() -> ResponseReturnValue:
    """Which user name."""
    return render_template("recovery.html", form=RecoveryForm(), asks_tax_id=_asks_tax_id())


@blueprint.post("")
def ask() -> ResponseReturnValue:
    """Go on to the code page, whoever the contact belongs to."""
    form = RecoveryForm()
    valid = form.validate_on_submit()
    contact = form.read_contact(brand()) if valid else None
    tax_id = form.read_tax_id() if _asks_tax_id() else None
    if contact is None or (_asks_tax_id() and tax_id is None):
        return render_template("recovery.html", form=form, asks_tax_id=_asks_tax_id()), 422
    flow = portal().recovery.begin(brand(), contact, tax_id, visitor())
    ProvingPages(Purpose.RECOVERY).remember(flow)
    return redirect(url_for("recupero.code"), 303)


def _asks_tax_id() -> bool:
    return brand().recovery.tax_id is Ask.ALWAYS


add_pages(blueprint, Purpose.RECOVERY)
