"""Policies: active, archived, one of them, and their documents."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import customer, portal

blueprint = Blueprint("polizze", __name__)


@blueprint.get("/polizze")
def listed() -> ResponseReturnValue:
    """The active policies."""
    identity = customer()
    return render_template(
        "policies.html",
        archived=False,
        policies=portal().policies.listed(identity),
        customer=portal().profile.customer(identity),
    )


@blueprint.get("/polizze/archivio")
def archive() -> ResponseReturnValue:
    """The policies that are no longer active."""
    return render_template(
        "policies.html", archived=True, policies=portal().policies.listed(customer(), archived=True), customer=None
    )


@blueprint.get("/polizze/<policy_number>")
def detail(policy_number: str) -> ResponseReturnValue:
    """One policy, for its holder or an insured."""
    return render_template("policy.html", detail=portal().policies.detail(customer(), policy_number))


@blueprint.get("/documenti")
def documents() -> ResponseReturnValue:
    """The documents of all policies."""
    return render_template("documents.html", groups=portal().policies.documents(customer()))
