"""Which providers a message may go by, and in which order: by country, brand and purpose, priority and weight.

`SMS_BRIDGE_SMS_ROUTES_FILE` names a TOML file of routes; the first that fits a message is its own. Without a file every
gateway serves every message, in the order in which they are declared.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Literal

import phonenumbers
from pydantic import BaseModel, Field, StringConstraints, model_validator

from sms_gateway_bridge.providers.base import Outgoing
from sms_gateway_bridge.providers.http_gateway import STRICT, GatewayName

ROUTES = "SMS_BRIDGE_SMS_ROUTES_FILE"

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
RoutedPurpose = Literal["access", "operation", "recovery", "registration", "contact", "notice"]
_CODES = frozenset({"access", "operation", "recovery", "registration", "contact"})


class Choice(BaseModel):
    """A provider of a route. Lower priorities come first; among equals the weights share the messages."""

    model_config = STRICT
    name: GatewayName
    priority: Annotated[int, Field(ge=1, le=100)] = 1
    weight: Annotated[int, Field(ge=1, le=1000)] = 1


class Route(BaseModel):
    """Messages and their providers. What is not named is not asked about; ``purposes`` call every notice ``notice``."""

    model_config = STRICT
    countries: list[Country] | None = None
    brands: list[str] | None = None
    purposes: list[RoutedPurpose] | None = None
    providers: list[Choice] = Field(min_length=1)

    def fits(self, message: Outgoing) -> bool:
        """Whether the message may go this way."""
        purpose = message.purpose if message.purpose in _CODES else "notice"
        return (
            (self.brands is None or message.brand in self.brands)
            and (self.purposes is None or purpose in self.purposes)
            and (self.countries is None or country_of(message.to) in self.countries)
        )


class Routes(BaseModel):
    """The routes in the order in which they are tried."""

    model_config = STRICT
    route: list[Route] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_single(self) -> Routes:
        for route in self.route:
            names = [choice.name for choice in route.providers]
            if len(set(names)) != len(names):
                raise ValueError("a route names a provider twice")
        return self

    @classmethod
    def in_order(cls, names: Sequence[str]) -> Routes:
        """One route for everything: the first provider, and the others where it fails."""
        choices = [Choice.model_construct(name=name, priority=place, weight=1) for place, name in enumerate(names, 1)]
        return cls(route=[Route.model_construct(providers=choices)])

    def unknown_provider(self, names: Collection[str]) -> str | None:
        """The first provider that does not exist, if there is one."""
        return next((one.name for route in self.route for one in route.providers if one.name not in names), None)

    def unknown_brand(self, brands: Collection[str]) -> str | None:
        """The first brand that does not exist, if there is one."""
        return next((brand for route in self.route for brand in route.brands or () if brand not in brands), None)

    def ways(self, message: Outgoing, below: Callable[[int], int] = secrets.randbelow) -> list[str]:
        """The providers to ask, best first; empty where no route fits. ``below(n)`` draws from 0 to n - 1."""
        route = next((route for route in self.route if route.fits(message)), None)
        if route is None:
            return []
        ways: list[str] = []
        for priority in sorted({choice.priority for choice in route.providers}):
            ways += _drawn([choice for choice in route.providers if choice.priority == priority], below)
        return ways


def country_of(number: str) -> str | None:
    """The country of an E.164 number (ISO 3166-1), None for an email address or a number of no country."""
    if not number.startswith("+"):
        return None
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


def _drawn(choices: list[Choice], below: Callable[[int], int]) -> list[str]:
    """In an order drawn by weight, without putting back."""
    left, drawn = list(choices), []
    while len(left) > 1:
        ticket = below(sum(choice.weight for choice in left))
        for choice in left:
            ticket -= choice.weight
            if ticket < 0:
                break
        left.remove(choice)
        drawn.append(choice.name)
    return [*drawn, *(choice.name for choice in left)]
