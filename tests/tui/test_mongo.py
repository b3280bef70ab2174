"""The same grid on a MongoDB store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.leads.editing import edit_leads
from leadsync.core.workspace import Workspace
from tests.entering import token_for
from tests.tui.conftest import people
from tests.tui.driven import driven

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.mongo
def test_the_grid_edits_sorts_filters_and_reloads_on_mongodb(
    mongo_db_url: str, tmp_path: Path
) -> None:
    env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "ada", **token_for(mongo_db_url)}

    async def run(workspace: Workspace) -> None:
        async with driven(workspace) as app:
            number = app.desk.grid.layout_now.number("title")
            app.desk.grid.jump(row=2, column=number)
            await app.press("enter", "x", "enter")
            await app.until(lambda: app.cell(3, "title") == "Codebreakerx")
            await app.press("]")
            await app.until(lambda: list(app.desk.model.ids) == [2, 1, 4, 3, 5])
            await app.press("g", "f", "f")
            await app.fill("country:GB")
            await app.until(lambda: list(app.desk.model.ids) == [1, 3])
            edit_leads(workspace, [1], {"country": "FR"})
            await app.until(lambda: list(app.desk.model.ids) == [3])

    with Workspace.open(load_config({"store": mongo_db_url}, env)) as workspace:
        people(workspace)
        asyncio.run(run(workspace))
