"""«Cancellati»: what it means, the code to the user name, and the end; the code page is the one of all proofs."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import (
    brand,
    client_ip,
    customer,
    customer_at_level_2,
    follow,
    followed,
    leave,
    masked,
    portal,
    session,
    visitor,
)
from adapters.flask_portal.forms import ButtonForm
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.security import clear_site_data
from adapters.flask_portal.services.flow_rules import Answer
from adapters.flask_portal.views.proving import ProvingPages, add_pages
from domain.purposes import Purpose

blueprint = Blueprint("cancellazione", __name__, url_prefix="/profilo/cancellazione")
_DONE = "cancellazione.done"


class CancellationPages(ProvingPages):
    """The pages of a proof that ends the account instead of opening one."""

    def __init__(self) -> None:
        super().__init__(Purpose.CANCELLATION)

    def done(self) -> ResponseReturnValue:
        """Nobody is signed in any more; the page says the same to whoever opens it."""
        return render_template("cancellation_done.html")

    def _resend(self, flow: Flow) -> Flow:
        return portal().cancellation.resend(brand(), customer(), flow, client_ip())

    def _hand_over(self, flow: Flow) -> ResponseReturnValue:
        answer = portal().cancellation.carry_out(flow, session())
        if answer is Answer.ELSEWHERE:
            return self._over(answer), 409
        if answer is not Answer.APPROVED:
            return redirect(self._url("code"), 303)
        # Keycloak has ended the sessions, this one too; its word may still be on the way.
        session().sign_out()
        return clear_site_data(make_response(redirect(url_for(_DONE), 303)))


@blueprint.before_request
def signed_in() -> None:
    """All but the last page are the customer's, and follow no flow of anybody else."""
    if request.endpoint == _DONE:
        return
    flow = followed(Purpose.CANCELLATION)
    if flow is not None and flow.customer_code != customer().customer_code:
        leave(Purpose.CANCELLATION)
    customer()


@blueprint.get("")
def begin() -> ResponseReturnValue:
    """What ends, what stays, and where the code goes."""
    username = portal().cancellation.username(customer_at_level_2())
    return render_template("cancellation.html", form=ButtonForm(), masked_to=masked(username) if username else None)


@blueprint.post("")
def ask() -> ResponseReturnValue:
    """Send the code."""
    flow = portal().cancellation.begin(brand(), customer_at_level_2(), visitor(Purpose.CANCELLATION))
    if flow is None:
        return redirect(url_for("cancellazione.begin"), 303)
    follow(Purpose.CANCELLATION, flow)
    return redirect(url_for("cancellazione.code"), 303)


add_pages(blueprint, CancellationPages(), with_link=False)
