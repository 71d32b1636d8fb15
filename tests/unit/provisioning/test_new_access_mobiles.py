"""A delivery that brings a registered customer another number for codes (SECURITY P2, docs/decisions/0029)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from provisioning.directory.models import MobileChange
from provisioning.errors import RefusedError, UnreachableError
from provisioning.mobile_commands import mobile_changes
from provisioning.sync.mobile_changes import decide, listed
from tests.unit.provisioning.conftest import BRANDS, MOBILE_HOLD, WHEN, Sync
from tests.unit.provisioning.deliveries import base, contact, write
from tests.unit.provisioning.fake_keycloak import FakeKeycloak

OLD, NEW, THIRD = "+393331234501", "+393331234502", "+393331234503"
A_MOMENT = timedelta(minutes=1)
AFTER_THE_HOLD = WHEN + MOBILE_HOLD


class Agency:
    """Writes full deliveries that differ in G1's mobile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sequence = 0

    def delivers(self, mobile: str, *, certified: bool = True) -> Path:
        self._sequence += 1
        rows = base(25)
        rows["contacts.csv"].append(contact("G1", "mobile", mobile, certified="1" if certified else "0"))
        return write(self._folder / str(self._sequence), rows, sequence=self._sequence)


@pytest.fixture
def agency(tmp_path: Path, sync: Sync, keycloak: FakeKeycloak) -> Agency:
    """One that delivered once; then G1 registered."""
    agency = Agency(tmp_path / "deliveries")
    sync(agency.delivers(OLD))
    keycloak.usernames["G1"] = "mario@example.it"
    return agency


def _told(keycloak: FakeKeycloak) -> dict[str, Any]:
    return keycloak.customers["generali"]["G1"]


def _change(engine: Engine) -> MobileChange | None:
    with Session(engine) as session:
        return session.scalar(select(MobileChange))


def _decide(engine: Engine, *, release: bool, now: datetime = WHEN) -> None:
    with Session(engine) as session, session.begin():
        change = session.scalar(select(MobileChange))
        assert change is not None
        decide(session, change.id, release=release, by="ada", now=now)


def test_a_certified_number_applies_once_the_hold_is_over_and_not_before(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak, engine: Engine
) -> None:
    delivery = agency.delivers(NEW)
    report = sync(delivery)
    assert report.pushes["generali"].waiting_mobiles == 1
    assert _told(keycloak)["access_mobile"] == OLD
    assert _told(keycloak)["mobiles"] == [NEW], "the old number is dropped at once, whatever waits"
    sync(delivery, now=AFTER_THE_HOLD - A_MOMENT)
    assert _told(keycloak)["access_mobile"] == OLD
    sync(delivery, now=AFTER_THE_HOLD)
    assert _told(keycloak)["access_mobile"] == NEW
    change = _change(engine)
    assert change is not None
    assert (change.state, change.decided_by) == ("released", "")
    requests = len(keycloak.requests)
    sync(agency.delivers(NEW), now=AFTER_THE_HOLD + A_MOMENT)
    assert len(keycloak.requests) == requests, "nothing is left to tell"


def test_who_has_no_online_account_gets_the_number_at_once(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak, engine: Engine
) -> None:
    del keycloak.usernames["G1"]
    sync(agency.delivers(NEW, certified=False))
    assert _told(keycloak)["access_mobile"] == NEW
    assert _change(engine) is None


def test_a_number_that_is_not_certified_waits_for_an_operator(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak, engine: Engine
) -> None:
    delivery = agency.delivers(NEW, certified=False)
    sync(delivery)
    sync(delivery, now=AFTER_THE_HOLD)
    assert _told(keycloak)["access_mobile"] == OLD
    _decide(engine, release=True)
    sync(delivery)
    assert _told(keycloak)["access_mobile"] == NEW
    change = _change(engine)
    assert change is not None
    assert change.decided_by == "ada"


def test_a_number_nobody_could_be_told_of_waits_for_an_operator(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak
) -> None:
    keycloak.contacts_can_be_told = False
    delivery = agency.delivers(NEW)
    sync(delivery)
    sync(delivery, now=AFTER_THE_HOLD)
    assert _told(keycloak)["access_mobile"] == OLD


