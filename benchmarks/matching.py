"""Who is registering, out of ten thousand to a million customers: the portal's way beside Keycloak's own searches.

Ours is what the portal runs: its directory gateway (`provisioning.directory.queries`) and `domain.matching`, on
PostgreSQL and on SQLite. The peers are asked over HTTP on the same customers: the Admin API's search by attribute
(`?q=`), and Keycloak's exact attribute search behind our resource `customers?contact=`.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from adapters.flask_portal.gateways.directory import DirectoryGateway
from adapters.flask_portal.gateways.http import open_session
from adapters.flask_portal.gateways.keycloak import KeycloakGateway
from adapters.flask_portal.repository.engine import open_engine
from benchmarks.keycloak_users import KeycloakUsers
from benchmarks.measuring import Timings, timed
from benchmarks.population import GENERATED, MOST, copy_to_sqlite, fill
from benchmarks.report import Goal, Report
from benchmarks.run import Sizes, postgres, step
from domain.brands import Brand, NameForm, load_brands
from domain.clock import SystemClock
from domain.contacts import Channel, Contact
from domain.customers import CustomerKind
from domain.matching import Claim, Match, match_by_contact, match_by_tax_id
from domain.names import PersonName
from domain.tax_codes import TaxId
from provisioning.directory.models import Customer, CustomerContact
from provisioning.feed.generate import generate
from tests.support.databases import StackDatabases
from tests.support.postgres import PostgresServer
from tests.support.stack import PROJECT, Stack, running_stack

BRAND = "generali"
P99_LIMIT_MS = 5.0
GROWTH_LIMIT = 1.5
_ROUNDS = 10
# The search by attribute takes seconds at a million: it gets this long at each size, not so many calls.
_SEARCH_LIMIT_S = 30.0
# And on a busy machine one call may take minutes.
_LONGEST_ANSWER_S = 900
_OURS, _SQLITE = "directory on PostgreSQL", "directory on SQLite"
_SEARCH, _RESOURCE = "Keycloak, Admin API ?q=", "Keycloak, our customers?contact="


@dataclass(frozen=True)
class Asked:
    """One customer who registers: what is typed."""

    claim: Claim
    contact: Contact
    tax_id: TaxId


@click.command()
@click.option("--customers", type=Sizes(), default="10000,100000,1000000", show_default=True, help="How many.")
@click.option("--lookups", type=click.IntRange(100), default=5000, show_default=True, help="Calls a figure, ours.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the customers and of who is looked up.")
@click.option("--keycloak/--no-keycloak", default=True, show_default=True, help="With the peers.")
def matching(customers: list[int], lookups: int, seed: int, *, keycloak: bool) -> Report:
    """Recognise customers by contact and by tax code."""
    if any(size > MOST or (size > GENERATED and size % GENERATED) for size in customers):
        raise click.BadParameter(f"at most {MOST:,}, and above {GENERATED:,} whole multiples of it")
    options = {"customers": customers, "lookups": lookups, "seed": seed, "keycloak": keycloak}
    report = Report("matching", "customers", options)
    brand = load_brands()[BRAND]
    with postgres() as server, tempfile.TemporaryDirectory(prefix="area-clienti-bench-") as scratch:
        databases = {size: server.url(server.new_database(f"directory_{size}")) for size in customers}
        files = {size: f"sqlite:///{scratch}/{size}.db" for size in customers}
        with step(f"Directories of {', '.join(f'{size:,}' for size in customers)} customers"):
            fill(databases, BRAND, seed)
            for size in customers:
                copy_to_sqlite(databases[size], files[size])
        asked = {size: _draw(databases[size], brand, lookups, seed) for size in customers}
        with step("Directory"):
            _measure_directories(report, brand, {_OURS: databases, _SQLITE: files}, asked)
        if keycloak:
            _measure_keycloak(report, server, databases, asked, Path(scratch))
    _conclude(report, customers)
    return report


def _draw(url: str, brand: Brand, count: int, seed: int) -> list[Asked]:
    """Customers with a contact and an active record, drawn at random."""
    engine = open_engine(url)
    statement = (
        select(Customer, CustomerContact.channel, CustomerContact.value)
        .join(CustomerContact, CustomerContact.customer_code == Customer.customer_code)
        .where(Customer.status == "active", CustomerContact.channel.in_((Channel.EMAIL.value, Channel.MOBILE.value)))
    )
    with Session(engine) as session:
        codes = session.scalars(select(Customer.customer_code)).all()
        chosen = random.Random(seed).choices(codes, k=2 * count)
        rows = session.execute(statement.where(Customer.customer_code.in_(chosen))).all()
    engine.dispose()
    # In random order and with repetitions, as customers come.
    rows = random.Random(seed).choices(rows, k=count)
    return [
        Asked(_claim(brand, row), Contact(Channel(channel), value), TaxId(row.tax_code)) for row, channel, value in rows
    ]


def _claim(brand: Brand, row: Customer) -> Claim:
    kind = brand.kind_of(CustomerKind(row.kind))
    if kind.name_form is NameForm.PERSON:
        return Claim(kind, PersonName(row.first_name, row.last_name))
    return Claim(kind, company_name=row.company_name or f"{row.first_name} {row.last_name}")


def _by_contact(directory: DirectoryGateway, brand: Brand, asked: Asked) -> bool:
    candidates = directory.candidates(brand.id, asked.contact)
    return isinstance(match_by_contact(brand, asked.claim, asked.contact, candidates), Match)


def _by_tax_id(directory: DirectoryGateway, brand: Brand, asked: Asked) -> bool:
    candidates = directory.candidates_by_tax_id(brand.id, asked.tax_id)
    return isinstance(match_by_tax_id(brand, asked.claim, candidates), Match)


_WAYS = {"by contact": _by_contact, "by tax code": _by_tax_id}


def _measure_directories(
    report: Report, brand: Brand, directories: dict[str, dict[int, str]], asked: dict[int, list[Asked]]
) -> None:
    """In rounds over all sizes and engines, so that whatever else the machine does touches all alike."""
    calls: dict[tuple[str, int], Callable[[Asked], bool]] = {}
    with ExitStack() as engines:
        for engine_name, urls in directories.items():
            for size, url in urls.items():
                engine = open_engine(url)
                engines.callback(engine.dispose)
                for way, look_up in _WAYS.items():
                    calls[f"{way}: {engine_name}", size] = partial(look_up, DirectoryGateway(engine), brand)
        for (what, size), call in calls.items():
            first = asked[size][:200]
            recognised = sum(map(call, first))
            assert recognised > 0.9 * len(first), f"{what}: {recognised} of {len(first)}: not what should be measured"
        timings = dict.fromkeys(calls, Timings(()))
        for number in range(_ROUNDS):
            for (what, size), call in calls.items():
                timings[what, size] += timed(call, asked[size][number::_ROUNDS])
    for (what, size), taken in sorted(timings.items()):
        report.add(what, size, taken)


def _measure_keycloak(
    report: Report, server: PostgresServer, databases: dict[int, str], asked: dict[int, list[Asked]], scratch: Path
) -> None:
    nobody = scratch / "delivery"
    generate(nobody, brands=sorted(load_brands()), customers=0, seed=0)
    with running_stack(PROJECT / "var" / "bench-run", databases=StackDatabases.on(server), delivery=nobody) as stack:
        assert stack.databases is not None
        users = KeycloakUsers(stack.databases.keycloak, BRAND)
        for size, directory in databases.items():
            with step(f"{size:,} customers into Keycloak"):
                users.grow(directory)
            with step(f"Keycloak with {size:,}"):
                _ask_keycloak(report, stack, size, asked[size])


def _ask_keycloak(report: Report, stack: Stack, size: int, asked: Sequence[Asked]) -> None:
    searches = stack.admin(BRAND)
    searches.connection.timeout = _LONGEST_ANSWER_S
    secrets = {BRAND: stack.secrets[f"PORTAL_CLIENT_SECRET_{BRAND.upper()}"]}
    resource = KeycloakGateway(stack.keycloak, secrets, open_session(), SystemClock(), timeout_s=_LONGEST_ANSWER_S)

    def search(attribute: str, value: str) -> None:
        assert searches.get_users({"q": f"{attribute}:{value}", "briefRepresentation": True}), "the search finds nobody"

    def search_contact(one: Asked) -> None:
        search(f"{one.contact.channel.value}_agency", one.contact.value)

    def search_tax_code(one: Asked) -> None:
        search("tax_code", one.tax_id.value)

    def ask_resource(one: Asked) -> None:
        assert resource.by_contact(BRAND, one.contact.value), "the resource finds nobody"

    for call in (search_contact, search_tax_code, ask_resource):
        timed(call, asked[:50], limit_s=5)
    report.add(f"by contact: {_RESOURCE}", size, timed(ask_resource, asked[:1000], limit_s=_SEARCH_LIMIT_S))
    report.add(f"by contact: {_SEARCH}", size, timed(search_contact, asked[:1000], limit_s=_SEARCH_LIMIT_S))
    report.add(f"by tax code: {_SEARCH}", size, timed(search_tax_code, asked[:1000], limit_s=_SEARCH_LIMIT_S))


def _conclude(report: Report, customers: Sequence[int]) -> None:
    for way in _WAYS:
        report.compare(f"{way}: {_OURS}", f"{way}: {_SEARCH}")
        report.compare(f"{way}: {_OURS}", f"{way}: {_RESOURCE}")
        p99 = {one.size: one.p99_ms for one in report.figures if one.what == f"{way}: {_OURS}"}
        small, large = customers[0], customers[-1]
        report.goals.append(Goal(f"{way}, p99 with {large:,} customers, ms", p99[large], P99_LIMIT_MS))
        if large > small:
            growth = p99[large] / p99[small]
            report.goals.append(Goal(f"{way}, p99 with {large:,} : with {small:,}", growth, GROWTH_LIMIT))
