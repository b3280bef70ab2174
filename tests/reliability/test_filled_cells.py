"""Filled cells that a column did not write: runs keep them, unless all cells are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.engine.cells import CellReader, Scope, read_subjects
from leadsync.core.engine.plan_text import plan_lines
from leadsync.core.history import undo
from leadsync.core.provenance import explain
from tests.reliability.run_making import (
    WRITTEN,
    an_ai_column,
    an_outreach_column,
    enrich,
    people,
    plan_of,
)
from tests.servers.openai_server import OpenAIServer, error

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


@pytest.fixture
def workspace(on_each_engine: Workspace) -> Workspace:
    return on_each_engine


def imported(workspace: Workspace, lead_id: int, **cells: str) -> None:
    """Set cells as an import does."""
    with workspace.store.unit(workspace.actor, "import texts.csv") as unit:
        unit.edit({lead_id: dict(cells)})


def cells(workspace: Workspace, lead_id: int) -> dict[str, Any]:
    (row,) = workspace.store.rows([lead_id], WRITTEN)
    return dict(zip(WRITTEN, row, strict=True))


def words_of(workspace: Workspace, *keys: str, **options: Any) -> str:
    return "\n".join(plan_lines(plan_of(workspace, *keys, **options)))


def two_imported(workspace: Workspace) -> list[int]:
    """Three leads: one with all four texts from a file, one with one of them, one with none."""
    leads = people(workspace, 3)
    an_outreach_column(workspace)
    imported(workspace, leads[0], **{key: f"own {key}" for key in WRITTEN})
    imported(workspace, leads[1], icebreaker="own icebreaker")
    return leads


def test_imported_texts_stay_when_one_call_fills_several_columns(
    server: OpenAIServer, workspace: Workspace
) -> None:
    full, part, blank = two_imported(workspace)
    said = words_of(workspace, "outreach")
    assert "2 cells to run, 1 filled cell stays as it is, 1 filled already" in said
    enrich(workspace, "outreach")
    assert len(server.requests) == 2
    assert cells(workspace, full) == {key: f"own {key}" for key in WRITTEN}
    assert cells(workspace, part)["icebreaker"] == "own icebreaker"
    assert all(cells(workspace, part).values())
    assert all(cells(workspace, blank).values())


def test_they_stay_in_a_second_run_too_while_what_the_column_wrote_is_replaced(
    workspace: Workspace,
) -> None:
    _, part, _ = two_imported(workspace)
    enrich(workspace, "outreach")
    before = cells(workspace, part)
    imported(workspace, part, title="Another title")
    doc = plan_of(workspace, "outreach").to_doc()["columns"][0]
    assert (doc["run"], doc["kept"], doc["replaced"], doc["filled"]) == (1, 1, 0, 1)
    enrich(workspace, "outreach")
    after = cells(workspace, part)
    assert after["icebreaker"] == "own icebreaker"
    assert all(after[key] != before[key] for key in WRITTEN if key != "icebreaker")


def test_a_text_that_an_import_put_over_a_written_one_stays(workspace: Workspace) -> None:
    (lead,) = people(workspace, 1)
    an_outreach_column(workspace)
    enrich(workspace, "outreach")
    imported(workspace, lead, pitch="a better pitch", title="Another title")
    enrich(workspace, "outreach")
    assert cells(workspace, lead)["pitch"] == "a better pitch"


def test_all_replaces_and_says_how_many_and_undo_brings_them_back(workspace: Workspace) -> None:
    full, _, _ = two_imported(workspace)
    assert "3 cells to run, 5 filled cells from elsewhere are replaced" in words_of(
        workspace, "outreach", scope=Scope.ALL
    )
    enrich(workspace, "outreach", scope=Scope.ALL)
    assert not set(cells(workspace, full).values()) & {f"own {key}" for key in WRITTEN}
    undo(workspace)
    assert cells(workspace, full) == {key: f"own {key}" for key in WRITTEN}


def test_only_the_plan_looks_who_wrote_cells_that_are_all_replaced(workspace: Workspace) -> None:
    (lead,) = people(workspace, 1)
    column = an_outreach_column(workspace)
    enrich(workspace, "outreach")
    imported(workspace, lead, title="Another title")
    subjects = read_subjects(workspace.store, [column])
    for replaces in (False, True):
        reader = CellReader(workspace.store, subjects, replaces=replaces)
        (planned,) = reader.scan({})
        assert set(planned.metas) == {column.id}
        assert set(reader.read([lead])[lead].metas) == (set() if replaces else {column.id})


def test_what_was_kept_is_not_said_to_be_written_by_the_run(workspace: Workspace) -> None:
    _, part, _ = two_imported(workspace)
    enrich(workspace, "outreach")
    assert explain(workspace, part, "icebreaker").origin == "import"
    assert explain(workspace, part, "pitch").origin == "run"


def test_a_failed_cell_that_an_import_filled_is_not_asked_again(
    server: OpenAIServer, workspace: Workspace
) -> None:
    (lead,) = people(workspace, 1)
    an_ai_column(workspace)
    server.behave = lambda _request: error(400)
    enrich(workspace, "intro")
    imported(workspace, lead, intro="from a file")
    server.behave = lambda _request: None
    asked = len(server.requests)
    said = words_of(workspace, "intro", scope=Scope.FAILED)
    assert "0 cells to run, 1 filled already (--scope all replaces them)" in said
    enrich(workspace, "intro", scope=Scope.FAILED)
    assert len(server.requests) == asked
    assert workspace.store.rows([lead], ["intro"])[0][0] == "from a file"


def test_a_stale_cell_of_one_column_is_replaced_as_ever(workspace: Workspace) -> None:
    (lead,) = people(workspace, 1)
    an_ai_column(workspace)
    enrich(workspace, "intro")
    (before,) = workspace.store.rows([lead], ["intro"])
    imported(workspace, lead, title="Another title")
    enrich(workspace, "intro")
    assert workspace.store.rows([lead], ["intro"])[0] != before
