"""A brand is data: one frozen `Brand`, read from one TOML file.

The files are `domain/brands/<id>.toml`; another folder can be given. Reading is strict: an unknown or missing key,
a value of the wrong kind or two brands of one id stop the start. The rules the values come from are settled in the
coverage notes of the documentation; nothing in the code asks which brand it is.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from domain.customers import CustomerKind
from domain.masking import EmailMask, MobileMask

DEFAULT_DIR = Path(__file__).parent / "brands"

_STRICT = ConfigDict(extra="forbid", strict=True)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
# An alphanumeric sender of an SMS has at most eleven characters (3GPP TS 23.040, 9.1.2.5).
SmsSender = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ]{1,11}$")]
EmailAddress = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=254)
]
# https, or a private scheme with a full stop, which no other app's can be by chance (RFC 8252, 7.1).
AppAddress = Annotated[
    str,
    StringConstraints(
        pattern=r"^(https://[a-z0-9.-]+|[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:)/[A-Za-z0-9/_.-]*$", max_length=200
    ),
]
CallingCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,2}$")]

# A brand's id is its realm, its theme and the first step of its addresses: it cannot be a name that Keycloak (realm
# `master`; themes `base`, `keycloak`), the shared theme or the portal's own addresses already have.
RESERVED_IDS = frozenset({"master", "base", "keycloak", "area-clienti", "static", "healthz", "readyz", "metrics"})

# Clients of every realm, Keycloak's own and ours.
RESERVED_CLIENTS = frozenset(
    {"portal", "provisioning", "operators", "area-clienti", "account", "account-console", "admin-cli", "broker"}
    | {"realm-management", "security-admin-console"}
)


def variable_suffix(brand_id: str) -> str:
    """Return how a brand's id ends the name of an environment variable: `nuova-casa` makes `NUOVA_CASA`."""
    return brand_id.upper().replace("-", "_")


class BrandFileError(ValueError):
    """A brand file cannot be used; the message is one sentence that names the file and the key."""

    code = "brand_file_invalid"


class NameForm(StrEnum):
    """What a kind is asked to type about itself."""

    PERSON = "person"
    COMPANY = "company"


class OnExpiry(StrEnum):
    """Where an expired registration code or link leads."""

    REPEAT_REGISTRATION = "repeat_registration"
    ASK_NEW_CODE = "ask_new_code"


class ContactScreen(StrEnum):
    """How the contact of a registration is asked."""

    ONE_CHOICE = "one_choice"
    TWO_FIELDS = "two_fields"


class Eligibility(StrEnum):
    """Which customers may register."""

    ANY_POLICY = "any_policy"
    ACTIVE_POLICY_AND_MOBILE = "active_policy_and_mobile"


class SignInIdentifier(StrEnum):
    """What may be typed as user name; the values are those of Keycloak's `area-clienti-sign-in` step."""

    EMAIL = "email"
    MOBILE = "mobile"
    CUSTOMER_CODE = "customer-code"


class Ask(StrEnum):
    """When recovery asks for a datum."""

    ALWAYS = "always"
    WHEN_NEEDED = "when_needed"


class OperationsContact(StrEnum):
    """Which contact confirms operations."""

    ACCESS_MOBILE = "access_mobile"
    CHOSEN = "chosen"


@dataclass(frozen=True, config=_STRICT)
class Text:
    """A short text in both languages."""

    it: Words
    en: Words

    def in_language(self, locale: str) -> str:
        """Return the text in the language of a locale such as `en` or `it_IT`; Italian is the fallback."""
        return self.en if locale.lower().startswith("en") else self.it


@dataclass(frozen=True, config=_STRICT)
class BrandKind:
    """One choice of the first registration screen.

    `registration_link`: whether the message also carries a link, which works as well as the code.
    """

    id: Slug
    feed_kinds: Annotated[frozenset[CustomerKind], Field(min_length=1)]
    label: Text
    name_form: NameForm
    registration_link: bool
    on_expiry: OnExpiry


@dataclass(frozen=True, config=_STRICT)
class PurposePolicy:
    """What rules the codes of a purpose. `link_validity_s` is None where messages carry no link."""

    validity_s: Annotated[int, Field(ge=60, le=172_800)]
    max_attempts: Annotated[int, Field(ge=1, le=5)]
    resend_after_s: Annotated[int, Field(ge=10, le=600)]
    link_validity_s: Annotated[int, Field(ge=60, le=172_800)] | None = None


@dataclass(frozen=True, config=_STRICT)
class Purposes:
    """The purposes the portal rules; those of Keycloak's steps stand in the realm."""

    registration: PurposePolicy
    recovery: PurposePolicy
    contact: PurposePolicy


@dataclass(frozen=True, config=_STRICT)
class Masks:
    """The brand's two mask styles."""

    email: EmailMask
    mobile: MobileMask


@dataclass(frozen=True, config=_STRICT)
class Recovery:
    """What recovery asks besides the username's contact."""

    tax_id: Ask
    policy_number: Ask


@dataclass(frozen=True, config=_STRICT)
class Operations:
    """The contact that confirms operations (Recapito Dispositivo)."""

    contact: OperationsContact
    unique: bool
    different_from_username: bool


