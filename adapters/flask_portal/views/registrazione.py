"""Registration: kind, name, contact; whoever is not recognised checks the data, then goes on by tax code.

The code and link pages are :mod:`adapters.flask_portal.views.proving`'s, those of the tax code
:mod:`adapters.flask_portal.views.recognition`'s.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, follow, portal, visitor
from adapters.flask_portal.forms import ButtonForm, CompanyForm, ContactForm, Form, PersonForm
from adapters.flask_portal.services.registration import Refusal
from adapters.flask_portal.views import apps, draft, recognition
from adapters.flask_portal.views.proving import ProvingPages, add_pages
from domain.brands import NameForm
from domain.purposes import Purpose

blueprint = Blueprint("registrazione", __name__, url_prefix="/registrazione")
_NAME_FORMS: dict[NameForm, type[Form]] = {NameForm.PERSON: PersonForm, NameForm.COMPANY: CompanyForm}


@blueprint.get("")
def begin() -> ResponseReturnValue:
    """Who is registering."""
    apps.remember()
    return render_template("registration/kind.html", form=ButtonForm())


@blueprint.post("")
def choose_kind() -> ResponseReturnValue:
    """Keep the kind."""
    chosen = request.form.get("kind", "")
    if chosen not in {kind.id for kind in brand().kinds}:
        return render_template("registration/kind.html", form=ButtonForm(), missing=True), 422
    kept = draft.draft()
    draft.keep({**(kept if kept.get("kind") == chosen else {}), "kind": chosen})
    return redirect(url_for("registrazione.name"), 303)


@blueprint.get("/nome")
def name() -> ResponseReturnValue:
    """Name and surname, or company name."""
    kind = draft.kind()
    if kind is None:
        return redirect(url_for("registrazione.begin"), 303)
    form = _NAME_FORMS[kind.name_form](data=draft.draft())
    return render_template("registration/name.html", kind=kind, form=form)


@blueprint.post("/nome")
def keep_name() -> ResponseReturnValue:
    """Keep the name."""
    kind = draft.kind()
    if kind is None:
        return redirect(url_for("registrazione.begin"), 303)
    form = _NAME_FORMS[kind.name_form]()
    if not form.validate_on_submit():
        return render_template("registration/name.html", kind=kind, form=form), 422
    draft.add(**_typed(form))
    return redirect(url_for("registrazione.contact"), 303)


@blueprint.get("/contatto")
def contact() -> ResponseReturnValue:
    """Which contact is to be the user name."""
    if draft.claim() is None:
        return redirect(url_for("registrazione.name"), 303)
    form = ContactForm(formdata=None, data=draft.draft())
    if request.args.get("canale") in {"email", "mobile"}:
        form.channel.data = request.args["canale"]
    return render_template("registration/contact.html", form=form)


@blueprint.post("/contatto")
def register() -> ResponseReturnValue:
    """«Registrati»: recognise the customer and send the code.

    Not recognised once, the visitor checks what was typed; not recognised again, the tax code is asked for.
    """
    claim = draft.claim()
    if claim is None:
        return redirect(url_for("registrazione.name"), 303)
    form = ContactForm()
    valid = form.validate_on_submit()
    typed = form.read_contact(brand())
    draft.add(**form.draft())
    if not valid or typed is None:
        return render_template("registration/contact.html", form=form), 422
    found = portal().registration.begin(brand(), claim, typed, visitor(Purpose.REGISTRATION))
    if found is Refusal.CHECK_DATA and draft.draft().get("checked"):
        draft.open_tax_id_page()
        return redirect(url_for("registrazione.tax_id"), 303)
    if isinstance(found, Refusal):
        draft.add(checked=True)
        return redirect(url_for("registrazione.refused", reason=found.value.replace("_", "-")), 303)
    follow(Purpose.REGISTRATION, found)
    return redirect(url_for("registrazione.code"), 303)


@blueprint.get("/esito/<reason>")
def refused(reason: str) -> ResponseReturnValue:
    """Not recognised, not a customer, no contact: what to do next. Nothing typed is lost."""
    known = {one.value.replace("_", "-"): one for one in Refusal}
    if reason not in known or draft.claim() is None:
        return redirect(url_for("registrazione.begin"), 303)
    return render_template("registration/refused.html", reason=known[reason].value)


def _typed(form: Form) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name != "csrf_token"}


recognition.add_pages(blueprint)
add_pages(blueprint, ProvingPages(Purpose.REGISTRATION))
