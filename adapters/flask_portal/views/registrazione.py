"""Registration: kind, name, contact, then the pages of :mod:`adapters.flask_portal.views.proving`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, portal, session, visitor
from adapters.flask_portal.forms import ButtonForm, CompanyForm, ContactForm, Form, PersonForm
from adapters.flask_portal.services.registration import Refusal
from adapters.flask_portal.views.proving import ProvingPages, add_pages
from domain.brands import BrandKind, NameForm
from domain.matching import Claim
from domain.names import PersonName
from domain.purposes import Purpose

blueprint = Blueprint("registrazione", __name__, url_prefix="/registrazione")
_DRAFT = "registration"
_NAME_FORMS: dict[NameForm, type[Form]] = {NameForm.PERSON: PersonForm, NameForm.COMPANY: CompanyForm}


@blueprint.get("")
def begin() -> ResponseReturnValue:
    """Who is registering."""
    return render_template("registration/kind.html", form=ButtonForm())


@blueprint.post("")
def choose_kind() -> ResponseReturnValue:
    """Keep the kind."""
    chosen = request.form.get("kind", "")
    if chosen not in {kind.id for kind in brand().kinds}:
        return render_template("registration/kind.html", form=ButtonForm(), missing=True), 422
    draft = _draft()
    _keep({**(draft if draft.get("kind") == chosen else {}), "kind": chosen})
    return redirect(url_for("registrazione.name"), 303)


@blueprint.get("/nome")
def name() -> ResponseReturnValue:
    """Name and surname, or company name."""
    kind = _kind()
    if kind is None:
        return redirect(url_for("registrazione.begin"), 303)
    return render_template("registration/name.html", kind=kind, form=_NAME_FORMS[kind.name_form](data=_draft()))


@blueprint.post("/nome")
def keep_name() -> ResponseReturnValue:
    """Keep the name."""
    kind = _kind()
    if kind is None:
        return redirect(url_for("registrazione.begin"), 303)
    form = _NAME_FORMS[kind.name_form]()
    if not form.validate_on_submit():
        return render_template("registration/name.html", kind=kind, form=form), 422
    _keep({**_draft(), **_typed(form)})
    return redirect(url_for("registrazione.contact"), 303)


@blueprint.get("/contatto")
def contact() -> ResponseReturnValue:
    """Which contact is to be the user name."""
    if _claim() is None:
        return redirect(url_for("registrazione.name"), 303)
    form = ContactForm(formdata=None, data=_draft())
    if request.args.get("canale") in {"email", "mobile"}:
        form.channel.data = request.args["canale"]
    return render_template("registration/contact.html", form=form)


@blueprint.post("/contatto")
def register() -> ResponseReturnValue:
    """«Registrati»: recognise the customer and send the code."""
    claim = _claim()
    if claim is None:
        return redirect(url_for("registrazione.name"), 303)
    form = ContactForm()
    valid = form.validate_on_submit()
    typed = form.read_contact(brand())
    _keep({**_draft(), **form.draft()})
    if not valid or typed is None:
        return render_template("registration/contact.html", form=form), 422
    found = portal().registration.begin(brand(), claim, typed, visitor())
    if isinstance(found, Refusal):
        return redirect(url_for("registrazione.refused", reason=found.value.replace("_", "-")), 303)
    ProvingPages(Purpose.REGISTRATION).remember(found)
    return redirect(url_for("registrazione.code"), 303)


@blueprint.get("/esito/<reason>")
def refused(reason: str) -> ResponseReturnValue:
    """Not recognised, not a customer, no contact: what to do next. Nothing typed is lost."""
    known = {one.value.replace("_", "-"): one for one in Refusal}
    if reason not in known or _claim() is None:
        return redirect(url_for("registrazione.begin"), 303)
    return render_template("registration/refused.html", reason=known[reason].value)


def _draft() -> dict[str, Any]:
    draft = session().get(_DRAFT) or {}
    return dict(draft) if draft.get("brand") == brand().id else {}


def _keep(draft: dict[str, Any]) -> None:
    session()[_DRAFT] = {**draft, "brand": brand().id}


def _typed(form: Form) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name != "csrf_token"}


def _kind() -> BrandKind | None:
    try:
        return brand().kind(_draft().get("kind", ""))
    except KeyError:
        return None


def _claim() -> Claim | None:
    kind, draft = _kind(), _draft()
    if kind is None:
        return None
    if kind.name_form is NameForm.COMPANY:
        company_name = draft.get("company_name")
        return Claim(kind, company_name=company_name) if company_name else None
    first, last = draft.get("first_name"), draft.get("last_name")
    return Claim(kind, person=PersonName(first, last)) if first and last else None


add_pages(blueprint, Purpose.REGISTRATION)