@dataclass(frozen=True, config=_STRICT)
class WhomToTurnTo:
    """Whom a customer is sent to, as it reads after «contatta» / "contact"."""

    default: Text
    company_policy_insured: Text
    schemes: dict[Slug, Text]

    def for_customer(self, *, scheme: str = "", insured_of_company_policy: bool = False) -> Text:
        """Return whom to turn to: the scheme first, then the employer, then the default."""
        if scheme in self.schemes:
            return self.schemes[scheme]
        return self.company_policy_insured if insured_of_company_policy else self.default


@dataclass(frozen=True, config=_STRICT)
class Support:
    """The assistance form: its button, what it asks, and where it is offered.

    `offered_when_no_contact_fits`: on the choice of contacts too. `registration_asks_policy_number`: whoever has
    trouble registering gives the number of a policy. `new_mobile_offered`: whether the code page has «Aggiungi
    recapito», which leads here.
    """

    request_label: Text
    offered_when_no_contact_fits: bool
    registration_asks_policy_number: bool
    new_mobile_offered: bool


@dataclass(frozen=True, config=_STRICT)
class Sections:
    """Labels of the portal's sections that differ between brands."""

    profile: Text


@dataclass(frozen=True, config=_STRICT)
class App:
    """Another app that signs the same customers in: a public client of the realm.

    `start_url` opens the app, after a registration that began in it; `redirect_uris` are where sign-in may lead back
    to, compared whole: an https address the app has claimed, or a scheme of its own (RFC 8252, 7.1 and 7.2).
    """

    id: Slug
    name: Words
    start_url: AppAddress
    redirect_uris: Annotated[frozenset[AppAddress], Field(min_length=1)]


@dataclass(frozen=True, config=_STRICT)
class Brand:
    """Everything that is particular to a brand. `reply_to` is where answers to its emails go, None for nowhere."""

    id: Slug
    display_name: Words
    legal_line: Words
    sms_sender: SmsSender
    contact_screen: ContactScreen
    eligibility: Eligibility
    sign_in_identifiers: Annotated[tuple[SignInIdentifier, ...], Field(min_length=1)]
    mobile_prefixes: Annotated[frozenset[CallingCode], Field(min_length=1)]
    secondary_profiles: bool
    kinds: Annotated[tuple[BrandKind, ...], Field(min_length=1)]
    masks: Masks
    purposes: Purposes
    recovery: Recovery
    operations: Operations
    whom_to_turn_to: WhomToTurnTo
    support: Support
    sections: Sections
    reply_to: EmailAddress | None = None
    apps: tuple[App, ...] = ()

    @model_validator(mode="after")
    def _id_is_free(self) -> Self:
        if self.id in RESERVED_IDS:
            raise ValueError(f"the id {self.id} is reserved")
        return self

    @model_validator(mode="after")
    def _every_username_can_sign_in(self) -> Self:
        # Whoever registers chooses an email or a mobile as username: without both some could never come back.
        if not {SignInIdentifier.EMAIL, SignInIdentifier.MOBILE} <= set(self.sign_in_identifiers):
            raise ValueError("sign_in_identifiers must hold email and mobile, since either may be a username")
        return self

    @model_validator(mode="after")
    def _kinds_divide_the_customers(self) -> Self:
        covered = [kind for choice in self.kinds for kind in choice.feed_kinds]
        if sorted(covered) != sorted(CustomerKind):
            raise ValueError("the kinds must cover each kind of customer exactly once")
        if len({choice.id for choice in self.kinds}) != len(self.kinds):
            raise ValueError("two kinds have the same id")
        return self

    @model_validator(mode="after")
    def _apps_differ(self) -> Self:
        ids = [app.id for app in self.apps]
        if len(set(ids)) != len(ids) or RESERVED_CLIENTS & set(ids):
            raise ValueError("two apps have the same id, or one that a client of the realm has already")
        return self

    def app(self, app_id: str) -> App | None:
        """Return the app of that id, or None."""
        return next((app for app in self.apps if app.id == app_id), None)

    def kind(self, kind_id: str) -> BrandKind:
        """Return the kind of that id; raises KeyError."""
        for choice in self.kinds:
            if choice.id == kind_id:
                return choice
        raise KeyError(kind_id)

    def kind_of(self, customer_kind: CustomerKind) -> BrandKind:
        """Return the choice a customer of that kind makes on the first screen."""
        return next(choice for choice in self.kinds if customer_kind in choice.feed_kinds)


_ADAPTER = TypeAdapter(Brand)


def load_brands(directory: Path | None = None) -> Mapping[str, Brand]:
    """Read every `*.toml` of the folder (default: the brands shipped here), by id, in the order of their names.

    Raises `BrandFileError`.
    """
    folder = directory or DEFAULT_DIR
    brands = {}
    for path in sorted(folder.glob("*.toml")):
        brand = load_brand(path)
        if brand.id != path.stem:
            raise BrandFileError(f"The brand file {path} must be named after its id, {brand.id}.toml.")
        brands[brand.id] = brand
    if not brands:
        raise BrandFileError(f"The folder {folder} holds no brand file.")
    return MappingProxyType(brands)


def load_brand(path: Path) -> Brand:
    """Read one brand file; raises `BrandFileError`."""
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BrandFileError(f"The brand file {path} cannot be read: {error}.") from error
    try:
        # Through JSON, because strict validation then still reads enumerations and sets from plain text and lists.
        return _ADAPTER.validate_json(json.dumps(written, default=str))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise BrandFileError(f"The brand file {path} is wrong at {place}: {first['msg']}.") from error
