"""The customer's own data, and the change of the domicile."""

from __future__ import annotations

from babel import Locale
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, customer, customer_at_level_2, portal
from adapters.flask_portal.errors import NotFoundError
from adapters.flask_portal.forms import ButtonForm, DomicileForm
from adapters.flask_portal.i18n import current_language
from adapters.flask_portal.i18n import gettext as _
from adapters.flask_portal.repository.operations import Domicile

blueprint = Blueprint("profilo", __name__, url_prefix="/profilo")
_COUNTRY_CODES = ("IT", "AT", "BE", "CH", "DE", "ES", "FR", "GB", "LU", "MC", "NL", "PT", "SI", "SM", "US", "VA")


@blueprint.get("")
def page() -> ResponseReturnValue:
    """Personal data, at level 2."""
    return render_template("profile.html", profile=portal().profile.profile(customer_at_level_2()))


@blueprint.get("/domicilio")
def domicile_form() -> ResponseReturnValue:
    """The form, filled with the present domicile or with what an unconfirmed operation holds."""
    identity = customer_at_level_2()
    earlier = request.args.get("operazione")
    values = portal().operations.find(identity, earlier).payload if earlier else None
    if values is None:
        present = portal().profile.profile(identity).domicile
        values = {**vars(present), "country": _country_code(present.country)} if present else {}
    return render_template("domicile.html", form=_form(**values))


@blueprint.post("/domicilio")
def domicile() -> ResponseReturnValue:
    """Keep the change and send the customer to confirm it."""
    identity = customer()
    form = _form()
    if not form.validate_on_submit():
        return render_template("domicile.html", form=form), 422
    wanted = Domicile(
        form.street.data, form.postal_code.data, form.city.data, form.province.data.upper(), form.country.data
    )
    place = f"{wanted.street}, {wanted.postal_code} {wanted.city}"
    text = _("New address: %(place)s", place=place)
    operation = portal().operations.request_domicile(identity, wanted, text)
    return _to_confirmation(operation.id)


@blueprint.get("/domicilio/<operation_id>")
def outcome(operation_id: str) -> ResponseReturnValue:
    """How the operation stands: confirmed, or not (yet), with the way on."""
    identity = customer()
    operation = portal().operations.find(identity, operation_id)
    return render_template(
        "operation.html",
        operation=operation,
        domicile=Domicile(**operation.payload),
        is_over=portal().operations.is_over(operation),
        form=ButtonForm(),
    )


@blueprint.post("/domicilio/<operation_id>")
def confirm_again(operation_id: str) -> ResponseReturnValue:
    """Try once more to confirm an operation that was cancelled on the way."""
    return _to_confirmation(operation_id)


def _to_confirmation(operation_id: str) -> ResponseReturnValue:
    identity = customer()
    operations, sign_in = portal().operations, portal().sign_in
    back = url_for("profilo.outcome", operation_id=operation_id)
    found = operations.find(identity, operation_id)
    try:
        asked = operations.ask(found)
    except NotFoundError:
        return redirect(back, 303)
    needed = operations.needed(asked, back)
    return redirect(sign_in.begin(brand().id, current_language(), needed, operation=asked), 303)


def _country_code(written: str) -> str:
    """The code of a country that an agency may have written by name; Italy where it is neither."""
    for locale in ("it", "en"):
        names = Locale.parse(locale).territories
        for code in _COUNTRY_CODES:
            if written.strip().casefold() in (code.casefold(), str(names[code]).casefold()):
                return code
    return "IT"


def _form(**values: str) -> DomicileForm:
    form = DomicileForm(data=values or None)
    names = Locale.parse(current_language()).territories
    form.country.choices = {code: names[code] for code in sorted(_COUNTRY_CODES, key=lambda code: str(names[code]))}
    return form
