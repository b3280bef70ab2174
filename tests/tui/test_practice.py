"""Practice in the grid: it can be seen that it is, and it is found from a first start."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

from textual.widgets import OptionList

from leadsync.tui.command_line import command_line
from tests.practising import practising
from tests.tui.driven import Driven, driven, on_grid
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

CTRL_Q = "\x11"


def test_the_status_line_says_practice_and_a_run_fills_marked_cells(tmp_path: Path) -> None:
    async def run() -> None:
        with practising(tmp_path) as workspace:
            async with driven(workspace, (200, 30)) as app:
                assert app.lines()[-1].startswith("PRACTICE  1 / 41")
                await to_column(app, "icebreaker")
                await app.press("r")
                await app.until(lambda: "1 cell to run" in app.text())
                await app.press("enter")
                await app.until(lambda: "run 1 done" in app.text())
                assert "(practice)" in app.cell(1, "icebreaker")
                assert app.lines()[-1].startswith("PRACTICE")

    asyncio.run(run())


async def to_column(app: Driven, key: str) -> None:
    await app.press("c")
    await app.until(lambda: bool(app.app.screen.query(OptionList)))
    await app.fill(key)
    await app.settle()


@on_grid()
async def test_a_real_workspace_does_not_say_so_and_has_a_command_for_it(app: Driven) -> None:
    assert "PRACTICE" not in app.text()
    assert command_line(app.desk, "app.practice") == "leadsync --practice"


@on_grid()
async def test_the_palette_leads_to_the_practice_copy(app: Driven) -> None:
    app.desk.do("app.practice")
    await app.until(lambda: not app.app.is_running)
    assert app.app.goes_to_practice


def test_the_practice_copy_has_none_of_its_own(tmp_path: Path) -> None:
    async def run() -> None:
        with practising(tmp_path) as workspace:
            async with driven(workspace, (160, 30)) as app:
                app.desk.do("app.practice")
                await app.settle()
                assert "this is the practice copy" in app.text()
                for action in ("files.push_instantly", "files.add_hook", "app.keys"):
                    app.desk.say("")
                    app.desk.do(action)
                    await app.settle()
                    assert "this is not done in practice" in app.text()
                assert app.app.is_running

    asyncio.run(run())


def test_a_first_start_leads_to_practice_in_a_real_terminal(tmp_path: Path) -> None:
    with closing(Terminal(tmp_path, size=(140, 40))) as terminal:
        terminal.shows("Practise on invented people")
        terminal.press("practise\r")
        terminal.shows("PRACTICE")
        terminal.shows("1 / 41")
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
