"""Who may push into a sheet and pull from it: reading a sheet needs no more than reading leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.access.rights import Role
from leadsync.core.errors import AccessError
from leadsync.core.selection import select
from leadsync.core.sync.armed_tables import arm_table
from leadsync.core.sync.table_pull import pull_table
from leadsync.core.sync.table_push import PushWish, plan_push
from leadsync.core.sync.table_writing import push_table
from leadsync.core.sync.tables import open_table
from tests.contract.access.team import GRACE, VERA, Team
from tests.servers.google_files import sheets_environment
from tests.servers.sheets_server import SheetsServer

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.sync.tables import Table
    from leadsync.core.workspace import Workspace

URL = "https://docs.google.com/spreadsheets/d/1q4Leads/edit"


def the_table(workspace: Workspace, server: SheetsServer, folder: Path) -> Table:
    environment = workspace.config._environment | sheets_environment(server, folder)
    workspace.config = replace(workspace.config, _environment=environment)
    return open_table(workspace.config, "sheets", URL)


def test_a_viewer_may_compare_and_neither_push_nor_pull(filled: Team, tmp_path: Path) -> None:
    filled.add(VERA, Role.VIEWER)
    filled.add(GRACE, Role.MEMBER)
    server = SheetsServer()
    server.add_file()
    with server.running():
        with filled.open(VERA) as workspace:
            table = the_table(workspace, server, tmp_path)
            wish = PushWish(select(workspace), ("email",))
            assert len(plan_push(workspace, table, wish).adds) == 2
            with pytest.raises(AccessError, match="may not"):
                push_table(workspace, table, wish)
            with pytest.raises(AccessError, match="may not"):
                pull_table(workspace, table)
            with pytest.raises(AccessError, match="may not"):
                arm_table(workspace, table, "sheets", URL)
        assert server.writes == 0
        with filled.open(GRACE) as workspace:
            table = the_table(workspace, server, tmp_path)
            wish = PushWish(select(workspace), ("email",))
            assert push_table(workspace, table, wish).added == 2
            assert pull_table(workspace, table).leads == 0