def test_a_refused_number_stays_out_until_an_operator_releases_it(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak, engine: Engine
) -> None:
    delivery = agency.delivers(NEW)
    sync(delivery)
    _decide(engine, release=False)
    sync(delivery, now=AFTER_THE_HOLD)
    sync(agency.delivers(NEW), now=AFTER_THE_HOLD, push_all=True)
    assert _told(keycloak)["access_mobile"] == OLD
    _decide(engine, release=True, now=AFTER_THE_HOLD)
    sync(agency.delivers(NEW), now=AFTER_THE_HOLD)
    assert _told(keycloak)["access_mobile"] == NEW


def test_another_new_number_begins_its_own_wait_and_a_withdrawn_one_is_forgotten(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak, engine: Engine
) -> None:
    sync(agency.delivers(NEW))
    delivery = agency.delivers(THIRD)
    sync(delivery, now=AFTER_THE_HOLD - A_MOMENT)
    sync(delivery, now=AFTER_THE_HOLD)
    assert _told(keycloak)["access_mobile"] == OLD
    change = _change(engine)
    assert change is not None
    assert change.mobile == THIRD
    sync(agency.delivers(OLD), now=AFTER_THE_HOLD)
    assert _change(engine) is None
    assert _told(keycloak)["access_mobile"] == OLD


def test_a_released_number_that_left_waits_again_when_it_comes_back(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak, engine: Engine
) -> None:
    for number in (NEW, THIRD):
        delivery = agency.delivers(number)
        sync(delivery)
        _decide(engine, release=True)
        sync(delivery)
        assert _told(keycloak)["access_mobile"] == number
    sync(agency.delivers(NEW))
    assert _told(keycloak)["access_mobile"] == THIRD


def test_a_keycloak_that_dies_before_it_says_what_waits_says_it_to_the_next_run(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak, engine: Engine
) -> None:
    def die(_count: int) -> None:
        raise ConnectionAbortedError

    delivery = agency.delivers(NEW)
    keycloak.after_writing = die
    with pytest.raises(UnreachableError):
        sync(delivery)
    assert _change(engine) is None
    keycloak.after_writing = None
    sync(delivery)
    sync(delivery, now=AFTER_THE_HOLD)
    assert _told(keycloak)["access_mobile"] == NEW


def test_while_nobody_can_be_told_the_customer_stays_pending_and_the_others_go_on(
    sync: Sync, agency: Agency, keycloak: FakeKeycloak
) -> None:
    keycloak.bridge_is_away = True
    delivery = agency.delivers(NEW)
    with pytest.raises(UnreachableError) as stopped:
        sync(delivery)
    assert stopped.value.code == "bridge_unreachable"
    keycloak.bridge_is_away = False
    assert sync(delivery).pushes["generali"].waiting_mobiles == 1


def test_operators_see_what_waits_and_cannot_release_what_the_agency_has_changed_since(
    sync: Sync, agency: Agency, engine: Engine
) -> None:
    sync(agency.delivers(NEW, certified=False))
    with Session(engine) as session:
        (one,) = listed(session, everything=False)
        change = one.change
        assert (change.customer_code, one.brand, one.certified) == ("G1", "generali", False)
        with pytest.raises(RefusedError, match="no change"):
            decide(session, change.id + 1, release=True, by="ada", now=WHEN)
    _decide(engine, release=True)
    with Session(engine) as session:
        assert not listed(session, everything=False)
        assert listed(session, everything=True)
        with pytest.raises(RefusedError, match="already"):
            decide(session, change.id, release=False, by="ada", now=WHEN)


def test_operators_list_masked_numbers_and_decide_in_their_own_name(
    sync: Sync, agency: Agency, database_url: str, keycloak: FakeKeycloak
) -> None:
    delivery = agency.delivers(NEW, certified=False)
    sync(delivery)
    secrets = {f"PROVISIONING_CLIENT_SECRET_{brand.upper()}": "right" for brand in BRANDS}
    environment = secrets | {"AREA_CLIENTI_DATABASE_URL": database_url, "KEYCLOAK_URL": keycloak.url}

    def command(*words: str) -> Result:
        return CliRunner(env=environment).invoke(mobile_changes, words)

    (row,) = json.loads(command("list", "--json").output)
    assert row["mobile"] == "333 *****02"
    assert row["applies"] == "when approved"
    assert command("approve", str(row["change"])).exit_code == 2, "somebody's name has to stand there"
    assert command("approve", str(row["change"]), "--by", "ada").exit_code == 0
    assert NEW not in command("list", "--all").output
    sync(delivery)
    assert _told(keycloak)["access_mobile"] == NEW
