"""Undo and redo of units, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import NotFound
from leadsync.core.models import Column
from tests.contract.making import (
    FullName,
    a_campaign,
    a_column,
    a_lead,
    a_task,
    an_ai_column,
    cell,
    some_leads,
)

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store


def undo(store: Store, unit_id: int = 0) -> int:
    """Take the unit (the newest where none is named) back; the undo's own id."""
    with store.unit("ada", "undo") as unit:
        unit.undo(unit_id or store.units(limit=1)[0].id)
        return unit.id


def newest(store: Store) -> int:
    return store.units(limit=1)[0].id


def test_undo_of_an_import_takes_the_leads_away_and_redo_brings_them_back(
    store: Store, inbox: int
) -> None:
    ids = some_leads(store, inbox, [{"name": "Ada", "email": "a@b.de"}], tags=[["vip"]])
    undone = undo(store)
    assert store.count({}) == 0
    assert store.find_by_keys(["e:a@b.de"], inbox) == {}
    undo(store, undone)
    assert store.rows(ids, ["name", "tags"]) == [("Ada", ("vip",))]
    assert store.find_by_keys(["e:a@b.de"], inbox) == {"e:a@b.de": ids[0]}


def test_redo_of_an_import_keeps_what_was_in_the_trash_there(store: Store, inbox: int) -> None:
    ids = some_leads(store, inbox, [{"name": "Ada"}, {"name": "Bob"}])
    imported = newest(store)
    with store.unit("ada", "trash") as unit:
        unit.trash(ids[:1])
    undo(store, imported)
    assert store.count({}) == store.count({}, trashed=True) == 0
    undo(store)
    assert list(store.ids({})) == ids[1:]
    assert list(store.ids({}, trashed=True)) == ids[:1]


def test_an_undone_lead_stays_hidden_when_its_restore_is_undone_or_redone(
    store: Store, inbox: int
) -> None:
    lead = a_lead(store, inbox)
    imported = newest(store)
    with store.unit("ada", "trash") as unit:
        unit.trash([lead])
    trashed = newest(store)
    undo(store, imported)
    undo(store, trashed)
    assert store.count({}) == store.count({}, trashed=True) == 0
    undo(store, imported)
    assert list(store.ids({})) == [lead]


def test_undo_of_an_edit_brings_back_cells_tags_campaign_and_trash(
    store: Store, inbox: int
) -> None:
    other = a_campaign(store, "Q4")
    a_column(store, "note")
    lead = a_lead(store, inbox, name="Ada", note=3)
    with store.unit("ada", "everything") as unit:
        unit.edit({lead: {"name": None, "note": "x"}})
        unit.tag([lead], add=["vip"])
        unit.move([lead], other)
        unit.trash([lead])
    undo(store)
    assert store.rows([lead], ["name", "note", "tags", "campaign"]) == [("Ada", 3, (), "Inbox")]
    assert list(store.ids({})) == [lead]


def test_an_older_edit_can_be_undone_under_a_newer_one(store: Store, inbox: int) -> None:
    lead = a_lead(store, inbox, name="A")
    for name in ("B", "C"):
        with store.unit("ada", f"name {name}") as unit:
            unit.edit({lead: {"name": name}})
    third, second = (u.id for u in store.units(limit=2))
    undo(store, second)
    assert cell(store, lead, "name") == "C"
    undo(store, third)
    assert cell(store, lead, "name") == "A"
    undo(store, second)
    assert cell(store, lead, "name") == "B"


def test_a_unit_says_by_which_unit_it_was_taken_back(store: Store, inbox: int) -> None:
    a_lead(store, inbox)
    imported = newest(store)
    undoing = undo(store)
    by_id = {u.id: u for u in store.units()}
    assert by_id[imported].undone_by == undoing
    assert by_id[undoing].undoes == imported
    undo(store, undoing)
    assert {u.id: u for u in store.units()}[imported].undone_by == 0


def test_undo_of_a_column_takes_it_away_when_nobody_uses_it(store: Store) -> None:
    column = a_column(store, "note")
    undo(store)
    assert store.columns() == []
    undo(store)
    assert store.columns() == [column]


