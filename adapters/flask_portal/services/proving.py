"""Proving a contact: the part that registration, recovery and cancellation share.

A flow begins when a code is sent, is proved when the bridge approves the code or the link, and is handed over when
Keycloak gives the link behind which the password is chosen, or has cancelled the account. A flow without a customer
(recovery asked for an unknown contact) takes the very same path with a decoy at the bridge: counted and checked like
any verification, never sent.

Several browsers may follow one flow, because whoever knows a user name can ask for a message. What a proof opens is for
the browser that brought the code or the link alone: the proof is stored only sealed for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from adapters.flask_portal.errors import NotFoundError, RefusedError, TooManyRequestsError
from adapters.flask_portal.gateways.bridge import BridgeGateway, Check, VerificationRequest
from adapters.flask_portal.gateways.keycloak import KeycloakGateway, SetupLink
from adapters.flask_portal.log import logger
from adapters.flask_portal.repository.flows import Flow, FlowStore
from adapters.flask_portal.sealing import BrowserSeal, new_identifier
from adapters.flask_portal.services.flow_rules import (
    OPEN,
    Answer,
    Start,
    answer_of_status,
    asks_again,
    has_link,
    policy_for,
    subject_of,
)
from domain.brands import Brand, PurposePolicy
from domain.clock import Clock
from domain.purposes import Purpose

# Long enough for a link that has expired to find its flow and say so.
_FLOW_LIFETIME = timedelta(hours=96)
_GREETING_LENGTH = 120
PATHS: Mapping[Purpose, str] = {Purpose.REGISTRATION: "registrazione", Purpose.RECOVERY: "recupero"}
T = TypeVar("T")


class ProvingService:
    """Sends codes, checks codes and links, and exchanges a proof for the set-up link."""

    def __init__(
        self, bridge: BridgeGateway, keycloak: KeycloakGateway, flows: FlowStore, clock: Clock, public_url: str
    ) -> None:
        self._bridge = bridge
        self._keycloak = keycloak
        self._flows = flows
        self._clock = clock
        self._public_url = public_url

    def begin(self, start: Start) -> Flow:
        """Send a code, and keep the flow.

        The same once more in one browser (back, reload, a second press) goes on with the flow there is: a new code is
        sent once the pause is over. Something else begins a new flow, whose code takes the older one's place.
        """
        now = self._clock.now()
        self._flows.purge(now)
        if start.earlier is not None and asks_again(start, start.earlier):
            earlier = self._flows.change(start.earlier, OPEN, app=start.app)
            return earlier if earlier.resend_at > now else self.resend(start.brand, earlier, start.client_ip)
        policy = policy_for(start.brand, start.purpose)
        flow = Flow(
            id=(flow_id := new_identifier()),
            brand=start.brand.id,
            purpose=start.purpose,
            locale=start.locale,
            kind=start.kind,
            greeting_name=start.greeting_name[:_GREETING_LENGTH] if start.greeting_name else None,
            channel=start.contact.channel,
            contact=start.contact.value,
            customer_code=start.customer_code,
            verification_id=None,
            status="waiting",
            attempts_left=policy.max_attempts,
            resend_at=now + timedelta(seconds=policy.resend_after_s),
            code_expires_at=now + timedelta(seconds=policy.validity_s),
            expires_at=now + _FLOW_LIFETIME,
            series=start.earlier.series if start.earlier and start.earlier.status in OPEN else flow_id,
            asked_by=start.asked_by,
            questions=start.questions,
            typed=start.typed,
            app=start.app,
        )
        flow = self._send(flow, start.with_link, policy, start.client_ip)
        logger.info("code_sent", purpose=flow.purpose, brand=flow.brand, customer=flow.customer_code)
        return flow

    def find(self, brand: Brand, purpose: Purpose, flow_id: str | None) -> Flow | None:
        """This browser's flow, or None when there is none or it is over."""
        if not flow_id:
            return None
        flow = self._flows.by_id(flow_id, self._clock.now())
        return flow if flow is not None and (flow.brand, flow.purpose) == (brand.id, purpose) else None

    def check_code(self, flow: Flow, code: str, browser: BrowserSeal) -> tuple[Flow, Answer]:
        """Have a code typed in this browser compared."""
        if flow.status != "waiting":
            return flow, answer_of_status(flow)
        if flow.verification_id is None:
            raise NotFoundError("nothing was sent in this flow")
        if flow.code_expires_at <= self._clock.now():
            # By this clock first: the bridge counts from the sending, which a decoy does not have.
            return self._flows.change(flow, {"waiting"}, status="expired"), Answer.EXPIRED
        return self._settle(flow, self._bridge.check_code(flow.verification_id, subject_of(flow), code), browser)

    def check_link(
        self, brand: Brand, purpose: Purpose, verification_id: str, token: str, browser: BrowserSeal
    ) -> tuple[Flow, Answer]:
        """Have a link's token compared, in whatever browser it was opened: that one goes on.

        Raises :class:`NotFoundError` when no flow sent it.
        """
        flow = self._flows.by_verification(verification_id, self._clock.now())
        if flow is None or (flow.brand, flow.purpose) != (brand.id, purpose) or flow.customer_code is None:
            raise NotFoundError("no flow sent this link")
        return self._settle(flow, self._bridge.check_link(verification_id, flow.customer_code, token), browser)

    def resend(self, brand: Brand, flow: Flow, client_ip: str | None, *, on_file: bool = True) -> Flow:
        """Send a new code; the older stops counting. Nothing is sent once the contact is proved.

        ``on_file``: False for a contact that was dropped meanwhile; it is answered as if the code had been sent.
        Raises :class:`TooManyRequestsError` before the pause is over.
        """
        if flow.status not in OPEN:
            return flow
        now = self._clock.now()
        if flow.resend_at > now:
            wait_s = int((flow.resend_at - now).total_seconds()) + 1
            raise TooManyRequestsError("the pause between two codes", retry_after_s=wait_s)
        policy = policy_for(brand, Purpose(flow.purpose))
        if not on_file:
            return self._pretend(flow, policy)
        if flow.verification_id is None:
            return self._send(flow, has_link(brand, flow), policy, client_ip, renew=True)
        try:
            sent = self._bridge.resend(flow.verification_id, subject_of(flow), client_ip)
        except (RefusedError, NotFoundError):
            # Too old for a second code: a new verification supersedes it.
            return self._send(flow, has_link(brand, flow), policy, client_ip, renew=True)
        return self._flows.change(
            flow,
            OPEN,
            verification_id=sent.id,
            status="waiting",
            attempts_left=policy.max_attempts,
            resend_at=now + timedelta(seconds=sent.resend_after_s),
            code_expires_at=now + timedelta(seconds=policy.validity_s),
        )

    def hand_over(self, flow: Flow, locale: str, browser: BrowserSeal) -> tuple[Flow, Answer, str | None]:
        """Exchange the proof for the address where the password is chosen.

        The proof can be spent once. When Keycloak is not reachable the flow stays proved, and this can be repeated.
        """
        purpose = Purpose(flow.purpose)
        back = f"{self._public_url}/{flow.brand}/{PATHS[purpose]}/fatto"

        def set_up(proof: str) -> SetupLink:
            return self._keycloak.credential_setup(
                flow.brand, flow.customer_code or "", purpose=purpose, proof=proof, redirect_uri=back, locale=locale
            )

        flow, answer, link = self.exchange(flow, browser, set_up)
        if link is None:
            return flow, answer, None
        logger.info("set_up_link_given", purpose=purpose, customer=flow.customer_code)
        until = self._clock.now() + timedelta(seconds=link.expires_in_s)
        return self.handed_over(flow, sealed_link=browser.seal(link.url), link_expires_at=until), answer, link.url

    def exchange(self, flow: Flow, browser: BrowserSeal, ask: Callable[[str], T]) -> tuple[Flow, Answer, T | None]:
        """Ask Keycloak with the proof, which only the browser that earned it can; its answer with ``APPROVED``.

        Any other browser is answered :attr:`Answer.ELSEWHERE` and Keycloak is not asked. A refusal ends the flow.
        """
        if flow.proof is None or flow.customer_code is None:
            return flow, Answer.LAPSED, None
        proof = browser.unseal(flow.proof)
        if proof is None:
            logger.warning("proof_used_elsewhere", purpose=flow.purpose, customer=flow.customer_code)
            return flow, Answer.ELSEWHERE, None
        if flow.questions:
            return flow, Answer.QUESTIONS, None
        try:
            return flow, Answer.APPROVED, ask(proof)
        except (RefusedError, NotFoundError) as error:
            reason = error.reason if isinstance(error, RefusedError) else "customer_unknown"
            logger.warning("proof_refused", purpose=flow.purpose, customer=flow.customer_code, reason=reason)
            lapsed = reason in {"proof_spent", "proof_invalid"}
            status = "lapsed" if lapsed else "refused"
            return self._flows.change(flow, {"proved"}, status=status, proof=None), Answer(status), None

    def handed_over(self, flow: Flow, **values: Any) -> Flow:
        """The proof did its work."""
        # A second press in the same browser may have been told that the proof is spent before this answer came.
        return self._flows.change(flow, {"proved", "lapsed"}, status="handed_over", proof=None, **values)

    def refuse(self, flow: Flow) -> Flow:
        """End a flow whose contact can no longer be used."""
        return self._flows.change(flow, OPEN, status="refused")

    def is_asked(self, flow: Flow, browser: BrowserSeal) -> bool:
        """Whether questions are open, and this is the browser that proved the contact."""
        if flow.status != "proved" or not flow.questions or flow.proof is None:
            return False
        return browser.unseal(flow.proof) is not None

    def answered(self, flow: Flow) -> Flow:
        """The questions are answered: the proof may be handed over."""
        return self._flows.change(flow, {"proved"}, questions="")

    def link_still_open(self, flow: Flow, browser: BrowserSeal) -> str | None:
        """The set-up link given to this very browser, while it lasts."""
        if flow.sealed_link is None or flow.link_expires_at is None or flow.link_expires_at <= self._clock.now():
            return None
        return browser.unseal(flow.sealed_link)

    def was_proved_elsewhere(self, flow: Flow, browser: BrowserSeal) -> bool:
        """Whether the contact was proved, and not in this browser."""
        sealed = flow.sealed_link or flow.proof
        return flow.status in {"proved", "handed_over"} and (sealed is None or browser.unseal(sealed) is None)

    def seconds_until_resend(self, flow: Flow) -> int:
        """Seconds until another code may be asked for, at least 0."""
        return max(0, int((flow.resend_at - self._clock.now()).total_seconds() + 0.999))

    def has_expired(self, flow: Flow) -> bool:
        """Whether the code sent last is no longer valid."""
        return flow.status == "expired" or (flow.status == "waiting" and flow.code_expires_at <= self._clock.now())

    def _settle(self, flow: Flow, check: Check, browser: BrowserSeal) -> tuple[Flow, Answer]:
        try:
            answer = Answer(check.status)
        except ValueError:
            answer = Answer.WRONG
        logger.info("code_checked", purpose=flow.purpose, customer=flow.customer_code, outcome=answer)
        if answer is Answer.APPROVED and check.proof:
            return self._flows.change(flow, OPEN, status="proved", proof=browser.seal(check.proof)), answer
        left = check.attempts_left
        if flow.purpose == Purpose.RECOVERY and answer in {Answer.WRONG, Answer.EXHAUSTED}:
            # The bridge also counts what was typed elsewhere for the same customer, and a decoy has none: told here, it
            # would tie a user name to a tax code that was tried with it.
            left = flow.attempts_left - 1
            answer = Answer.WRONG if left > 0 else Answer.EXHAUSTED
        if answer is Answer.WRONG and left > 0:
            return self._flows.change(flow, {"waiting"}, attempts_left=left), answer
        if answer in {Answer.WRONG, Answer.EXHAUSTED}:
            return self._flows.change(flow, {"waiting"}, status="exhausted", attempts_left=0), Answer.EXHAUSTED
        if answer is Answer.EXPIRED:
            return self._flows.change(flow, {"waiting"}, status="expired"), answer
        return flow, Answer.CONSUMED if answer is Answer.APPROVED else answer

    def _send(
        self, flow: Flow, with_link: bool, policy: PurposePolicy, client_ip: str | None, *, renew: bool = False
    ) -> Flow:
        sent = self._bridge.start(
            VerificationRequest(
                brand=flow.brand,
                purpose=flow.purpose,
                channel=flow.channel,
                to=flow.contact,
                locale=flow.locale,
                customer_code=subject_of(flow),
                decoy=flow.customer_code is None,
                flow_id=flow.series,
                client_ip=client_ip,
                policy={
                    "validity_s": policy.validity_s,
                    "max_attempts": policy.max_attempts,
                    "resend_after_s": policy.resend_after_s,
                },
                link_url=self._link_url(flow) if with_link else None,
                greeting_name=flow.greeting_name,
            )
        )
        now = self._clock.now()
        values = {
            "verification_id": sent.id,
            "resend_at": now + timedelta(seconds=sent.resend_after_s),
            # Not the bridge's time, which counts from the sending and moves with it.
            "code_expires_at": now + timedelta(seconds=policy.validity_s),
        }
        if not renew:
            self._flows.add(flow)
        return self._flows.change(flow, OPEN, status="waiting", attempts_left=policy.max_attempts, **values)

    def _pretend(self, flow: Flow, policy: PurposePolicy) -> Flow:
        now = self._clock.now()
        return self._flows.change(
            flow,
            OPEN,
            status="waiting",
            attempts_left=policy.max_attempts,
            resend_at=now + timedelta(seconds=policy.resend_after_s),
            code_expires_at=now + timedelta(seconds=policy.validity_s),
        )

    def _link_url(self, flow: Flow) -> str:
        return f"{self._public_url}/{flow.brand}/{PATHS[Purpose(flow.purpose)]}/link"
