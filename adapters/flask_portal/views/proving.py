"""The code and link pages that registration and recovery share, and the code pages of the cancellation."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, client_ip, follow, followed, leave, masked, portal, session
from adapters.flask_portal.errors import NotFoundError, TooManyRequestsError
from adapters.flask_portal.forms import ButtonForm, CodeForm
from adapters.flask_portal.i18n import current_language
from adapters.flask_portal.i18n import gettext as _
from adapters.flask_portal.repository.flows import Flow
from adapters.flask_portal.security import no_referrer
from adapters.flask_portal.services.flow_rules import Answer, has_link, must_repeat_when_expired, policy_for
from adapters.flask_portal.views import draft
from domain.contacts import Channel, Contact
from domain.purposes import Purpose

_RESTART = {
    Purpose.REGISTRATION: "registrazione.begin",
    Purpose.RECOVERY: "recupero.begin",
    Purpose.CANCELLATION: "cancellazione.begin",
}
Rules = tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...]


def add_pages(blueprint: Blueprint, pages: ProvingPages, *, with_link: bool = True) -> None:
    """Give a blueprint the pages ``codice``, ``nuovo-codice``, ``continua``, ``link`` and ``fatto`` of a purpose."""
    rules: Rules = (
        ("/codice", "code", pages.code, "GET"),
        ("/codice", "check_code", pages.check_code, "POST"),
        ("/nuovo-codice", "resend", pages.resend, "POST"),
        ("/continua", "hand_over", pages.hand_over, "POST"),
        ("/fatto", "done", pages.done, "GET"),
    )
    links: Rules = (
        ("/link/<verification_id>/<token>", "link", pages.link, "GET"),
        ("/link/<verification_id>/<token>", "check_link", pages.check_link, "POST"),
    )
    for rule, name, view, method in (*rules, *links) if with_link else rules:
        blueprint.add_url_rule(rule, name, view, methods=[method])


class ProvingPages:
    """The pages of one purpose."""

    def __init__(self, purpose: Purpose) -> None:
        self._purpose = purpose

    def code(self) -> ResponseReturnValue:
        """The page with the code field."""
        flow = followed(self._purpose)
        return self._restart() if flow is None else self._code_page(flow, CodeForm(formdata=None))

    def check_code(self) -> ResponseReturnValue:
        """Compare what was typed."""
        flow = followed(self._purpose)
        if flow is None:
            return self._restart()
        form = CodeForm()
        if not form.validate_on_submit():
            return self._code_page(flow, form), 422
        check = portal().recovery.check_code if self._purpose is Purpose.RECOVERY else portal().proving.check_code
        flow, answer = check(flow, form.code.data, session())
        if answer is Answer.APPROVED:
            return self._hand_over(flow)
        if answer is Answer.WRONG:
            form.code.errors = [*form.code.errors, _("This is not the code we sent. Check it and try again.")]
            return self._code_page(flow, form), 422
        return redirect(self._url("code"), 303)

    def resend(self) -> ResponseReturnValue:
        """Send a new code."""
        flow = followed(self._purpose)
        if flow is None:
            return self._restart()
        try:
            flow = self._resend(flow)
        except TooManyRequestsError as error:
            page = self._code_page(flow, CodeForm(formdata=None), wait_s=error.retry_after_s)
            return page, 429, {"Retry-After": str(error.retry_after_s)}
        session()["resent"] = True
        return redirect(self._url("code"), 303)

    def hand_over(self) -> ResponseReturnValue:
        """Ask Keycloak again after an outage, or go on to the link this browser was given."""
        flow = followed(self._purpose)
        if flow is None:
            return self._restart()
        link = portal().proving.link_still_open(flow, session())
        if link is not None:
            return redirect(link, 303)
        if portal().proving.was_proved_elsewhere(flow, session()):
            return self._over(Answer.ELSEWHERE), 409
        return self._hand_over(flow) if flow.status == "proved" else redirect(self._url("code"), 303)

    def link(self, verification_id: str, token: str) -> ResponseReturnValue:
        """A page with a button, and nothing else: mail scanners and previews open links too."""
        del verification_id, token
        return no_referrer(make_response(render_template("link.html", purpose=self._purpose, form=ButtonForm())))

    def check_link(self, verification_id: str, token: str) -> ResponseReturnValue:
        """Compare the link's token; whoever presses the button goes on in this browser."""
        try:
            flow, answer = portal().proving.check_link(brand(), self._purpose, verification_id, token[:128], session())
        except NotFoundError:
            page = render_template("flow_over.html", purpose=self._purpose, reason="unknown_link")
            return no_referrer(make_response(page, 404))
        if answer in {Answer.APPROVED, Answer.EXPIRED}:
            follow(self._purpose, flow)
        if answer is Answer.APPROVED:
            return self._hand_over(flow)
        if answer is Answer.EXPIRED:
            return redirect(self._url("code"), 303)
        page = render_template("flow_over.html", purpose=self._purpose, reason="spent_link")
        return no_referrer(make_response(page, 409))

    def done(self) -> ResponseReturnValue:
        """Where Keycloak sends back once the password is saved, with the way on: ours, or the app's."""
        flow = followed(self._purpose)
        app = brand().app(flow.app) if flow is not None and flow.app else None
        leave(self._purpose)
        draft.forget()
        return render_template("done.html", purpose=self._purpose, app=app)

    def go_on(self, flow: Flow) -> ResponseReturnValue:
        """To the page where the password is chosen, or whatever stands before it."""
        return self._hand_over(flow)

    def _resend(self, flow: Flow) -> Flow:
        service = portal().recovery if self._purpose is Purpose.RECOVERY else portal().registration
        return service.resend(brand(), flow, client_ip())

    def _restart(self) -> ResponseReturnValue:
        return redirect(url_for(_RESTART[self._purpose]), 303)

    def _hand_over(self, flow: Flow) -> ResponseReturnValue:
        _changed, answer, url = portal().proving.hand_over(flow, current_language(), session())
        if answer is Answer.ELSEWHERE:
            return self._over(answer), 409
        if answer is Answer.QUESTIONS:
            return redirect(self._url("questions"), 303)
        return redirect(url if answer is Answer.APPROVED and url else self._url("code"), 303)

    def _code_page(self, flow: Flow, form: CodeForm, wait_s: int | None = None) -> str:
        g.place = self._url("code")
        service = portal().proving
        if flow.status in {"lapsed", "refused"}:
            return self._over(flow.status)
        if service.was_proved_elsewhere(flow, session()):
            return self._over(Answer.ELSEWHERE)
        if flow.status in {"proved", "handed_over"}:
            is_open = flow.status == "proved" or service.link_still_open(flow, session()) is not None
            return render_template("proved.html", purpose=self._purpose, is_open=is_open, form=ButtonForm())
        expired = service.has_expired(flow)
        if expired and must_repeat_when_expired(brand(), flow):
            return self._over("expired")
        if expired:
            return self._new_code_page(flow, wait_s)
        policy = policy_for(brand(), self._purpose)
        return render_template(
            "code.html",
            purpose=self._purpose,
            form=form,
            state=flow.status,
            masked_to=_masked(flow),
            by_tax_id=flow.asked_by == "tax_id",
            channel=flow.channel,
            greeting_name=flow.greeting_name if self._purpose is Purpose.REGISTRATION else None,
            attempts_left=flow.attempts_left,
            max_attempts=policy.max_attempts,
            wait_s=wait_s if wait_s is not None else service.seconds_until_resend(flow),
            too_early=wait_s is not None,
            resent=session().pop("resent", False),
            with_link=has_link(brand(), flow),
            valid_s=policy.validity_s,
        )

    def _new_code_page(self, flow: Flow, wait_s: int | None) -> str:
        """The screen of its own that an expired code or link leads to."""
        return render_template(
            "new_code.html",
            purpose=self._purpose,
            form=ButtonForm(),
            masked_to=_masked(flow),
            by_tax_id=flow.asked_by == "tax_id",
            wait_s=wait_s if wait_s is not None else portal().proving.seconds_until_resend(flow),
            too_early=wait_s is not None,
        )

    def _over(self, reason: str) -> str:
        return render_template("flow_over.html", purpose=self._purpose, reason=reason)

    def _url(self, page: str) -> str:
        return url_for(f"{_RESTART[self._purpose].partition('.')[0]}.{page}")


def _masked(flow: Flow) -> str:
    return masked(Contact(Channel(flow.channel), flow.contact))
