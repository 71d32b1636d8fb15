"""New customers written into a Keycloak that has more and more of them already, on PostgreSQL.

Those it has already are copied from table to table. Those that are measured are the same at every size but for their
names: the last ones of a directory.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from sqlalchemy.orm import Session

from benchmarks.keycloak_users import KeycloakUsers
from benchmarks.population import GENERATED, fill
from benchmarks.pushing import BRAND, WARM_UP, Pushing, analyze, running_keycloak
from benchmarks.report import Goal, Report
from benchmarks.run import Sizes, postgres, step
from provisioning.directory import open_engine
from provisioning.sync.records import refresh_record_hashes

NEW = "new customers"
# The rate among few users to that among the most: what is called no slope.
_MOST_SLOPE = 1.1


@click.command("provisioning-growth")
@click.option("--users", type=Sizes(), default="10000,100000,500000", show_default=True, help="What it has.")
@click.option("--customers", type=click.IntRange(500), default=10_000, show_default=True, help="New at each size.")
@click.option("--warm-up", type=click.IntRange(1), default=WARM_UP, show_default=True, help="New before all.")
def provisioning_growth(users: list[int], customers: int, warm_up: int) -> Report:
    """Write new customers into Keycloaks of several sizes."""
    report = Report("provisioning-growth", "users", {"customers": customers, "warm_up": warm_up})
    new = warm_up + len(users) * customers
    everybody = _whole(max(users) + new)
    with postgres() as server, tempfile.TemporaryDirectory(prefix="area-clienti-bench-") as scratch:
        urls = {size: server.url(server.new_database("directory")) for size in (*users, everybody)}
        with step(f"A directory of {everybody:,} customers"):
            fill(urls, BRAND, seed=1)
        engine = open_engine(urls[everybody])
        with running_keycloak(server, Path(scratch)) as stack:
            assert stack.databases is not None
            pushing, copied = Pushing(engine, stack), KeycloakUsers(stack.databases.keycloak, BRAND)
            codes = pushing.codes()[-new:]
            with Session(engine) as session, session.begin():
                refresh_record_hashes(session, codes)
            pushing.push(codes[:warm_up])
            analyze(stack.databases.keycloak)
            for nth, size in enumerate(users):
                with step(f"{size:,} users"):
                    copied.grow(urls[size])
                first = warm_up + nth * customers
                report.add(NEW, size, pushing.push(codes[first : first + customers]))
        engine.dispose()
    rates = {figure.size: figure.per_second for figure in report.figures}
    report.goals.append(
        Goal("rate among the fewest to that among the most", rates[users[0]] / rates[users[-1]], _MOST_SLOPE)
    )
    return report


def _whole(size: int) -> int:
    """As many as a directory can be filled with: past what is generated, whole copies of that."""
    return size if size <= GENERATED else -(-size // GENERATED) * GENERATED
