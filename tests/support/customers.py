"""Customers made for one test, straight through the customers resource and the credential set-up."""

from __future__ import annotations

import itertools
import json
import secrets
import time
import warnings
from dataclasses import dataclass
from typing import Any

import requests
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import KeySet, OKPKey

from domain.brands import variable_suffix
from tests.support.keycloak_pages import KeycloakPages, Page
from tests.support.stack import Stack

PASSWORD = "Sicura2026"
_numbers = itertools.count(secrets.randbelow(900_000) * 10)


@dataclass(frozen=True)
class TestCustomer:
    """What a test knows of its customer."""

    __test__ = False
    brand: str
    code: str
    email: str
    mobile: str


class KeycloakApi:
    """The customers resource of one realm, called as one of its service accounts."""

    def __init__(self, stack: Stack, brand: str, client: str) -> None:
        self._stack, self.brand = stack, brand
        self.base = f"{stack.keycloak}/admin/realms/{brand}/area-clienti"
        answer = requests.post(
            f"{stack.keycloak}/realms/{brand}/protocol/openid-connect/token",
            data={"grant_type": "client_credentials"},
            auth=(client, stack.secrets[f"{client.upper()}_CLIENT_SECRET_{variable_suffix(brand)}"]),
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Any request below the resource, or to an absolute address."""
        url = path if path.startswith("http") else f"{self.base}/{path}"
        return requests.request(method, url, headers=self.headers, timeout=30, **arguments)

    def bulk(self, *records: dict[str, Any]) -> dict[str, Any]:
        """Upsert records; the parsed answer."""
        answer = self.request("POST", "customers/bulk", json={"records": list(records)})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def record(**changes: Any) -> dict[str, Any]:
    """A customer record of the bulk resource with believable, unique values."""
    number = next(_numbers)
    mobile = f"+39347{number % 10_000_000:07d}"
    values: dict[str, Any] = {
        "customer_code": f"T{number:08d}",
        "kind": "person",
        "first_name": "Prova",
        "last_name": "Rossi",
        "agency_code": "AG001",
        "status": "active",
        "emails": [f"prova{number}@esempio.it"],
        "mobiles": [mobile],
        "landlines": [],
        "access_mobile": mobile,
        "record_hash": secrets.token_hex(32),
    }
    return values | changes


def provision(stack: Stack, brand: str = "generali", **changes: Any) -> TestCustomer:
    """A customer as the nightly sync leaves it: known, with no account."""
    values = record(**changes)
    answer = KeycloakApi(stack, brand, "provisioning").bulk(values)
    assert answer["results"][0]["outcome"] == "created", answer
    mobile = values["mobiles"][0] if values["mobiles"] else ""
    return TestCustomer(brand, values["customer_code"], values["emails"][0] if values["emails"] else "", mobile)


def proof(stack: Stack, customer: TestCustomer, contact: str, purpose: str = "registration", **changes: Any) -> str:
    """A proof as the bridge signs it, with the stack's own key; ``changes`` replace claims."""
    keys = KeySet.import_key_set(json.loads(stack.secrets["SMS_BRIDGE_PROOF_KEYS"]))
    key = keys.keys[0]
    now = int(time.time())
    claims = {
        "iss": "sms-gateway-bridge",
        "aud": "keycloak",
        "brand": customer.brand,
        "purpose": purpose,
        "customer_code": customer.code,
        "channel": "email" if "@" in contact else "mobile",
        "contact": contact,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + 600,
    } | changes
    return sign_proof(claims, key)


def sign_proof(claims: dict[str, Any], key: Any, **header: Any) -> str:
    """Sign claims with a key, as the header says."""
    protected = {"alg": "EdDSA", "typ": "contact-proof+jwt", "kid": key.kid} | header
    with warnings.catch_warnings():
        # RFC 9864 renames the algorithm; the contract keeps the name EdDSA.
        warnings.simplefilter("ignore", SecurityWarning)
        return jws.serialize_compact(protected, json.dumps(claims).encode(), key, algorithms=["EdDSA", "HS256"])


def new_key() -> OKPKey:
    """An Ed25519 key the bridge does not know."""
    return OKPKey.generate_key("Ed25519", {"kid": secrets.token_hex(8)}, private=True)


def ask_setup(
    stack: Stack, customer: TestCustomer, proof_text: str, purpose: str = "registration", **changes: str
) -> requests.Response:
    """Ask for a credential set-up link as the portal does."""
    folder = {"registration": "registrazione", "recovery": "recupero"}[purpose]
    body = {
        "purpose": purpose,
        "proof": proof_text,
        "redirect_uri": f"{stack.portal}/{customer.brand}/{folder}/fatto",
        "locale": "it",
    } | changes
    api = KeycloakApi(stack, customer.brand, "portal")
    return api.request("POST", f"customers/{customer.code}/credential-setup", json=body)


def choose_password(pages: KeycloakPages, link: str, password: str = PASSWORD) -> Page:
    """Open a set-up link and save a password."""
    page = pages.open(link)
    return pages.submit(page.form("password-new"), **{"password-new": password, "password-confirm": password})


def register(stack: Stack, customer: TestCustomer, contact: str | None = None, password: str = PASSWORD) -> None:
    """Register a customer with a contact: proof, link, password."""
    answer = ask_setup(stack, customer, proof(stack, customer, contact or customer.email))
    assert answer.status_code == 200, answer.text
    choose_password(KeycloakPages(stack), answer.json()["link"], password)
    view = KeycloakApi(stack, customer.brand, "portal").request("GET", f"customers/{customer.code}").json()
    assert view["registered"] is True, view
