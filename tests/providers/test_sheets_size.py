"""How many requests 20,000 leads of 15 cells take in a Google spreadsheet, and how long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from leadsync.core.config import load_config
from leadsync.core.leads.editing import edit_leads
from leadsync.core.selection import select
from leadsync.core.sync.table_push import PushWish
from leadsync.core.sync.table_writing import push_table
from leadsync.core.sync.tables import open_table
from leadsync.core.workspace import Workspace
from tests.contract.making import a_campaign, a_column
from tests.servers.google_files import sheets_environment
from tests.servers.sheets_server import SheetsServer

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.sync.table_writing import Pushed

URL = "https://docs.google.com/spreadsheets/d/1q4Leads/edit"
LEADS = 20_000
KEYS = [f"field_{n:02}" for n in range(14)]
FIELDS = ["email", *KEYS]


def test_twenty_thousand_leads_need_few_requests(tmp_path: Path) -> None:
    server = SheetsServer()
    tab = server.add_file().tabs[0]
    with server.running():
        env = {"LEADSYNC_HOME": str(tmp_path), "USER": "ada"}
        config = load_config({}, env | sheets_environment(server, tmp_path))
        with Workspace.open(config) as workspace:
            fill(workspace)
            first = timed_push(workspace, server, "first push")
            assert first.added == LEADS
            assert server.writes <= 12
            assert server.largest <= 2_000_000
            timed_push(workspace, server, "the same again")
            assert server.writes == 0
            edit_leads(workspace, workspace.store.ids({}), {"field_03": "new"})
            assert timed_push(workspace, server, "a column changed").changed == LEADS
            assert server.writes == 1
    assert {row[5] for row in tab.table()[1:]} == {"new"}


def fill(workspace: Workspace) -> None:
    store = workspace.store
    inbox = a_campaign(store)
    for key in KEYS:
        a_column(store, key)
    with store.unit("ada", "import") as unit:
        unit.add_leads(inbox, FIELDS, [
            [f"person{n}@company{n % 900}.example", *(f"cell {n} of {key}" for key in KEYS)]
            for n in range(LEADS)
        ])  # fmt: skip


def timed_push(workspace: Workspace, server: SheetsServer, what: str) -> Pushed:
    server.forget_counts()
    began = time.perf_counter()
    table = open_table(workspace.config, "sheets", URL)
    done = push_table(workspace, table, PushWish(select(workspace), tuple(FIELDS)))
    passed = time.perf_counter() - began
    print(f"{what}: {server.writes} writes, {server.reads} reads, {passed:.1f} s")
    return done
