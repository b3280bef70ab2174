"""Units of work: all or nothing, history, formulas, staleness, locks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import NotFound
from leadsync.core.models import CellState, Reason, Status
from tests.contract.making import (
    FullName,
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
    from leadsync.core.store.protocol import Store


class StopHereError(Exception):
    """What a test breaks a unit with."""


def test_a_unit_that_fails_leaves_nothing_behind(store: Store, inbox: int) -> None:
    note = a_column(store, "note")
    lead = a_lead(store, inbox, name="Ada", note="old")
    units, revision = store.units(), store.revision()

    def fail() -> None:
        with store.unit("ada", "fails") as unit:
            unit.add_leads(inbox, ["email"], [["x@y.de"]])
            unit.edit({lead: {"note": "new"}})
            unit.tag([lead], add=["vip"])
            unit.put("campaigns", {"name": "Q4"})
            unit.remove("columns", note.id)
            raise StopHereError

    with pytest.raises(StopHereError):
        fail()
    assert store.units() == units
    assert store.revision() == revision
    assert store.rows([lead], ["note", "tags"]) == [("old", ())]
    assert list(store.ids({})) == [lead]
    assert len(store.campaigns()) == 1
    assert store.find_by_keys(["e:x@y.de"], None) == {}
    assert len(list(store.changes(lead_id=lead))) == 0


def test_work_goes_on_after_a_unit_that_failed(store: Store, inbox: int) -> None:
    def fail() -> None:
        with store.unit("ada", "fails") as unit:
            unit.add_leads(inbox, ["email"], [["x@y.de"]])
            raise StopHereError

    with pytest.raises(StopHereError):
        fail()
    lead = a_lead(store, inbox, email="x@y.de")
    assert list(store.ids({})) == [lead]


def test_a_unit_that_changes_nothing_is_not_in_history(store: Store, inbox: int) -> None:
    lead = a_lead(store, inbox, name="Ada")
    units = store.units()
    with store.unit("ada", "same") as unit:
        assert unit.edit({lead: {"name": "Ada"}}) == 0
        assert unit.tag([lead], drop=["vip"]) == 0
        assert unit.restore([lead]) == 0
    assert store.units() == units


def test_units_are_listed_newest_first_with_what_they_did(store: Store, inbox: int) -> None:
    ids = some_leads(store, inbox, [{"name": "Ada"}, {"name": "Bob"}], label="import a.csv")
    with store.unit("bob", "trash one") as unit:
        unit.trash(ids[:1])
        unit.edit({ids[1]: {"name": "Bobby"}})
    newest, imported = store.units(limit=2)
    assert (newest.actor, newest.label, newest.counts) == (
        "bob",
        "trash one",
        {"trashed": 1, "updated": 1},
    )
    assert imported.created == ((ids[0], ids[1]),)
    assert imported.counts == {"created": 2}
    assert newest.id > imported.id


def test_history_says_what_was_before_and_after(store: Store, inbox: int) -> None:
    note = a_column(store, "note")
    lead = a_lead(store, inbox, name="Ada")
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"name": "Ada L.", "note": 7}})
    with store.unit("ada", "tag") as unit:
        unit.tag([lead], add=["v.i.p", "$x"])
    edited, tagged = store.changes(lead_id=lead)
    assert _pairs(edited.fields) == {"name": ("Ada", "Ada L."), note.slot: (None, 7)}
    assert _pairs(tagged.fields) == {"tag:v.i.p": (None, 1), "tag:$x": (None, 1)}
    assert edited.seq < tagged.seq
    assert [c.lead_id for c in store.changes(unit_id=tagged.unit_id)] == [lead]


def test_history_of_a_lead_in_a_unit_is_of_both(store: Store, inbox: int) -> None:
    first, second = a_lead(store, inbox, name="Ada"), a_lead(store, inbox, name="Charles")
    with store.unit("ada", "edit") as unit:
        unit.edit({first: {"name": "A"}, second: {"name": "C"}})
        unit.put("views", {"name": "mine"})
    with store.unit("ada", "again") as unit:
        unit.edit({second: {"name": "CB"}})
        unit.put("views", {"name": "ours"})
    again, edit = (unit.id for unit in store.units(limit=2))
    found = [
        [(c.unit_id, c.lead_id) for c in store.changes(unit_id=unit_id, lead_id=lead)]
        for unit_id, lead in ((edit, second), (again, first), (again, 0), (edit, 0))
    ]
    assert found == [[(edit, second)], [], [(again, 0)], [(edit, 0)]]


def test_a_unit_reads_what_it_wrote_before(store: Store, inbox: int) -> None:
    lead = a_lead(store, inbox, name="Ada")
    with store.unit("ada", "twice") as unit:
        (new,) = unit.add_leads(inbox, ["name"], [["New"]])
        unit.edit({lead: {"name": "B"}, new: {"name": "Newer"}})
        unit.edit({lead: {"name": "C"}})
        assert unit.edit({lead: {"name": "C"}}) == 0
        unit.tag([lead, new], add=["vip", "cold"])
        unit.tag([lead], drop=["cold"])
        unit.trash([new])
    assert store.rows([lead, new], ["name", "tags"]) == [
        ("C", ("vip",)),
        ("Newer", ("cold", "vip")),
    ]
    assert list(store.ids({}, trashed=True)) == [new]
    first, second = (c for c in store.changes(lead_id=lead) if "name" in c.fields)
    assert _pairs(first.fields)["name"] == ("Ada", "B")
    assert _pairs(second.fields)["name"] == ("B", "C")


def test_trash_restore_and_move_count_the_leads_that_changed(store: Store, inbox: int) -> None:
    other = a_campaign(store, "Q4")
    ids = some_leads(store, inbox, [{"name": "Ada"}, {"name": "Bob"}])
    with store.unit("ada", "move") as unit:
        assert unit.move(ids, other) == 2
        assert unit.move(ids, other) == 0
    with store.unit("ada", "trash") as unit:
        assert unit.trash(ids) == 2
        assert unit.trash(ids) == 0
    with store.unit("ada", "restore") as unit:
        assert unit.restore(ids[:1]) == 1
    assert store.rows(ids, ["campaign"]) == [("Q4",), ("Q4",)]
    assert list(store.ids({})) == ids[:1]


def test_edits_set_the_time_of_the_last_change(store: Store, inbox: int) -> None:
    lead = a_lead(store, inbox, name="Ada")
    created, updated = store.rows([lead], ["created_at", "updated_at"])[0]
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"name": "Bob"}})
    after = store.rows([lead], ["created_at", "updated_at"])[0]
    assert after[0] == created
    assert after[1] >= updated


def test_an_unknown_column_is_refused_with_the_nearest_name(store: Store, inbox: int) -> None:
    a_column(store, "company")
    lead = a_lead(store, inbox)
    with pytest.raises(NotFound, match='did you mean "company"'), store.unit("ada", "x") as unit:
        unit.edit({lead: {"comapny": "x"}})


def test_unknown_leads_are_left_alone(store: Store, inbox: int) -> None:
    with store.unit("ada", "edit") as unit:
        assert unit.edit({99: {"name": "Nobody"}}) == 0
    assert store.count({}) == 0


def test_more_leads_than_one_round_takes_are_edited(store: Store, inbox: int) -> None:
    ids = some_leads(store, inbox, [{"name": f"n{n}"} for n in range(2500)])
    with store.unit("ada", "edit all") as unit:
        assert unit.edit({i: {"name": "same", "source": f"s{i}"} for i in ids}) == 2500
    assert store.value_counts({}, "name", limit=3) == [("same", 2500)]
    assert store.rows([ids[-1]], ["source"]) == [(f"s{ids[-1]}",)]
    assert len(list(store.changes(unit_id=store.units(limit=1)[0].id))) == 2500


# formulas ----------------------------------------------------------------------------------
def test_formulas_are_computed_with_new_leads_and_with_edits(store: Store, inbox: int) -> None:
    a_column(store, "company")
    full = a_column(store, "full", kind="template", inputs=("name", "company"))
    store.set_formulas(FullName)
    lead = a_lead(store, inbox, name="Ada", company="Initech")
    assert cell(store, lead, "full") == "Ada at Initech"
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"company": None}})
    assert cell(store, lead, "full") == "Ada"
    last = list(store.changes(lead_id=lead))[-1]
    assert _pairs(last.fields)[full.slot] == ("Ada at Initech", "Ada")


def test_recompute_fills_a_formula_that_came_later(store: Store, inbox: int) -> None:
    a_column(store, "company")
    lead = a_lead(store, inbox, name="Ada", company="Initech")
    a_column(store, "full", kind="template", inputs=("name", "company"))
    store.set_formulas(FullName)
    with store.unit("ada", "recompute") as unit:
        unit.recompute_formulas()
    assert cell(store, lead, "full") == "Ada at Initech"


# tasks -------------------------------------------------------------------------------------
def test_a_settled_cell_has_its_value_task_and_state(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    lead = a_lead(store, inbox, name="Ada")
    task = a_task(pitch, lead, {"name": "Ada"}, meta={"callIds": [1], "a.b": {"$x": 1}}, detail="d")
    with store.unit("run 1", "enrich pitch") as unit:
        unit.settle([task], {lead: {"pitch": "Hello Ada"}})
    assert cell(store, lead, "pitch") == "Hello Ada"
    (stored,) = store.tasks([lead], [pitch.id])
    assert list(stored.meta.pop("wrote")) == [pitch.slot]
    assert stored == task
    assert store.states([lead], [pitch.id]) == {
        (lead, pitch.id): CellState(Status.SUCCESS, Reason.VALUE, detail="d")
    }


def test_a_failed_cell_keeps_its_value_and_says_why(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    lead = a_lead(store, inbox, name="Ada")
    failed = a_task(pitch, lead, status=Status.ERROR, reason=Reason.REFUSED, detail="unsafe")
    with store.unit("run 1", "enrich") as unit:
        unit.settle([failed], {})
    assert store.states([lead], [pitch.id])[lead, pitch.id] == CellState(
        Status.ERROR, Reason.REFUSED, detail="unsafe"
    )


def test_a_cell_is_stale_while_its_inputs_differ(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    lead = a_lead(store, inbox, name="Ada")
    with store.unit("run 1", "enrich") as unit:
        unit.settle([a_task(pitch, lead, {"name": "Ada"})], {lead: {"pitch": "Hello"}})
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"name": "Bob"}})
    assert store.states([lead], [pitch.id])[lead, pitch.id].stale
    assert store.tasks([lead], [pitch.id])[0].stale
    with store.unit("ada", "edit back") as unit:
        unit.edit({lead: {"name": "Ada"}})
    assert not store.states([lead], [pitch.id])[lead, pitch.id].stale


def test_a_cell_written_by_hand_is_locked_and_runs_leave_it(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    lead = a_lead(store, inbox, name="Ada")
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"pitch": "mine"}}, by_hand=True)
    assert store.states([lead], [pitch.id]) == {(lead, pitch.id): CellState(locked=True)}
    with store.unit("run 1", "enrich") as unit:
        unit.settle([a_task(pitch, lead)], {lead: {"pitch": "theirs"}})
    assert cell(store, lead, "pitch") == "mine"
    assert store.states([lead], [pitch.id])[lead, pitch.id].locked


def test_a_cell_cleared_by_hand_is_open_again_and_forgets_its_task(
    store: Store, inbox: int
) -> None:
    pitch = an_ai_column(store)
    lead = a_lead(store, inbox, name="Ada")
    with store.unit("run 1", "enrich") as unit:
        unit.settle([a_task(pitch, lead)], {lead: {"pitch": "theirs"}})
    with store.unit("ada", "edit") as unit:
        unit.edit({lead: {"pitch": "mine"}}, by_hand=True)
    with store.unit("ada", "clear") as unit:
        unit.edit({lead: {"pitch": None}}, by_hand=True)
    assert store.states([lead], [pitch.id]) == {}
    assert store.tasks([lead], [pitch.id]) == []


def test_lock_and_unlock_by_column(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    ids = some_leads(store, inbox, [{"name": "Ada"}, {"name": "Bob"}])
    with store.unit("ada", "lock") as unit:
        assert unit.lock(ids, "pitch", locked=True) == 2
    assert len(store.states(ids, [pitch.id])) == 2
    with store.unit("ada", "unlock") as unit:
        assert unit.lock(ids[:1], "pitch", locked=False) == 1
    assert list(store.states(ids, [pitch.id])) == [(ids[1], pitch.id)]


def test_settles_of_one_run_are_one_unit_in_history(store: Store, inbox: int) -> None:
    pitch = an_ai_column(store)
    ids = some_leads(store, inbox, [{"name": "Ada"}, {"name": "Bob"}])
    run = store.start_run(a_run(pitch), nobody_is_alive)
    store.enqueue(run.id, [(i, pitch.id) for i in ids])
    into = 0
    for lead in ids:
        with store.unit("run 1", "enrich pitch", into=into) as unit:
            unit.settle([a_task(pitch, lead)], {lead: {"pitch": f"Hello {lead}"}})
            into = unit.id
    assert store.units(limit=1)[0].id == into
    assert [c.lead_id for c in store.changes(unit_id=into)] == ids
    assert store.queue_counts(run.id) == {}


def test_threads_that_write_at_the_same_time_lose_nothing(store: Store, inbox: int) -> None:
    lead = a_lead(store, inbox, name="0")
    failures: list[BaseException] = []

    def add_one() -> None:
        try:
            for _ in range(5):
                with store.unit("ada", "count") as unit:
                    unit.edit({lead: {"name": str(int(cell(store, lead, "name")) + 1)}})
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert cell(store, lead, "name") == "20"
    assert len(list(store.changes(lead_id=lead))) == 20


def _pairs(fields):
    return {slot: tuple(pair) for slot, pair in fields.items()}
