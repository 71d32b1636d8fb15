"""The pages of whoever was not recognised by a contact: tax code, choice among masked contacts, none of these."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, follow, masked, portal, session, visitor
from adapters.flask_portal.errors import TooManyRequestsError
from adapters.flask_portal.forms import ChoiceForm, TaxIdForm
from adapters.flask_portal.i18n import gettext as _
from adapters.flask_portal.services.assistance import Topic
from adapters.flask_portal.services.recognition import Choice, Unrecognised
from adapters.flask_portal.views import draft, tax_ids
from domain.brands import Text
from domain.contacts import Channel, Contact
from domain.purposes import Purpose

NONE_OF_THESE = "none"
_CHOICE = "choice"
_TAX_ID = "registration/tax_id.html"


def add_pages(blueprint: Blueprint) -> None:
    """Give the registration's blueprint the pages ``codice-fiscale``, ``scelta`` and ``nessuno``."""
    for rule, name, view, method in (
        ("/codice-fiscale", "tax_id", tax_id, "GET"),
        ("/codice-fiscale", "look_up", look_up, "POST"),
        ("/non-riconosciuto/<reason>", "unrecognised", unrecognised, "GET"),
        ("/nessun-recapito", "no_contacts", no_contacts, "GET"),
        ("/scelta", "choice", choice, "GET"),
        ("/scelta", "choose", choose, "POST"),
        ("/nessuno", "none_of_these", none_of_these, "GET"),
    ):
        blueprint.add_url_rule(rule, name, view, methods=[method])


def tax_id() -> ResponseReturnValue:
    """Tax code or VAT number, for whoever has checked name and contact already."""
    if not draft.tax_id_page_is_open():
        return redirect(url_for("registrazione.begin"), 303)
    return tax_ids.page(_TAX_ID, TaxIdForm(formdata=None))


def look_up() -> ResponseReturnValue:
    """Recognise the customer by it."""
    claim = draft.claim()
    if claim is None or not draft.tax_id_page_is_open():
        return redirect(url_for("registrazione.begin"), 303)
    form = TaxIdForm()
    valid = form.validate_on_submit()
    typed = form.read_tax_id()
    if not valid or typed is None:
        return tax_ids.page(_TAX_ID, form), 422
    if not portal().proof_of_work.accept(form.proof.data, session().binding):
        return tax_ids.page(_TAX_ID, form, retry=True), 422
    try:
        found = portal().recognition.look_up(brand(), claim, typed, visitor(Purpose.REGISTRATION))
    except TooManyRequestsError as error:
        return tax_ids.too_many(error, Topic.REGISTRATION)
    if isinstance(found, Unrecognised):
        return redirect(url_for("registrazione.unrecognised", reason=found.value.replace("_", "-")), 303)
    draft.add(**{_CHOICE: _with_handles(found)})
    return redirect(url_for("registrazione.choice" if found.contacts else "registrazione.no_contacts"), 303)


def unrecognised(reason: str) -> ResponseReturnValue:
    """Not recognised even so: whom to turn to."""
    known = {one.value.replace("_", "-"): one for one in Unrecognised}
    if reason not in known or draft.claim() is None:
        return redirect(url_for("registrazione.begin"), 303)
    return render_template("registration/unrecognised.html", reason=known[reason].value)


def no_contacts() -> ResponseReturnValue:
    """Recognised, and nothing on file can be the user name: whom to turn to for a contact."""
    kept = draft.draft().get(_CHOICE)
    if kept is None:
        return redirect(url_for("registrazione.begin"), 303)
    return render_template(
        "registration/no_contacts.html", whom=_whom(kept), has_foreign_number=kept["has_foreign_number"]
    )


def choice() -> ResponseReturnValue:
    """The masked contacts on file."""
    kept = draft.draft().get(_CHOICE)
    if kept is None or not kept["handles"]:
        return redirect(url_for("registrazione.begin"), 303)
    return _choice_page(kept, _choice_form(kept, submitted=False))


def choose() -> ResponseReturnValue:
    """Send the code to the contact behind the chosen handle."""
    claim, kept = draft.claim(), draft.draft().get(_CHOICE)
    if claim is None or kept is None:
        return redirect(url_for("registrazione.begin"), 303)
    form = _choice_form(kept, submitted=True)
    if not form.validate_on_submit():
        return _choice_page(kept, form), 422
    if form.contact.data == NONE_OF_THESE:
        return redirect(url_for("registrazione.none_of_these"), 303)
    found, contacts = _without_handles(kept)
    flow = portal().recognition.choose(
        brand(), claim, found, contacts[form.contact.data], visitor(Purpose.REGISTRATION)
    )
    if flow is None:
        return redirect(url_for("registrazione.tax_id"), 303)
    follow(Purpose.REGISTRATION, flow)
    return redirect(url_for("registrazione.code"), 303)


def none_of_these() -> ResponseReturnValue:
    """«Nessuno di questi»: whom to turn to for another contact."""
    kept = draft.draft().get(_CHOICE)
    if kept is None:
        return redirect(url_for("registrazione.begin"), 303)
    return render_template("registration/none_of_these.html", whom=_whom(kept))


def _whom(kept: dict[str, Any]) -> Text:
    return brand().whom_to_turn_to.for_customer(
        scheme=kept["scheme"], insured_of_company_policy=kept["insured_of_company"]
    )


def _choice_form(kept: dict[str, Any], *, submitted: bool) -> ChoiceForm:
    form = ChoiceForm() if submitted else ChoiceForm(formdata=None)
    form.contact.choices = [
        (handle, masked(Contact(Channel(channel), value))) for handle, (channel, value) in kept["handles"].items()
    ] + [(NONE_OF_THESE, _("None of these"))]
    return form


def _choice_page(kept: dict[str, Any], form: ChoiceForm) -> str:
    groups: dict[str, list[Any]] = {}
    for option in form.contact:
        channel, _value = kept["handles"].get(option.data, ("other", ""))
        groups.setdefault(channel, []).append(option)
    return render_template(
        "registration/choice.html", form=form, groups=groups, has_foreign_number=kept["has_foreign_number"]
    )


def _with_handles(found: Choice) -> dict[str, Any]:
    # Random for this registration alone: a handle says nothing of its contact, here or anywhere else (SECURITY R2).
    handles = {secrets.token_urlsafe(9): [one.channel.value, one.value] for one in found.contacts}
    return {
        "customer_code": found.customer_code,
        "handles": handles,
        "has_foreign_number": found.has_foreign_number,
        "scheme": found.scheme,
        "insured_of_company": found.insured_of_company,
    }


def _without_handles(kept: dict[str, Any]) -> tuple[Choice, dict[str, Contact]]:
    contacts = {handle: Contact(Channel(channel), value) for handle, (channel, value) in kept["handles"].items()}
    found = Choice(
        customer_code=kept["customer_code"],
        contacts=tuple(contacts.values()),
        has_foreign_number=kept["has_foreign_number"],
        scheme=kept["scheme"],
        insured_of_company=kept["insured_of_company"],
    )
    return found, contacts
