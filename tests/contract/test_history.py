"""History in words, undo and redo, and the story of one lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.definitions import ColumnSpec, add_column, remove_column
from leadsync.core.errors import InputError, NotFound
from leadsync.core.history import (
    describe,
    lead_history,
    list_units,
    redo,
    redo_candidates,
    undo,
    undo_candidates,
)
from leadsync.core.leads.editing import add_lead, edit_leads, move_leads, tag_leads, trash_leads
from tests.contract.importing import a_csv, importing
from tests.contract.making import a_task, an_ai_column, cell

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


def ada(workspace: Workspace) -> int:
    return add_lead(workspace, "Inbox", {"email": "ada@example.com", "name": "Ada"})


def test_units_are_told_in_words(workspace: Workspace) -> None:
    importing(workspace.store, a_csv(["Email"], ["a@x.example"], ["b@x.example"]))
    lead = ada(workspace)
    trash_leads(workspace, [lead])
    add_column(workspace, ColumnSpec("city"))
    assert [describe(unit) for unit in list_units(workspace.store)] == [
        "add column city",
        f"remove lead {lead}: 1 lead moved to the trash",
        "add lead: 1 lead added",
        "import leads.csv: 2 leads added",
    ]
    assert len(list_units(workspace.store, limit=2)) == 2


def test_undo_goes_back_step_by_step_and_redo_forward_again(workspace: Workspace) -> None:
    lead = ada(workspace)
    for name in ("B", "C"):
        edit_leads(workspace, [lead], {"name": name})
    assert [describe(u) for u in undo_candidates(workspace.store, 2)] == [
        f"edit lead {lead}: name: 1 lead changed"
    ] * 2
    undo(workspace)
    assert cell(workspace.store, lead, "name") == "B"
    undo(workspace)
    assert cell(workspace.store, lead, "name") == "Ada"
    assert [u.label for u in undo_candidates(workspace.store, 9)] == ["add lead"]
    assert [u.id for u in redo_candidates(workspace.store, 9)] == [2, 3]
    redo(workspace)
    assert cell(workspace.store, lead, "name") == "B"
    redo(workspace)
    assert cell(workspace.store, lead, "name") == "C"
    with pytest.raises(InputError, match="nothing to redo"):
        redo(workspace)


def test_a_unit_that_was_redone_can_be_undone_again(workspace: Workspace) -> None:
    ada(workspace)
    for _ in range(2):
        undo(workspace)
        assert workspace.store.count({}) == 0
        redo(workspace)
        assert workspace.store.count({}) == 1


def test_any_unit_is_undone_and_redone_by_its_number(workspace: Workspace) -> None:
    lead = ada(workspace)
    edit_leads(workspace, [lead], {"name": "B"})
    tag_leads(workspace, [lead], add=["vip"])
    assert undo(workspace, 2).label == f"edit lead {lead}: name"
    assert workspace.store.rows([lead], ["name", "tags"]) == [("Ada", ("vip",))]
    with pytest.raises(InputError, match="unit 2 is undone already"):
        undo(workspace, 2)
    redo(workspace, 2)
    assert workspace.store.rows([lead], ["name", "tags"]) == [("B", ("vip",))]
    with pytest.raises(InputError, match="unit 2 is not undone"):
        redo(workspace, 2)
    for act in (undo, redo):
        with pytest.raises(NotFound, match='no unit "99"'):
            act(workspace, 99)


def test_an_empty_history_has_nothing_to_undo(workspace: Workspace) -> None:
    assert undo_candidates(workspace.store) == []
    with pytest.raises(InputError, match="nothing to undo"):
        undo(workspace)


def test_the_story_of_a_lead_names_fields_and_says_what_is_undone(workspace: Workspace) -> None:
    lead = ada(workspace)
    pitch = an_ai_column(workspace.store)
    edit_leads(workspace, [lead], {"name": "Eve", "pitch": "mine"})
    undo(workspace)
    with workspace.store.unit("run", "enrich pitch") as unit:
        unit.settle([a_task(pitch, lead, {"name": "Ada"})], {lead: {"pitch": "Hi"}})
    tag_leads(workspace, [lead], add=["vip"])
    move_leads(workspace, [lead], "Q4")
    told = [(line.field, line.before, line.after, line.is_undone)
            for line in lead_history(workspace, lead)]  # fmt: skip
    assert told[0] == ("", "", f"lead {lead}", False)
    assert set(told[1:4]) == {
        ("name", "Ada", "Eve", True),
        ("pitch", "", "mine", True),
        ("lock pitch", "", "locked", True),
    }
    assert set(told[4:6]) == {
        ("pitch.status", "", "success value", False),
        ("pitch", "", "Hi", False),
    }
    assert told[6:] == [("tag", "", "vip", False), ("campaign", "Inbox", "Q4", False)]


def test_the_story_of_one_field_leaves_out_the_others(workspace: Workspace) -> None:
    lead = ada(workspace)
    add_column(workspace, ColumnSpec("city"))
    edit_leads(workspace, [lead], {"name": "Eve", "city": "Rome"})
    assert [line.after for line in lead_history(workspace, lead, "city")] == ["Rome"]
    assert [line.after for line in lead_history(workspace, lead, "name")] == ["Eve"]
    with pytest.raises(NotFound, match='did you mean "city"'):
        list(lead_history(workspace, lead, "ctiy"))
    remove_column(workspace, "city")
    assert "removed column 1" in {line.field for line in lead_history(workspace, lead)}
