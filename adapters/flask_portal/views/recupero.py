"""Recovery: by user name, or by tax code; then the pages of :mod:`adapters.flask_portal.views.proving`.

Where a code alone is not enough, its owner answers questions on ``conferma`` before choosing the new password.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, follow, followed, portal, session, visitor
from adapters.flask_portal.errors import TooManyRequestsError
from adapters.flask_portal.forms import AnswersForm, RecoveryByTaxIdForm, RecoveryForm
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.services.assistance import Topic
from adapters.flask_portal.services.recovery import TAX_ID
from adapters.flask_portal.views import apps, tax_ids
from adapters.flask_portal.views.proving import ProvingPages, add_pages
from domain.brands import Ask
from domain.purposes import Purpose

blueprint = Blueprint("recupero", __name__, url_prefix="/recupero")
_PAGES = ProvingPages(Purpose.RECOVERY)
_BY_TAX_ID = "recovery_by_tax_id.html"


@blueprint.get("")
def begin() -> ResponseReturnValue:
    """Which user name."""
    apps.remember()
    return render_template("recovery.html", form=RecoveryForm(), asks_tax_id=_asks_tax_id())


@blueprint.post("")
def ask() -> ResponseReturnValue:
    """Go on to the code page, whoever the contact belongs to."""
    form = RecoveryForm()
    valid = form.validate_on_submit()
    contact = form.read_contact(brand()) if valid else None
    typed = form.read_tax_id() if _asks_tax_id() else None
    if contact is None or (_asks_tax_id() and typed is None):
        return render_template("recovery.html", form=form, asks_tax_id=_asks_tax_id()), 422
    flow = portal().recovery.begin(brand(), contact, typed, visitor(Purpose.RECOVERY))
    return _to_code(flow)


@blueprint.get("/codice-fiscale")
def by_tax_id() -> ResponseReturnValue:
    """The user name is forgotten, or its contact no longer the customer's."""
    return tax_ids.page(_BY_TAX_ID, RecoveryByTaxIdForm(formdata=None))


@blueprint.post("/codice-fiscale")
def ask_by_tax_id() -> ResponseReturnValue:
    """Go on to the code page, whoever the tax code belongs to."""
    form = RecoveryByTaxIdForm()
    valid = form.validate_on_submit()
    typed = form.read_tax_id()
    if not valid or typed is None:
        return tax_ids.page(_BY_TAX_ID, form), 422
    if not portal().proof_of_work.accept(form.proof.data, session().binding):
        return tax_ids.page(_BY_TAX_ID, form, retry=True), 422
    try:
        asking = visitor(Purpose.RECOVERY)
        flow = portal().recovery.begin_by_tax_id(brand(), typed, form.policy_number.data, asking)
    except TooManyRequestsError as error:
        return tax_ids.too_many(error, Topic.ACCESS)
    return _to_code(flow)


@blueprint.get("/conferma")
def questions() -> ResponseReturnValue:
    """What only the customer knows, once the contact is proved."""
    flow = _asked()
    return redirect(url_for("recupero.code"), 303) if flow is None else _questions_page(flow, AnswersForm())


@blueprint.post("/conferma")
def answer() -> ResponseReturnValue:
    """Hold the answers against the record, and go on to the new password."""
    flow = _asked()
    if flow is None:
        return redirect(url_for("recupero.code"), 303)
    form = AnswersForm()
    valid = form.validate_on_submit()
    typed = form.read_tax_id() if _asks(flow, TAX_ID) else None
    if not valid or (_asks(flow, TAX_ID) and typed is None):
        return _questions_page(flow, form), 422
    try:
        answered = portal().recovery.answer(brand(), flow, typed, form.policy_number.data)
    except TooManyRequestsError as error:
        return tax_ids.too_many(error, Topic.ACCESS)
    if answered is None:
        return _questions_page(flow, form, wrong=True), 422
    return _PAGES.go_on(answered)


def _to_code(flow: Flow) -> ResponseReturnValue:
    follow(Purpose.RECOVERY, flow)
    return redirect(url_for("recupero.code"), 303)


def _asked() -> Flow | None:
    flow = followed(Purpose.RECOVERY)
    return flow if flow is not None and portal().proving.is_asked(flow, session()) else None


def _asks(flow: Flow, question: str) -> bool:
    return question in flow.questions.split()


def _questions_page(flow: Flow, form: AnswersForm, *, wrong: bool = False) -> str:
    return render_template("recovery_questions.html", form=form, asks_tax_id=_asks(flow, TAX_ID), wrong=wrong)


def _asks_tax_id() -> bool:
    return brand().recovery.tax_id is Ask.ALWAYS


add_pages(blueprint, _PAGES)
