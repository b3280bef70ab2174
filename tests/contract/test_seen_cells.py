"""A cell that is typed anew is stored only where it is still what its editor saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.definitions import remove_column
from leadsync.core.errors import InputError, NotFound
from leadsync.core.history import list_units, undo
from leadsync.core.leads.block_edits import edit_block
from leadsync.core.leads.editing import add_lead, edit_leads, trash_leads
from leadsync.core.leads.seen_cells import SeenCell, edit_seen

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


@pytest.fixture
def lead(workspace: Workspace) -> int:
    return add_lead(workspace, "Inbox", {"email": "ada@example.com", "title": "CTO"})


def title(workspace: Workspace, lead: int) -> object:
    return workspace.store.rows([lead], ["title"])[0][0]


def test_what_nobody_changed_is_stored_as_one_unit(workspace: Workspace, lead: int) -> None:
    assert edit_seen(workspace, SeenCell(lead, "title", "CTO"), "CEO") is None
    assert title(workspace, lead) == "CEO"
    assert list_units(workspace.store, 1)[0].label == f"edit lead {lead}: title"


def test_what_somebody_changed_is_shown_and_stored_when_it_was_seen(
    workspace: Workspace, lead: int
) -> None:
    edit_leads(workspace, [lead], {"title": "CFO"})
    units = len(list_units(workspace.store))
    now = edit_seen(workspace, SeenCell(lead, "title", "CTO"), "CEO")
    assert now == SeenCell(lead, "title", "CFO")
    assert title(workspace, lead) == "CFO"
    assert len(list_units(workspace.store)) == units
    assert now is not None
    assert edit_seen(workspace, now, "CEO") is None
    assert title(workspace, lead) == "CEO"


def test_nothing_typed_and_the_same_typed_are_no_difference(
    workspace: Workspace, lead: int
) -> None:
    edit_leads(workspace, [lead], {"title": "CFO"})
    assert edit_seen(workspace, SeenCell(lead, "title", "CTO"), "CTO") is None
    assert edit_seen(workspace, SeenCell(lead, "title", "CTO"), "CFO") is None
    assert title(workspace, lead) == "CFO"


def test_a_column_that_was_removed_is_not_made_anew(workspace: Workspace, lead: int) -> None:
    remove_column(workspace, "title")
    removal = list_units(workspace.store, 1)[0].id
    with pytest.raises(InputError, match='column "title" was removed meanwhile'):
        edit_seen(workspace, SeenCell(lead, "title", "CTO"), "CEO")
    with pytest.raises(InputError, match='column "title" was removed meanwhile'):
        edit_leads(workspace, [lead], {"title": "CEO"}, may_make=False)
    with pytest.raises(InputError, match='column "title" was removed meanwhile'):
        edit_block(workspace, {lead: {"title": "CEO"}}, "paste", may_make=False)
    undo(workspace, removal)
    assert title(workspace, lead) == "CTO"


def test_a_lead_in_the_trash_is_written_only_by_who_saw_it_there(
    workspace: Workspace, lead: int
) -> None:
    trash_leads(workspace, [lead])
    with pytest.raises(InputError, match=f"lead {lead} is in the trash"):
        edit_seen(workspace, SeenCell(lead, "title", "CTO"), "CEO")
    assert title(workspace, lead) == "CTO"
    assert edit_seen(workspace, SeenCell(lead, "title", "CTO", is_trashed=True), "CEO") is None
    assert title(workspace, lead) == "CEO"


def test_a_lead_whose_making_was_taken_back_is_not_there(workspace: Workspace, lead: int) -> None:
    undo(workspace)
    with pytest.raises(NotFound, match=f'no lead "{lead}"'):
        edit_seen(workspace, SeenCell(lead, "name", None), "Ada")
    with pytest.raises(NotFound, match='no lead "77"'):
        edit_seen(workspace, SeenCell(77, "name", None), "Ada")
