"""What the pages share on which strangers try tax codes: the browser's challenge, and the end of trying."""

from __future__ import annotations

import json

from flask import render_template
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import portal, session
from adapters.flask_portal.errors import TooManyRequestsError
from adapters.flask_portal.forms import TaxIdForm
from adapters.flask_portal.services.assistance import Topic


def page(template: str, form: TaxIdForm, *, retry: bool = False) -> str:
    """A page with the form and a new challenge for this browser; ``retry``: the last one was not solved."""
    challenge = json.dumps(portal().proof_of_work.challenge(session().binding))
    return render_template(template, form=form, challenge=challenge, retry=retry)


def too_many(error: TooManyRequestsError, topic: Topic) -> ResponseReturnValue:
    """Enough was tried; ``topic`` is what a request for assistance would be about."""
    shown = render_template("registration/unrecognised.html", reason="too_many", topic=topic.value)
    return shown, 429, {"Retry-After": str(error.retry_after_s)}
