"""What a file of a stranger holds never steers the terminal, wherever the grid shows it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.color import Color

from leadsync.core.config import load_config
from leadsync.core.leads.editing import edit_leads
from leadsync.core.workspace import Workspace
from leadsync.tui.visible_lines import VisibleLines
from tests.contract.importing import a_csv, importing
from tests.tui.driven import Driven, on_grid
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

CELL = "\x1b]0;PWNED\x07\x1b[9;9Hmoved\u202eend"
LABEL = "\x1b]0;HDR\x07Odd"
RAW = (b"]0;PWNED", b"[9;9Hmoved", b"]0;HDR")
SIGN = "\u241b"  # of Escape


def a_workspace(home: Path) -> None:
    """One lead of a file whose cell and header are sequences that steer a terminal."""
    path = home / "odd.csv"
    path.write_text(f'Email,Title,"{LABEL}"\nada@lovelace.example,"{CELL}",x\n', "utf-8")
    with Workspace.open(load_config({}, {"LEADSYNC_HOME": str(home / "home")})) as workspace:
        importing(workspace.store, path)


def assert_unsteered(terminal: Terminal) -> None:
    """Nothing of the file was written as it stands there."""
    assert "HDR" not in terminal.screen.title
    assert "PWNED" not in terminal.screen.title
    assert "\u202e".encode() not in terminal.raw
    for words in RAW:
        assert b"\x1b" + words not in terminal.raw


def test_neither_editor_nor_status_line_nor_prompt_nor_header_steers(tmp_path: Path) -> None:
    a_workspace(tmp_path)
    with closing(Terminal(tmp_path)) as terminal:
        terminal.shows("ada@lovelace.example")
        terminal.press("c")
        terminal.shows("Go to column")
        terminal.press("title\r")
        terminal.until(lambda text: "Go to column" not in text)
        terminal.press("\r")
        terminal.until(lambda text: text.count("moved") == 1 and f"{SIGN}]0;PWNED" in text)
        terminal.press("\r")  # as it stands: nothing is changed
        terminal.press("=")
        terminal.until(lambda text: "title=" in text.splitlines()[-1])
        terminal.press("f")
        terminal.shows("Filter:")
        terminal.press("\x1b")
        terminal.until(lambda text: "Filter:" not in text)
        terminal.press("$*")
        terminal.shows(f"Replace in {SIGN}]0;HDR")
        terminal.press("\x1b")
        terminal.until(lambda text: "Replace in" not in text)
        terminal.press("^")
        terminal.until(lambda text: f"Label:  {SIGN}]0;HDR" in text)
        terminal.press("\x1b")
        terminal.until(lambda text: "Label:" not in text)
        assert_unsteered(terminal)
        assert f"{SIGN}]0;HDR" in terminal.text().splitlines()[0]
        terminal.press("\x11")
        assert terminal.ended() == 0
        assert_unsteered(terminal)


@on_grid()
async def test_what_is_not_typed_over_stays_as_it_was_stored(app: Driven) -> None:
    text = "a\x1b[2Jb\x0bc\x85d\u202ee"
    edit_leads(app.desk.workspace, [1], {"title": text})
    await app.until(lambda: "\u241b[2Jb" in app.text())
    await app.press("g", "g")
    app.desk.grid.jump(row=0, column=app.desk.grid.layout_now.number("title"))
    await app.press("enter", "enter")
    assert app.here[0] == 2
    assert app.cell(1, "title") == text


@on_grid()
async def test_what_is_typed_beside_a_control_character_leaves_it_there(app: Driven) -> None:
    edit_leads(app.desk.workspace, [1], {"title": "a\x1b[2Jb"})
    await app.until(lambda: "\u241b[2Jb" in app.text())
    app.desk.grid.jump(row=0, column=app.desk.grid.layout_now.number("title"))
    await app.press("enter", "!")
    assert "a\u241b[2Jb!" in app.text()
    await app.press("enter")
    assert app.cell(1, "title") == "a\x1b[2Jb!"


@on_grid()
async def test_labels_are_shown_by_signs_in_every_panel(app: Driven) -> None:
    file = a_csv(["Email", LABEL], ["odd@x.example", CELL])
    importing(app.desk.workspace.store, file)
    key = next(c.key for c in app.desk.workspace.store.columns() if "HDR" in c.label)
    await app.until(lambda: app.desk.grid.layout_now.number(key) is not None)
    for key_of_panel in "cC^&#S=f/Wax":
        app.desk.grid.jump(column=app.desk.grid.layout_now.number(key))
        await app.press(key_of_panel)
        assert "\x1b" not in app.text()
        assert "\x07" not in app.text()
        await app.press("escape", "escape")


def test_a_line_that_would_steer_is_drawn_in_the_same_width() -> None:
    line = [Segment("a\x1b[2J\u202eb"), Segment("plain   ")]
    drawn = VisibleLines().apply(line, Color(0, 0, 0))
    text = "".join(segment.text for segment in drawn)
    assert text == "a\u241b[2J\ufffdbplain "
    assert sum(segment.cell_length for segment in drawn) == sum(s.cell_length for s in line)
    plain = [Segment("plain"), Segment("zoë")]
    assert VisibleLines().apply(plain, Color(0, 0, 0)) is plain
