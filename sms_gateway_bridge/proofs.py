"""Proofs: a compact JWS that says which contact of which customer was proved, for Keycloak to verify and spend.

Signed with Ed25519 (RFC 8037) by the first key of ``SMS_BRIDGE_PROOF_KEYS``; claims as in docs/contracts.md, "Proof".
"""

from __future__ import annotations

import json
import secrets
from typing import Any, cast

from joserfc import jws
from joserfc.jwk import KeySet, OKPKey
from joserfc.jws import JWSRegistry

from domain.purposes import Purpose
from sms_gateway_bridge.verifications.checking import Checked

ISSUER = "sms-gateway-bridge"
AUDIENCE = "keycloak"
TYPE = "contact-proof+jwt"
VALIDITY_S = 600
ALGORITHM = "EdDSA"


class _EdDsaOnly(JWSRegistry):
    """The one algorithm of the contract. RFC 9864 renames it; the contract's name stays ``EdDSA``."""

    def get_alg(self, name: str) -> Any:
        if name != ALGORITHM:
            return super().get_alg(name)
        return self.algorithms[ALGORITHM]


class ProofSigner:
    """Signs proofs and publishes the keys that verify them."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys
        self._key = cast(OKPKey, keys.keys[0])

    def sign(self, checked: Checked, now_s: int) -> str | None:
        """The proof of an approved check, or None where the purpose or the outcome yields none."""
        if checked.status != "approved" or not Purpose(checked.purpose).yields_proof:
            return None
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "brand": checked.brand,
            "purpose": checked.purpose,
            "customer_code": checked.customer_code,
            "channel": checked.channel,
            "contact": checked.contact,
            "jti": secrets.token_urlsafe(16),
            "iat": now_s,
            "exp": now_s + VALIDITY_S,
        }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._key.kid}
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return jws.serialize_compact(header, payload, self._key, registry=_EdDsaOnly())

    def public_keys(self) -> dict[str, Any]:
        """The JWK Set that verifies proofs, the signing key first."""
        return dict(self._keys.as_dict(private=False))


def verify(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """The claims of a proof whose signature verifies under one of ``keys`` (a public JWK Set); raises joserfc's errors.

    Expiry, audience and spending are for the verifier to check.
    """
    found = jws.deserialize_compact(token, KeySet.import_key_set(cast(Any, keys)), registry=_EdDsaOnly())
    return cast("dict[str, Any]", json.loads(found.payload))
