"""The portal's forms. What they accept is shape only; who it belongs to is the services' question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from adapters.flask_portal.i18n import lazy_gettext as _
from adapters.flask_portal.typed import LONGEST, one_sign_a_line, typed_before
from domain.brands import Brand
from domain.contacts import (
    Channel,
    Contact,
    ContactError,
    ContactIsLandlineError,
    PrefixNotAllowedError,
    canonical_email,
    canonical_mobile,
    parse_contact,
)
from domain.tax_codes import TaxId, TaxIdError, parse_tax_or_vat

_HOME_PREFIX = "+39"


def _strip(value: str | None) -> str:
    return (value or "").strip()


def _required(sentence: Any) -> InputRequired:
    return InputRequired(sentence)


def _text(label: Any, *validators: Any, **options: Any) -> StringField:
    return StringField(label, validators=list(validators), filters=[_strip], **options)


class Form(FlaskForm):  # type: ignore[misc]
    """Base of all forms: carries the CSRF token, and what was typed before the language was changed."""

    def __init__(self, *positional: Any, **options: Any) -> None:
        if typed := typed_before():
            options["data"] = {**(options.get("data") or {}), **typed}
        super().__init__(*positional, **options)


class PersonForm(Form):
    """Name and surname."""

    first_name = _text(_("First name"), _required(_("Write your first name.")), Length(max=100))
    last_name = _text(_("Last name"), _required(_("Write your last name.")), Length(max=100))


class CompanyForm(Form):
    """Company name."""

    company_name = _text(_("Company name"), _required(_("Write the company's name.")), Length(max=200))


class ContactForm(Form):
    """Which contact is to be the user name; how it is asked is the brand's (`contact_screen`)."""

    channel = RadioField(
        _("Which contact do you want to use as your user name?"),
        choices=[SelectChoice(Channel.EMAIL.value, _("Email")), SelectChoice(Channel.MOBILE.value, _("Mobile number"))],
        default=Channel.EMAIL.value,
        validators=[_required(_("Choose the email or the mobile number."))],
    )
    email = _text(_("Email address"), Length(max=254))
    prefix = _text(_("Prefix"), Length(max=6), default=_HOME_PREFIX)
    number = _text(_("Number"), Length(max=30))
    privacy = BooleanField(validators=[InputRequired(_("Read the privacy notice and tick the box to go on."))])

    def read_contact(self, brand: Brand) -> Contact | None:
        """The chosen contact in canonical form; None after putting the reason beside its field."""
        if self.channel.data == Channel.EMAIL.value:
            return _read(self.email, lambda: Contact(Channel.EMAIL, canonical_email(self.email.data)))
        return _read(self.number, lambda: Contact(Channel.MOBILE, canonical_mobile(self._written(), _allowed(brand))))

    def draft(self) -> dict[str, str]:
        """What was typed, right or wrong, no longer than the fields take: it is kept in the session."""
        kept = {field.name: field.data[: _longest(field)] for field in (self.email, self.prefix, self.number)}
        return kept | ({"channel": self.channel.data} if self.channel.data in set(Channel) else {})

    def _written(self) -> str:
        number, prefix = self.number.data, self.prefix.data or _HOME_PREFIX
        if not number or number.startswith(("+", "00")):
            return str(number)
        return f"+{prefix.lstrip('+0')} {number}"


class CodeForm(Form):
    """The six digits of a message."""

    code = StringField(
        _("Verification code"),
        filters=[lambda value: "".join((value or "").split())],
        validators=[
            _required(_("Write the code of the message.")),
            Regexp(r"^[0-9]{6}$", message=_("The code has six digits.")),
        ],
    )


class ButtonForm(Form):
    """Nothing but a button."""


class TaxIdForm(Form):
    """Tax code or VAT number, with the browser's proof of work."""

    tax_id = _text(_("Tax code or VAT number"), _required(_("Write your tax code or your VAT number.")), Length(max=20))
    proof = _text("", Optional())

    def read_tax_id(self) -> TaxId | None:
        """The tax code or VAT number; None after putting the reason beside its field."""
        return _read_tax_id(self.tax_id)


class ChoiceForm(Form):
    """One of the masked contacts, by its handle; the choices are the page's."""

    contact = RadioField(
        _("Choose the contact where you prefer to receive the verification code"),
        validators=[_required(_("Choose one of the entries to go on."))],
    )


class RecoveryForm(Form):
    """The user name, and the tax code where the brand asks for it."""

    username = _text(
        _("Email address or mobile number"),
        _required(_("Write your email address or mobile number.")),
        Length(max=254),
    )
    tax_id = _text(_("Tax code or VAT number"), Optional(), Length(max=20))

    def read_contact(self, brand: Brand) -> Contact | None:
        """The user name as a contact; None after putting the reason beside its field."""
        return _read(self.username, lambda: parse_contact(self.username.data, _allowed(brand)))

    def read_tax_id(self) -> TaxId | None:
        """The tax code or VAT number; None after putting the reason beside its field."""
        return _read_tax_id(self.tax_id)


