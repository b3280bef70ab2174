"""A process killed in the middle of a unit on MongoDB: afterwards all of it is there, or nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import uuid
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import BusyError, StoreError
from leadsync.core.store.mongo.connection import open_database
from leadsync.core.store.mongo.lock import Hold, WriteLock
from leadsync.core.store.mongo.store import MongoStore
from tests.conftest import ROOT
from tests.contract.making import (
    a_campaign,
    a_lead,
    assert_history_matches_cells,
    cell,
    snapshot,
)
from tests.reliability.crasher import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.mongo

BEFORE_COMMIT = ["unit opened", "leads inserted", "journal written"]
POINTS = [
    (1, "journal written"), (1, "committed"), (1, "applied campaigns"),
    (2, "unit opened"), (2, "leads inserted"), (2, "journal written"), (2, "committed"),
    (2, "applied meta"), (2, "journal removed"),
    (3, "journal written"), (3, "committed"), (3, "applied leads"), (3, "applied changes"),
    (3, "applied units"), (3, "applied meta"),
    (4, "unit opened"), (4, "journal written"), (4, "committed"), (4, "applied tasks"),
    (4, "applied leads"), (4, "applied calls"),
    (5, "journal written"), (5, "committed"), (5, "applied leads"), (5, "applied meta"),
]  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(mongo_server_url: str) -> list[str]:
    """What is stored after no unit, after the first, and so on, where nobody disturbs them."""
    store = MongoStore(f"{mongo_server_url}/undisturbed_{uuid.uuid4().hex[:12]}")
    stored = [snapshot(store)]
    for work in UNITS:
        work(store)
        stored.append(snapshot(store))
    store.client.drop_database(store.db.name)
    store.close()
    return stored


@pytest.mark.parametrize(("unit", "step"), POINTS)
def test_a_killed_unit_is_stored_wholly_or_not_at_all(
    mongo_db_url: str, undisturbed: list[str], unit: int, step: str
) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.reliability.crasher",
        mongo_db_url,
        str(unit),
        step,
    ]
    crashed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert crashed.returncode == -signal.SIGKILL, crashed.stderr
    confirmed = crashed.stdout.split()
    assert len(confirmed) == unit - 1

    store = MongoStore(mongo_db_url)
    done = unit - (step in BEFORE_COMMIT)
    assert snapshot(store) == undisturbed[done]
    assert_history_matches_cells(store)
    for work in UNITS[done:]:
        work(store)
    assert_history_matches_cells(store)
    assert store.db["journal"].count_documents({}) == 0
    assert store.db["leads"].count_documents({"_id": {"$gt": store.visible()}}) == 0
    store.close()


# the lock ----------------------------------------------------------------------------------
@pytest.fixture
def store(mongo_db_url: str) -> Iterator[MongoStore]:
    opened = MongoStore(mongo_db_url)
    yield opened
    opened.close()


def no_recovery(_hold: object) -> None:
    raise AssertionError("nobody crashed")


def test_who_waits_too_long_for_another_writer_is_told_so(store: MongoStore) -> None:
    other = WriteLock(store.db["locks"], store.place)
    with store.unit("ada", "long"):
        hold = other.hold(no_recovery, wait_s=0.05)
        with pytest.raises(BusyError, match="another process"):
            hold.__enter__()


def test_a_writer_that_lost_the_lock_writes_nothing(store: MongoStore) -> None:
    inbox = a_campaign(store)
    lead = a_lead(store, inbox, name="before")

    def write_after_a_long_sleep() -> None:
        with store.unit("ada", "too late") as unit:
            unit.edit({lead: {"name": "after"}})
            unit.add_leads(inbox, ["name"], [["ghost"]])
            store.db["locks"].update_one({"_id": "write"}, {"$set": {"holder": "other:1:x"}})

    with pytest.raises(StoreError, match="took over"):
        write_after_a_long_sleep()
    store.db["locks"].update_one({"_id": "write"}, {"$set": {"holder": ""}})
    assert cell(store, lead, "name") == "before"
    assert store.count({}) == 1
    assert a_lead(store, inbox, name="next") in store.ids({})
    assert store.count({}) == 2


def test_leads_that_a_lost_writer_left_never_come_into_sight(store: MongoStore) -> None:
    inbox = a_campaign(store)
    store.db["counters"].update_one({"_id": "leads"}, {"$inc": {"value": 5}}, upsert=True)
    ghost = {
        "_id": 3,
        "campaignId": inbox,
        "presence": 0,
        "name": "ghost",
        "keys": ["e:g@x.de"],
    }
    store.db["leads"].insert_one(ghost)
    assert store.count({}) == 0
    a_lead(store, inbox, name="real")
    assert [row[0] for row in store.scan({}, ["name"])] == ["real"]
    assert store.find_by_keys(["e:g@x.de"], None) == {}


def test_a_second_process_gets_the_lock_when_the_first_is_done(mongo_db_url: str) -> None:
    client, database, place = open_database(mongo_db_url)
    first, second = (WriteLock(database["locks"], place) for _ in range(2))
    order: list[str] = []
    waiting = threading.Event()

    def wait_for_it() -> None:
        waiting.set()
        with second.hold(no_recovery):
            order.append("second")

    with first.hold(no_recovery):
        thread = threading.Thread(target=wait_for_it)
        thread.start()
        waiting.wait(10)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    client.close()


def test_a_holder_elsewhere_without_a_sign_of_life_is_taken_over(store: MongoStore) -> None:
    left_by_it = {"holder": "another-machine:77:x", "beat": 3, "journal": "unit-x"}
    store.db["locks"].update_one({"_id": "write"}, {"$set": left_by_it})
    recovered: list[str] = []

    def recover(hold: Hold) -> None:
        recovered.append(hold.journal)
        hold.applied()

    with WriteLock(store.db["locks"], store.place, lease_s=0.2).hold(recover):
        assert recovered == ["unit-x"]
    a_campaign(store)


def test_a_holder_that_shows_signs_of_life_is_waited_for(store: MongoStore) -> None:
    first, second = (WriteLock(store.db["locks"], store.place, lease_s=0.3) for _ in range(2))
    with first.hold(no_recovery):
        hold = second.hold(no_recovery, wait_s=1)
        with pytest.raises(BusyError):
            hold.__enter__()
