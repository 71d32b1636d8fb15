"""A proof of work before a tax code is looked up: cheap for one person, dear for a list of thousands (SECURITY R1).

The protocol is ALTCHA's second version (https://altcha.org): find the counter whose PBKDF2 key has the given prefix.
Nothing is asked of the person and nothing is loaded from elsewhere; the browser's part is the theme's
``proof-of-work.js``. A solution counts once, for the browser that was given the challenge, for twenty minutes.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha

from adapters.flask_portal.repository.attempts import AttemptStore
from adapters.flask_portal.sealing import fingerprint
from domain.clock import Clock

_ALGORITHM = "PBKDF2/SHA-256"
_COST = 5000
# Between one and three seconds of a present telephone; the counter is drawn, so a list costs its length.
_LEAST_COUNTER, _COUNTERS = 100, 200
_LIFETIME = timedelta(minutes=20)


class ProofOfWork:
    """Gives challenges and accepts solutions."""

    def __init__(self, attempts: AttemptStore, clock: Clock, secret_key: str) -> None:
        self._attempts = attempts
        self._clock = clock
        self._challenge_key = fingerprint(secret_key, "challenge", "parameters")
        self._solution_key = fingerprint(secret_key, "challenge", "solution")

    def challenge(self, browser: str) -> dict[str, Any]:
        """A new challenge for the browser with this identifier, as the script reads it (JSON)."""
        challenge = altcha.create_challenge(
            _ALGORITHM,
            _COST,
            counter=_LEAST_COUNTER + secrets.randbelow(_COUNTERS),
            # Not the library's own expiry, which would not follow the portal's clock.
            data={"browser": self._bound_to(browser), "until": int((self._clock.now() + _LIFETIME).timestamp())},
            hmac_secret=self._challenge_key,
            hmac_key_secret=self._solution_key,
        )
        content: dict[str, Any] = challenge.to_dict()
        return content

    def accept(self, payload: str, browser: str) -> bool:
        """Whether this is an unspent solution of a challenge that this browser was given; if so, it is spent."""
        solved = altcha.verify_solution(payload, self._challenge_key, hmac_key_secret=self._solution_key)
        if not solved.verified:
            return False
        parameters = _parameters(payload)
        if parameters is None or parameters["data"].get("browser") != self._bound_to(browser):
            return False
        until = datetime.fromtimestamp(int(parameters["data"]["until"]), UTC)
        now = self._clock.now()
        if until < now:
            return False
        self._attempts.purge(now)
        return self._attempts.admit("challenge", str(parameters["nonce"]), limit=1, until=until)

    def _bound_to(self, browser: str) -> str:
        return fingerprint(self._challenge_key, "browser", browser)


def _parameters(payload: str) -> dict[str, Any] | None:
    try:
        parameters = json.loads(base64.b64decode(payload))["challenge"]["parameters"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None
    return parameters if isinstance(parameters, dict) and isinstance(parameters.get("data"), dict) else None