class RecoveryByTaxIdForm(TaxIdForm):
    """The tax code in place of the user name; a policy number tells two accounts of one tax code apart."""

    policy_number = _text(_("Policy number"), Optional(), Length(max=40))


class AnswersForm(Form):
    """What the owner of a proved contact is asked before a new password."""

    tax_id = _text(_("Tax code or VAT number"), Optional(), Length(max=20))
    policy_number = _text(_("Policy number"), _required(_("Write the number of one of your policies.")), Length(max=40))

    def read_tax_id(self) -> TaxId | None:
        """The tax code or VAT number; None after putting the reason beside its field."""
        return _read_tax_id(self.tax_id)


class AssistanceForm(Form):
    """A request for assistance; whether the policy number must be there is the brand's and the topic's question."""

    topic = RadioField(_("What is it about?"), validators=[_required(_("Choose one of the entries to go on."))])
    name = _text(_("Name and surname, or company name"), _required(_("Write your name.")), Length(max=200))
    email = _text(_("Email for our answer"), _required(_("Write the email where we can answer you.")), Length(max=254))
    policy_number = _text(_("Policy number"), Optional(), Length(max=40))
    text = TextAreaField(
        _("What happened?"),
        filters=[_strip, one_sign_a_line],
        validators=[_required(_("Write what happened.")), Length(max=LONGEST)],
    )

    def read_email(self) -> str | None:
        """The canonical email; None after putting the reason beside its field."""
        found = _read(self.email, lambda: Contact(Channel.EMAIL, canonical_email(self.email.data)))
        return found.value if found else None

    def require_policy_number(self) -> bool:
        """Whether it is there; if not, the reason is put beside its field."""
        if not self.policy_number.data:
            _complain(self.policy_number, _("Write the number of one of your policies."))
        return bool(self.policy_number.data)


class DomicileForm(Form):
    """An address in Italy or abroad."""

    street = _text(_("Street and number"), _required(_("Write the street and the number.")), Length(max=100))
    postal_code = _text(
        _("Postal code"),
        _required(_("Write the postal code.")),
        Regexp(r"^[A-Za-z0-9 -]{3,10}$", message=_("Check the postal code.")),
    )
    city = _text(_("Town or city"), _required(_("Write the town or city.")), Length(max=60))
    province = _text(_("Province"), Length(max=30))
    country = SelectField(_("Country"), default="IT", validators=[_required(_("Choose the country."))])

    def validate_postal_code(self, field: Field) -> None:
        """Italian postal codes have five digits."""
        if self.country.data == "IT" and not (len(field.data) == 5 and field.data.isdigit()):
            raise ValidationError(_("An Italian postal code has five digits."))

    def validate_province(self, field: Field) -> None:
        """Italian provinces have two letters."""
        if self.country.data == "IT" and not (len(field.data) == 2 and field.data.isalpha()):
            raise ValidationError(_("Write the two letters of the province, for example MI."))


def input_of(field: Field, kind: str, hint: str | None, **attributes: str) -> Any:
    """The field's control, tied to its hint and error for those who do not see them; for templates."""
    if field.type == "SelectField":
        attributes["class_"] = "form-select"
    else:
        attributes["class_"] = "form-control"
        if field.type != "TextAreaField":
            attributes["type"] = kind
    described = [f"{field.id}-hint"] if hint else []
    if field.errors:
        described.append(f"{field.id}-error")
        attributes["aria_invalid"] = "true"
    if described:
        attributes["aria_describedby"] = " ".join(described)
    return field(**attributes)


def _allowed(brand: Brand) -> frozenset[str]:
    return brand.mobile_prefixes


def _longest(field: Field) -> int:
    return min(int(check.max) for check in field.validators if isinstance(check, Length))


def _read(field: Field, parse: Callable[[], Contact]) -> Contact | None:
    try:
        return parse()
    except PrefixNotAllowedError:
        _complain(field, _("This foreign prefix cannot be used: choose an Italian mobile or an email address."))
    except ContactIsLandlineError:
        _complain(field, _("This is a landline: write a mobile number, which can receive messages."))
    except ContactError:
        _complain(field, _("Check what you wrote: it does not look complete."))
    return None


def _read_tax_id(field: Field) -> TaxId | None:
    try:
        return parse_tax_or_vat(field.data or "")
    except TaxIdError:
        if not field.errors:
            _complain(field, _("Check the tax code or VAT number: it does not look complete."))
        return None


def _complain(field: Field, message: Any) -> None:
    field.errors = [*field.errors, message]
