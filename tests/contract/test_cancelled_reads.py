"""Reads that nobody waits for any more: they end, and the connection goes on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from leadsync.core.store.reading import ReadCancelledError, Reading
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import a_campaign, some_leads

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.store.protocol import Store

LEADS = 3000


@pytest.fixture
def many(store: Store) -> Store:
    inbox = a_campaign(store)
    some_leads(store, inbox, [{"name": "Ada"} for _ in range(LEADS)])
    return store


def test_a_read_that_was_broken_off_does_not_begin(many: Store) -> None:
    reading = Reading()
    reading.cancel()
    with pytest.raises(ReadCancelledError), many.cancellable(reading):
        pytest.fail("it began")
    assert many.count({}) == LEADS


def test_a_read_that_is_broken_off_between_two_rows_ends(many: Store) -> None:
    reading = Reading()
    rows = reading.watched(many.scan({}, ["id"]))
    with many.cancellable(reading):
        assert next(iter(rows))
        reading.cancel()
        with pytest.raises(ReadCancelledError):
            list(rows)
    assert len(many.ids({})) == LEADS


def test_only_the_thread_of_the_block_is_broken_off(many: Store) -> None:
    reading = Reading()
    found: list[int] = []
    with many.cancellable(reading):
        reading.cancel()
        other = threading.Thread(target=lambda: found.append(len(many.ids({}))))
        other.start()
        other.join()
    assert found == [LEADS]
    assert len(many.ids({})) == LEADS


def test_a_query_that_runs_is_interrupted(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "leadsync.db")
    some_leads(store, a_campaign(store), [{"name": "a" * 10_000} for _ in range(LEADS)])
    minutes = {"$or": [{"name": {"$regex": f"b{n}"}} for n in range(400)]}
    reading, begun = Reading(), threading.Event()
    ends: list[BaseException] = []

    def read() -> None:
        try:
            with store.cancellable(reading):
                begun.set()
                store.count(minutes)
        except ReadCancelledError as error:
            ends.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait()
    reading.cancel()
    thread.join()
    assert len(ends) == 1
    with store.cancellable(Reading()):
        assert store.count({}) == LEADS
    store.close()
