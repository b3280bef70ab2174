"""Colours: legible in both themes, told apart in sixteen, none with `NO_COLOR`, signs in ASCII."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from leadsync.tui.actions.app import THEMES
from leadsync.tui.grid.styles import STYLES
from tests.contract.making import a_column, some_leads
from tests.tui.driven import Driven, on_grid
from tests.tui.terminal import Terminal
from tests.tui.test_editing import at

if TYPE_CHECKING:
    from pathlib import Path

    from pyte.screens import Char

FAINT = {"gutter", "dim", "edge", "queued", "no_match"}
"""What may stand back: numbers of rows, and states that say that nothing is there."""
SIGNS = {"running", "waiting", "stale", "held", "locked"}
"""A sign beside a text that has the colour of its cell: 3 to 1 is what the WCAG asks for."""


def contrast(app: Driven, name: str) -> float:
    """How far the text of a style stands out from what is behind it, as the WCAG counts."""
    grid = app.desk.grid
    style = grid.get_component_rich_style(f"grid--{name.replace('_', '-')}")
    assert style.color
    assert style.bgcolor
    text, behind = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
    light, dark = sorted((luminance(text), luminance(behind)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    def part(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * part(colour.r) + 0.7152 * part(colour.g) + 0.0722 * part(colour.b)


@on_grid()
async def test_all_that_is_painted_is_legible_in_the_dark_and_the_light_theme(app: Driven) -> None:
    for theme in ("dark", "light"):
        app.app.theme = THEMES[theme]
        await app.settle()
        found = {name: contrast(app, name) for name in STYLES}
        pale = {
            name: f"{much:.1f}"
            for name, much in found.items()
            if much < (2.5 if name in FAINT else 3.0 if name in SIGNS else 4.0)
        }
        assert not pale, theme


def cell_at(terminal: Terminal, words: str) -> Char:
    """The first character of words on the screen, with its colours."""
    for y, line in enumerate(terminal.screen.display):
        if words in line:
            return terminal.screen.buffer[y][line.index(words)]
    pytest.fail(f"{words} is not there:\n{terminal.text()}")


def look(char: Char) -> tuple[object, ...]:
    return char.fg, char.bg, char.bold, char.reverse


def opened(home: Path, **environment: str) -> Terminal:
    """Four leads: the second is marked, the third and fourth are in a range, the cursor below."""
    path = home / "people.csv"
    rows = "".join(f"p{n}@x.example,Person {n}\n" for n in range(1, 6))
    path.write_text(f"Email,Name\n{rows}", "utf-8")
    with closing(Terminal(home, "import", str(path))) as importing:
        assert importing.ended() == 0
    terminal = Terminal(home, size=(100, 12), **environment)
    terminal.shows("p5@x.example")
    terminal.press("j jvj")
    terminal.shows("range of 2")
    while terminal.read(0.3):
        pass
    return terminal


def test_sixteen_colours_are_the_terminal_s_own_and_tell_all_apart(tmp_path: Path) -> None:
    with closing(opened(tmp_path, TERM="xterm")) as terminal:
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;[25];", terminal.raw)
        looks = [look(cell_at(terminal, f"p{n}@x.example")) for n in (1, 2, 4, 5)]
        assert len(set(looks)) == 4  # plain, marked, in the range, under the cursor
        assert looks[0][:2] == ("default", "default")


def test_no_color_leaves_greys(tmp_path: Path) -> None:
    with closing(opened(tmp_path, NO_COLOR="1", COLORTERM="truecolor")) as terminal:
        colours = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", terminal.raw)
        assert colours
        assert all(r == g == b for r, g, b in colours)
        looks = {look(cell_at(terminal, f"p{n}@x.example")) for n in (1, 2, 4, 5)}
        assert len(looks) == 4


@on_grid(ascii_only=True, size=(80, 24))
async def test_a_terminal_that_knows_ascii_alone_gets_nothing_else(app: Driven) -> None:
    store = app.desk.workspace.store
    a_column(store, "city")
    some_leads(store, 1, [{"name": "山田 太郎", "city": "Łódź – “Centrum” 🚀"}])
    await app.press("f5")
    width = {len(line) for line in app.lines()}
    assert width == {80}
    assert app.text().isascii()
    assert "Jurgen Muller" in app.text()
    assert "????" in app.text()
    at(app, 1, "name")
    for keys in (("o",), ("ctrl+p",), ("?",), ("#",), (".",), ("a",), ("I",), ("A",), ("g", "h")):
        await app.burst(*keys)
        assert app.text().isascii(), keys
        while app.app.screen is not app.desk or app.desk.focused is not app.desk.grid:
            await app.press("escape")
