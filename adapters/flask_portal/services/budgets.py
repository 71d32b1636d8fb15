"""How often strangers may try something, counted before anything is looked up (SECURITY R1, O5).

The subjects are keyed fingerprints: the counters hold nothing that was typed. A count says nothing of whether what was
typed belongs to anybody.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from adapters.flask_portal.errors import TooManyRequestsError
from adapters.flask_portal.repository.attempts import AttemptStore
from adapters.flask_portal.sealing import fingerprint
from domain.clock import Clock
from domain.networks import subscriber
from domain.tax_codes import TaxId

LOOKUPS_PER_TAX_ID_A_DAY = 5
LOOKUPS_PER_ADDRESS_AN_HOUR = 20
ANSWERS_PER_CUSTOMER_A_DAY = 5
REQUESTS_PER_ADDRESS_AN_HOUR = 5
REQUESTS_PER_EMAIL_A_DAY = 3


class Budgets:
    """Admits an attempt or raises :class:`TooManyRequestsError` with the seconds until the window is over."""

    def __init__(self, attempts: AttemptStore, clock: Clock, secret_key: str) -> None:
        self._attempts = attempts
        self._clock = clock
        self._secret_key = secret_key

    def look_up(self, brand: str, tax_id: TaxId, client_ip: str | None) -> None:
        """One look-up of a tax code or VAT number, to register or to recover."""
        self._of_address("address", client_ip, LOOKUPS_PER_ADDRESS_AN_HOUR)
        self._of_day("tax_id", "tax id", f"{brand}\n{tax_id.value}", LOOKUPS_PER_TAX_ID_A_DAY)

    def answers(self, brand: str, customer_code: str) -> None:
        """One try at the questions of a recovery, by whoever has proved the customer's contact."""
        self._of_day("answers", "customer", f"{brand}\n{customer_code}", ANSWERS_PER_CUSTOMER_A_DAY)

    def assistance(self, brand: str, email: str, client_ip: str | None) -> None:
        """One request for assistance, which is confirmed by email to whatever address was typed."""
        self._of_address("assistance_address", client_ip, REQUESTS_PER_ADDRESS_AN_HOUR)
        self._of_day("assistance_email", "email", f"{brand}\n{email}", REQUESTS_PER_EMAIL_A_DAY)

    def _of_address(self, scope: str, client_ip: str | None, limit: int) -> None:
        now = self._clock.now()
        self._attempts.purge(now)
        # Whoever comes from nowhere that can be read shares one budget: a broken proxy shows, and opens nothing.
        known_as = subscriber(client_ip) if client_ip else "unknown"
        hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        self._admit(scope, fingerprint(self._secret_key, "address", known_as), limit, now, hour)

    def _of_day(self, scope: str, purpose: str, subject: str, limit: int) -> None:
        now = self._clock.now()
        day = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        self._admit(scope, fingerprint(self._secret_key, purpose, subject), limit, now, day)

    def _admit(self, scope: str, subject: str, limit: int, now: datetime, until: datetime) -> None:
        if not self._attempts.admit(scope, subject, limit=limit, until=until):
            wait_s = int((until - now).total_seconds()) + 1
            raise TooManyRequestsError(f"the budget {scope} is used up", retry_after_s=wait_s)
