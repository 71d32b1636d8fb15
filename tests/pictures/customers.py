"""Demo customers for the pictures, also from a stack on which pictures were taken before."""

from __future__ import annotations

from tests.support.customers import KeycloakApi
from tests.support.stack import Stack


def take_unregistered(stack: Stack, brand: str, kind: str = "person", *, with_policy: bool = False) -> dict[str, str]:
    """The next demo customer of the brand who has no account yet."""
    portal = KeycloakApi(stack, brand, "portal")
    while True:
        told = stack.take_customer(brand, kind, with_policy=with_policy)
        if not portal.request("GET", f"customers/{told['customer_code']}").json()["registered"]:
            return told