def test_a_column_stays_while_leads_of_other_units_use_it(store: Store, inbox: int) -> None:
    column = a_column(store, "note")
    added = newest(store)
    lead = a_lead(store, inbox, note="x")
    imported = newest(store)
    undo(store, added)
    assert store.columns() == [column]
    assert cell(store, lead, "note") == "x"
    undo(store, imported)
    assert store.columns() == []
    undo(store, imported)
    assert cell(store, lead, "note") == "x"


def test_undo_of_an_import_takes_the_columns_and_the_campaign_that_it_made(
    store: Store, inbox: int
) -> None:
    with store.unit("ada", "import new.csv") as unit:
        campaign = unit.put("campaigns", {"name": "New", "createdAt": "", "settings": {}})
        unit.add_column(Column(0, "note", "Note"))
        unit.add_leads(campaign, ["note"], [["x"], ["y"]])
    undo(store)
    assert [c.name for c in store.campaigns()] == ["Inbox"]
    assert store.columns() == []
    undo(store)
    assert [c.name for c in store.campaigns()] == ["Inbox", "New"]
    assert [row[0] for row in store.scan({}, ["note"])] == ["x", "y"]


def test_undo_of_a_removed_view_brings_it_back(store: Store) -> None:
    with store.unit("ada", "add view") as unit:
        view = unit.put("views", {"name": "Hot", "filter": "tag:hot", "sort": [], "columns": []})
    before = store.views()
    with store.unit("ada", "remove view") as unit:
        unit.remove("views", view)
    undo(store)
    assert store.views() == before


def test_undo_of_a_run_takes_cells_and_tasks_back(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    lead = a_lead(store, inbox, name="Ada")
    first = a_task(pitch, lead, {"name": "Ada"})
    with store.unit("run 1", "enrich") as unit:
        unit.settle([first], {lead: {"pitch": "one"}})
    run_1 = newest(store)
    settled = store.tasks([lead], [pitch.id])
    with store.unit("run 2", "enrich again") as unit:
        unit.settle([a_task(pitch, lead, {"name": "Ada"}, attempts=1)], {lead: {"pitch": "two"}})
    assert cell(store, lead, "pitch") == "two"
    undo(store)
    assert cell(store, lead, "pitch") == "one"
    assert store.tasks([lead], [pitch.id]) == settled
    undo(store, run_1)
    assert cell(store, lead, "pitch") is None
    assert store.tasks([lead], [pitch.id]) == []
    assert store.states([lead], [pitch.id]) == {}


def test_a_cell_is_stale_again_when_its_inputs_are_taken_back(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    lead = a_lead(store, inbox, name="Ada")
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"name": "Bob"}})
    edited = newest(store)
    with store.unit("run 1", "enrich") as unit:
        unit.settle([a_task(pitch, lead, {"name": "Bob"})], {lead: {"pitch": "Hi Bob"}})
    undo(store, edited)
    assert store.states([lead], [pitch.id])[lead, pitch.id].stale
    undo(store, edited)
    assert not store.states([lead], [pitch.id])[lead, pitch.id].stale


def test_formulas_follow_undo(store: Store, inbox: int) -> None:
    a_column(store, "company")
    a_column(store, "full", kind="template", inputs=("name", "company"))
    store.set_formulas(FullName)
    lead = a_lead(store, inbox, name="Ada", company="Initech")
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"company": "Hooli"}})
    undo(store)
    assert cell(store, lead, "full") == "Ada at Initech"


def test_undo_of_a_large_unit_reaches_every_lead(store: Store, inbox: int) -> None:
    ids = some_leads(store, inbox, [{"name": "before"} for _ in range(6100)])
    with store.unit("ada", "edit all") as unit:
        unit.edit({i: {"name": "after"} for i in ids})
    undo(store)
    assert store.value_counts({}, "name", limit=3) == [("before", 6100)]


def test_an_unknown_unit_cannot_be_undone(store: Store) -> None:
    with pytest.raises(NotFound, match='no unit "77"'):
        undo(store, 77)
