"""Operations that only a fresh one-time code confirms; today the change of the domicile.

An operation is accepted with a token of level 3 whose nonce is the one asked last for it, whose subject is the customer
who asked, and whose sign-in is younger than the asking. It is consumed once, together with what it writes.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

from adapters.flask_portal.errors import NotFoundError, SignInError
from adapters.flask_portal.log import logger
from adapters.flask_portal.repository.operations import Domicile, Operation, OperationStore
from adapters.flask_portal.sealing import new_identifier
from adapters.flask_portal.services.sign_in import OPERATION_LEVEL, Needed, SignedIn
from adapters.flask_portal.sessions import Identity
from domain.clock import Clock

DOMICILE = "domicile"
_LIFETIME = timedelta(minutes=10)
_KEPT_AFTER_EXPIRY = timedelta(days=1)
_TEXT_LENGTH = 120


class OperationService:
    """Keeps operations from the customer's request to the confirmation."""

    def __init__(self, store: OperationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def request_domicile(self, identity: Identity, domicile: Domicile, text: str) -> Operation:
        """Keep the change of the domicile until it is confirmed."""
        now = self._clock.now()
        self._store.purge(now - _KEPT_AFTER_EXPIRY)
        operation = Operation(
            id=new_identifier(),
            brand=identity.brand,
            kind=DOMICILE,
            subject=identity.subject,
            customer_code=identity.customer_code,
            text=text[:_TEXT_LENGTH],
            payload=asdict(domicile),
            status="pending",
            created_at=now,
            expires_at=now + _LIFETIME,
        )
        self._store.add(operation)
        return operation

    def find(self, identity: Identity, operation_id: str) -> Operation:
        """The customer's own operation; raises :class:`NotFoundError` for anything else."""
        operation = self._store.of_customer(operation_id, identity.brand, identity.customer_code)
        if operation is None:
            raise NotFoundError("no such operation of this customer")
        return operation

    def ask(self, operation: Operation) -> Operation:
        """Give the operation the nonce of the request about to be pushed; NotFoundError when it is over."""
        now = self._clock.now()
        nonce = new_identifier()
        if not self._store.ask(operation.id, nonce, now):
            raise NotFoundError("the operation is over")
        return replace(operation, nonce=nonce, asked_at=now)

    def needed(self, operation: Operation, return_to: str) -> Needed:
        """What confirms it."""
        return Needed(OPERATION_LEVEL, return_to, operation.subject, operation.asked_at)

    def confirm(self, answer: SignedIn) -> Operation:
        """Consume the operation the accepted answer belongs to, and write what it says."""
        request, identity = answer.request, answer.identity
        operation = self.find(identity, request.operation_id or "")
        if identity.acr != OPERATION_LEVEL or operation.subject != identity.subject:
            raise SignInError("operation_level_or_subject")
        if operation.nonce is None or operation.nonce != request.nonce:
            raise SignInError("operation_asked_again")
        domicile = Domicile(**operation.payload)
        if not self._store.confirm_domicile(operation, domicile, self._clock.now()):
            raise SignInError("operation_over")
        logger.info("operation_confirmed", kind=operation.kind, customer=operation.customer_code)
        return replace(operation, status="confirmed")

    def is_over(self, operation: Operation) -> bool:
        """Whether it can no longer be confirmed."""
        return operation.status != "pending" or operation.expires_at <= self._clock.now()
