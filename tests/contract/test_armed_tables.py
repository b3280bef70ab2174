"""Tables that are armed get what a run has touched, and nothing that was not armed gets anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.engine.stop import StopSignal
from leadsync.core.leads.editing import edit_leads
from leadsync.core.suppression import suppress
from leadsync.core.sync.armed_tables import (
    arm_table,
    armed_after,
    disarm_table,
    list_armed,
    push_after_run,
)
from leadsync.core.sync.tables import open_table
from leadsync.core.workspace import Workspace
from tests.contract.making import a_campaign, a_column, some_leads
from tests.servers.google_files import sheets_environment
from tests.servers.sheets_server import QUOTA, SheetsServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.store.protocol import Store

URL = "https://docs.google.com/spreadsheets/d/1q4Leads/edit"


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    made = SheetsServer()
    made.add_file("1q4Leads", "Q4", "Sheet1", "Other")
    with made.running():
        yield made


@pytest.fixture
def workspace(store: Store, server: SheetsServer, tmp_path: Path) -> Workspace:
    env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "ada"}
    return Workspace(store, load_config({}, env | sheets_environment(server, tmp_path)))


@pytest.fixture
def unit_id(workspace: Workspace) -> int:
    """What a run would have done: three of four leads got a pitch."""
    store = workspace.store
    inbox = a_campaign(store)
    a_column(store, "country")
    a_column(store, "pitch")
    leads = some_leads(store, inbox, [
        {"email": f"{name}@{name}.example", "country": country}
        for name, country in (("ada", "GB"), ("grace", "US"), ("alan", "GB"), ("zoe", "GB"))
    ])  # fmt: skip
    edit_leads(workspace, leads[:3], {"pitch": "Hi"})
    return store.units()[0].id


def arm(workspace: Workspace, tab: str = "", where: str = "country:GB") -> None:
    table = open_table(workspace.config, "sheets", URL, tab)
    arm_table(workspace, table, "sheets", URL, where=where, columns=("email", "pitch"))


def emails(server: SheetsServer, tab: str = "Sheet1") -> list[str]:
    return [row[1] for row in server.files["1q4Leads"].tab(tab).table()[1:]]


def test_touched_leads_that_were_chosen_are_pushed(
    workspace: Workspace, unit_id: int, server: SheetsServer
) -> None:
    assert push_after_run(workspace, unit_id, StopSignal()) == []
    assert server.reads == 0
    arm(workspace)
    suppress(workspace, ["alan.example"])
    (end,) = push_after_run(workspace, unit_id, StopSignal())
    assert end.is_done
    assert 'sheet "Q4 / Sheet1": 1 row added' in end.words
    assert emails(server) == ["ada@ada.example"]


def test_a_table_is_armed_once_and_each_tab_by_itself(
    workspace: Workspace, unit_id: int, server: SheetsServer
) -> None:
    arm(workspace)
    arm(workspace, where="country:US")
    arm(workspace, "Other")
    assert [(a.ledger, a.where) for a in list_armed(workspace.store)] == [
        ("sheets:1q4Leads/Sheet1", "country:US"), ("sheets:1q4Leads/Other", "country:GB"),
    ]  # fmt: skip
    assert all(end.is_done for end in push_after_run(workspace, unit_id, StopSignal()))
    assert (len(emails(server)), len(emails(server, "Other"))) == (1, 2)
    server.files.clear()  # disarming asks nobody
    assert [armed.tab for armed in disarm_table(workspace, "sheets", URL, "Other")] == ["Other"]
    assert len(disarm_table(workspace, "sheets", URL)) == 1
    assert disarm_table(workspace, "sheets", URL) == []


def test_what_is_left_there_is_named_and_is_a_problem(
    workspace: Workspace, unit_id: int, server: SheetsServer
) -> None:
    arm(workspace)
    push_after_run(workspace, unit_id, StopSignal())
    server.files["1q4Leads"].tab("Sheet1").type("C2", "Ours")
    edit_leads(workspace, [1], {"pitch": "Ho"})
    (end,) = push_after_run(workspace, unit_id, StopSignal())
    assert not end.is_done
    assert "changed on both sides, left as they are: C2 pitch" in end.words


def test_what_fails_is_told_and_a_stop_ends_even_a_wait(
    workspace: Workspace, unit_id: int, server: SheetsServer
) -> None:
    arm(workspace)
    server.denied = True
    (end,) = push_after_run(workspace, unit_id, StopSignal())
    assert (end.is_done, server.writes) == (False, 0)
    assert "may not read" in end.words
    stop = StopSignal()
    server.denied, server.special = False, [QUOTA] * 9
    slow = replace(workspace.config, _environment={
        **workspace.config._environment, "LEADSYNC_RETRY_BASE_S": "60",
    })  # fmt: skip
    workspace.config = slow
    stop.request()
    (end,) = push_after_run(workspace, unit_id, stop)
    assert "stopped" in end.words
    assert len(server.special) == 9


def test_a_run_that_changed_nothing_or_is_practice_pushes_nothing(
    workspace: Workspace, unit_id: int, server: SheetsServer
) -> None:
    arm(workspace)
    reads = server.reads
    assert push_after_run(workspace, 999, StopSignal()) == []
    assert armed_after(workspace) == list_armed(workspace.store) != []
    workspace.config = replace(workspace.config, is_practice=True)
    assert armed_after(workspace) == []
    assert push_after_run(workspace, unit_id, StopSignal()) == []
    assert server.reads == reads
