"""Everything out and in again: dump, load, backup, on one engine and across both."""

from __future__ import annotations

import gzip
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import InputError, StoreError
from leadsync.core.models import Reason, Status
from leadsync.core.store.dump_lines import dump_lines
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import (
    a_call,
    a_campaign,
    a_column,
    a_lead,
    a_run,
    a_task,
    an_ai_column,
    cell,
    nobody_is_alive,
    some_leads,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.store.protocol import Store


def fill(store: Store) -> list[int]:
    """A store with something of everything; its leads."""
    inbox, other = a_campaign(store), a_campaign(store, "Q4")
    a_column(store, "note")
    pitch = an_ai_column(store)
    rows = [{"name": f"n{n}", "email": f"{n}@x.de", "note": n or None} for n in range(6)]
    ids = some_leads(store, inbox, rows, tags=[["vip", "a.b"]])
    gone = a_lead(store, inbox, name="Undone", email="gone@x.de")
    with store.unit("ada", "undo") as unit:
        unit.undo(store.units(limit=1)[0].id)
    with store.unit("ada", "edits") as unit:
        unit.edit({ids[0]: {"pitch": "mine"}}, by_hand=True)
        unit.trash([ids[1]])
        unit.move([ids[2]], other)
        unit.settle([a_task(pitch, ids[3], {"name": "n3"})], {ids[3]: {"pitch": "Hello"}})
        failed = a_task(pitch, ids[4], status=Status.ERROR, reason=Reason.REFUSED)
        unit.settle([failed], {})
    run = store.start_run(a_run(pitch), nobody_is_alive)
    store.enqueue(run.id, [(i, pitch.id) for i in ids[4:]])
    store.claim(run.id, pitch.id, limit=1, holder="a", lease_until=50.0, now=1.0)
    store.add_calls([a_call(run_id=run.id)])
    store.keep_sent("sheets:a.b/$c", {ids[3]: {"hash": "x", "a.b": {"$d": [1, None]}}})
    store.save("mappings", {"header": "a.b", "$fields": ["x"]})
    return [*ids, gone]


def plain(store: Store) -> list[tuple[str, object]]:
    return [(kind, json.loads(json.dumps(doc))) for kind, doc in store.records()]


def test_a_dump_has_its_collections_in_order(store: Store) -> None:
    fill(store)
    kinds = [kind for kind, _ in store.records()]
    assert list(dict.fromkeys(kinds)) == [
        "counters", "documents", "units", "leads", "tasks", "queue", "calls", "changes", "sent",
    ]  # fmt: skip


def test_a_dumped_lead_has_the_documented_shape(store: Store) -> None:
    ids = fill(store)
    leads = {doc["id"]: doc for kind, doc in store.records() if kind == "leads"}
    locked = leads[ids[0]]
    created = locked.pop("createdAt"), locked.pop("updatedAt")
    assert all(isinstance(at, str) for at in created)
    unit = locked.pop("createdUnit")
    assert isinstance(unit, int)
    slots = {c.key: c.slot for c in store.columns()}
    assert sorted(locked.pop("tags")) == ["a.b", "vip"]
    assert locked == {
        "id": ids[0], "campaignId": 1, "presence": 0, "email": "0@x.de", "name": "n0",
        slots["pitch"]: "mine", "locks": [2],
    }  # fmt: skip
    assert leads[ids[1]]["presence"] == 1
    assert leads[ids[-1]]["presence"] == 2


def test_a_dump_loads_into_another_store_of_any_engine(
    store: Store, engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    ids = fill(store)
    dumped = plain(store)
    copy = SqliteStore(tmp_path / "copy.db")
    try:
        assert copy.load(dumped) == len(dumped)
        assert plain(copy) == dumped
        assert copy.rows(ids, ["name", "note", "pitch", "tags", "campaign"]) == store.rows(
            ids, ["name", "note", "pitch", "tags", "campaign"]
        )
        pitch = copy.columns()[1]
        assert copy.states(ids, [pitch.id]) == store.states(ids, [pitch.id])
        assert copy.find_by_keys(["e:3@x.de"], 1) == {"e:3@x.de": ids[3]}
    finally:
        copy.close()


def test_a_loaded_store_goes_on_where_the_other_was(store: Store, tmp_path: Path) -> None:
    source = SqliteStore(tmp_path / "source.db")
    ids = fill(source)
    store.load(source.records())
    pitch = store.columns()[1]
    assert plain(store) == plain(source)
    assert store.states(ids, [pitch.id]) == source.states(ids, [pitch.id])
    assert store.find_by_keys(["e:3@x.de"], 1) == {"e:3@x.de": ids[3]}
    assert a_lead(store, 1, email="next@x.de") == ids[-1] + 1
    edited = next(u for u in store.units() if u.label == "edits")
    with store.unit("ada", "undo") as unit:
        unit.undo(edited.id)
    assert cell(store, ids[0], "pitch") is None
    assert [c.name for c in store.campaigns()] == ["Inbox", "Q4"]
    source.close()


def test_a_store_that_is_not_empty_is_not_loaded_into(store: Store, tmp_path: Path) -> None:
    assert not store.has_content()
    store.save("users", {"email": "ada@lovelace.example"})  # users stay when a store is filled
    assert not store.has_content()
    fill(store)
    assert store.has_content()
    with pytest.raises(StoreError, match="not empty"):
        store.load([])


def test_an_unknown_record_stops_a_load_and_nothing_is_kept(store: Store) -> None:
    records = [("documents", {"kind": "campaigns", "body": {"id": 1, "name": "x"}}), ("stars", {})]
    with pytest.raises(InputError, match="stars"):
        store.load(records)
    assert store.documents("campaigns") == []


def test_a_backup_is_a_whole_copy(store: Store, engine: str, tmp_path: Path) -> None:
    fill(store)
    target = tmp_path / "copy.backup"
    store.backup(target)
    assert target.stat().st_mode & 0o777 == 0o600
    if engine == "sqlite":
        with sqlite3.connect(target) as copy:
            assert copy.execute("SELECT count(*) FROM leads").fetchone() == (7,)
        copy.close()
    else:
        with gzip.open(target, "rt", encoding="utf-8") as lines:
            assert list(lines) == list(dump_lines(store.records()))


def test_a_backup_does_not_write_over_a_file(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    with pytest.raises(InputError, match="precious"):
        store.backup(target)
    assert target.read_text() == "mine"
