"""The delivery that ships with the product: about sixty invented customers of both brands.

`python -m provisioning.demo` writes it anew after a change of `provisioning.demo.cases`.
"""

from __future__ import annotations

import json
from pathlib import Path

DEMO_DELIVERY = Path(__file__).parent / "delivery"
_CUSTOMERS = Path(__file__).parent / "customers.json"

FIELDS = (
    "brand",
    "kind",
    "customer_code",
    "first_name",
    "last_name",
    "company_name",
    "email",
    "mobile",
    "tax_code",
)


def demo_customers() -> list[dict[str, str]]:
    """Return some customers who can register, with the keys of `FIELDS`; what does not apply is empty."""
    customers: list[dict[str, str]] = json.loads(_CUSTOMERS.read_text("utf-8"))
    return customers
