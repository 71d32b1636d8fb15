"""What every request can reach: the parts of one running portal, and the brand of the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app, g, request
from flask import session as flask_session
from sqlalchemy import Engine

from adapters.flask_portal.errors import NotFoundError, SignInRequiredError, StepUpRequiredError
from adapters.flask_portal.i18n import current_language
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.services.assistance import AssistanceService
from adapters.flask_portal.services.cancellation import CancellationService
from adapters.flask_portal.services.challenge import ProofOfWork
from adapters.flask_portal.services.operations import OperationService
from adapters.flask_portal.services.policies import PolicyService, ProfileService
from adapters.flask_portal.services.proving import ProvingService
from adapters.flask_portal.services.recognition import RecognitionService
from adapters.flask_portal.services.recovery import RecoveryService
from adapters.flask_portal.services.registration import RegistrationService, Visitor
from adapters.flask_portal.services.sign_in import SignInService
from adapters.flask_portal.sessions import Identity, PortalSession
from adapters.flask_portal.settings import Settings
from domain.brands import Brand
from domain.contacts import Contact
from domain.masking import mask_contact
from domain.networks import address_in
from domain.purposes import Purpose


@dataclass(frozen=True)
class Portal:
    """The parts of one running portal."""

    settings: Settings
    engine: Engine
    brands: Mapping[str, Brand]
    themes: frozenset[str]
    proving: ProvingService
    registration: RegistrationService
    recognition: RecognitionService
    proof_of_work: ProofOfWork
    recovery: RecoveryService
    assistance: AssistanceService
    cancellation: CancellationService
    sign_in: SignInService
    operations: OperationService
    policies: PolicyService
    profile: ProfileService


def portal() -> Portal:
    """The running portal."""
    return cast(Portal, current_app.extensions["portal"])


def brand() -> Brand:
    """The brand of this address."""
    return cast(Brand, g.brand)


def masked(contact: Contact) -> str:
    """The contact as this brand's screens show it to somebody who has not proved it."""
    masks = brand().masks
    return mask_contact(contact, masks.email, masks.mobile)


def session() -> PortalSession:
    """This browser's session."""
    return cast(PortalSession, flask_session)


def follow(purpose: Purpose, flow: Flow) -> None:
    """This browser follows this flow from now on."""
    session()[f"flow_{purpose}"] = flow.id


def followed(purpose: Purpose) -> Flow | None:
    """The flow of this purpose that this browser follows; None when there is none or it is over."""
    return portal().proving.find(brand(), purpose, session().get(f"flow_{purpose}"))


def leave(purpose: Purpose) -> None:
    """This browser follows no flow of this purpose any more."""
    session().pop(f"flow_{purpose}", None)


def visitor(purpose: Purpose) -> Visitor:
    """Whoever asks: language, network address, what this browser began before, the app it came from."""
    return Visitor(current_language(), client_ip(), followed(purpose), session().get("app"))


def client_ip() -> str | None:
    """The network address the nearest trusted proxy saw; None where it wrote something else."""
    return address_in(request.remote_addr)


def customer() -> Identity:
    """The customer signed in with this brand; raises :class:`SignInRequiredError`."""
    identity = session().identity_in(brand().id)
    if identity is None:
        raise SignInRequiredError
    return identity


def customer_at_level_2() -> Identity:
    """The customer, with a code entered within the last quarter of an hour; raises :class:`StepUpRequiredError`."""
    identity = customer()
    if portal().sign_in.step_up_needed(identity):
        raise StepUpRequiredError
    return identity


def take_brand(_endpoint: str | None, values: dict[str, str] | None) -> None:
    """Find the brand of the address; an unknown one does not exist."""
    if values is None or "brand" not in values:
        return
    found = portal().brands.get(values.pop("brand"))
    if found is None:
        raise NotFoundError("no such brand")
    g.brand = found


def give_brand(endpoint: str, values: dict[str, str]) -> None:
    """Keep links within the brand of the page they stand on."""
    if "brand" not in values and "brand" in g and current_app.url_map.is_endpoint_expecting(endpoint, "brand"):
        values["brand"] = brand().id
