"""Cells from strangers draw nothing outside their cell; text is cut by cells of the terminal."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from leadsync.core.leads.editing import edit_leads
from leadsync.core.models import ColumnType
from leadsync.tui.grid.cell_text import cell_text, fit, fit_words, pad, width_of
from leadsync.tui.grid.cursor import Cursor, Extent, begin_range, clamp, jump, move
from leadsync.tui.grid.layout import Field, Layout
from leadsync.tui.grid.marks import Marks
from leadsync.tui.grid.paint import HeaderSigns, Palette, RowLook, paint_header, paint_row
from leadsync.tui.grid.styles import STYLES
from leadsync.tui.grid.window import PreparedRow
from tests.tui.driven import Driven, on_grid

NASTY = [
    "\x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred",
    "[bold red]markup[/] [@click=app.bell]x[/]",
    "\u202egnp.exe\u2066x",
    "x" * 1_000_000,
    "\u5c71\u7530 \u592a\u90ce" * 30,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f \U0001f44d\U0001f3fd",
    "e" + "\u0301" * 50,
    "\u0301\u0302 begins with marks",
    "tab\there\r\nand\x00there\x85",
    "\u05d0\u05d1\u05d2 \u0639\u0631\u0628\u064a",
]
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200d\ufe0f]")
any_text = st.text(max_size=300) | st.sampled_from(NASTY)


@given(any_text, st.integers(1, 60))
@example("\u5c71" * 9, 2)
def test_cut_text_never_exceeds_its_cells(text: str, width: int) -> None:
    shown = pad(fit(cell_text(text), width), width)
    assert cell_len(shown) == width
    assert width_of(shown) == width


@given(
    st.lists(st.sampled_from(["run", "of", "\u5c71\u7530", "3,000"]), max_size=20),
    st.integers(1, 60),
)
def test_text_is_cut_between_words(words: list[str], width: int) -> None:
    shown = fit_words("  ".join(words), width)
    assert cell_len(shown) <= width
    kept = shown.removesuffix("\u2026").split()
    assert kept == words[: len(kept)]
    assert (len(kept) < len(words)) == shown.endswith("\u2026")


@given(any_text)
def test_prepared_text_has_nothing_that_steers_or_hides(text: str) -> None:
    shown = cell_text(text)
    assert not UNSAFE.search(shown)
    assert len(shown) < 240 * 8 + 1


fields = st.lists(
    st.builds(
        Field,
        key=st.text("abc", min_size=1, max_size=3),
        label=st.sampled_from(["Name", "\u540d\u524d", "A long label of a column"]),
        type=st.sampled_from(ColumnType),
        width=st.integers(3, 40),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(fields, st.integers(0, 3), st.integers(0, 120), st.integers(20, 100), st.data())
def test_a_line_fills_the_width_exactly(
    columns: list[Field], frozen: int, scroll: int, width: int, data: st.DataObject
) -> None:
    layout = Layout(tuple(columns), min(frozen, len(columns)), 8)
    pieces = layout.visible(scroll, width)
    covered = 0
    for piece in pieces:
        assert piece.width > 0
        assert piece.x >= covered
        covered = piece.x + piece.width
    assert covered <= width
    palette = Palette({name: Style() for name in STYLES}, ascii_only=data.draw(st.booleans()))
    cells = tuple(cell_text(data.draw(any_text)) for _ in columns)
    states = ((0, data.draw(st.sampled_from(["error", "stale", "queued", "locked"]))),)
    look = RowLook(data.draw(st.integers(-1, 2)), range(1, 3), edge=layout.frozen - 1)
    row = PreparedRow(cells, states)
    for strip in (
        paint_row(row, 7, layout, pieces, look, palette, width),
        paint_row(None, 7, layout, pieces, look, palette, width),
        paint_header(layout, pieces, HeaderSigns((), {}), look, palette, width),
    ):
        assert sum(cell_len(segment.text) for segment in strip) == width


@given(fields, st.integers(0, 3), st.integers(0, 200), st.integers(60, 120))
def test_a_column_that_is_scrolled_to_is_seen(
    columns: list[Field], frozen: int, scroll: int, width: int
) -> None:
    layout = Layout(tuple(columns), min(frozen, len(columns)), 4)
    for number in range(len(columns)):
        x = layout.scroll_for(number, scroll, width)
        if layout.frozen_width + 3 < width:
            shown = [piece.number for piece in layout.visible(x, width)]
            assert number in shown or number < layout.frozen


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.booleans())),
    st.integers(0, 5),
    st.integers(0, 5),
)
def test_the_cursor_never_leaves_the_data(
    steps: list[tuple[int, int, bool]], rows: int, columns: int
) -> None:
    extent, cursor = Extent(rows, columns), Cursor()
    for down, right, opens in steps:
        cursor = begin_range(cursor) if opens else cursor
        cursor = jump(move(cursor, extent, rows=down, columns=right), extent, row=down)
        cursor = clamp(cursor, extent)
        assert 0 <= cursor.row < max(rows, 1)
        assert 0 <= cursor.column < max(columns, 1)
        assert set(cursor.rows()) <= set(range(max(rows, 1)))
        assert set(cursor.columns(extent)) <= set(range(columns))


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "toggle"]), st.integers(1, 9000))))
def test_marks_are_a_set_of_leads(acts: list[tuple[str, int]]) -> None:
    marks, expected = Marks(), set[int]()
    for act, lead in acts:
        getattr(marks, act)([lead])
        if act == "add" or (act == "toggle" and lead not in expected):
            expected.add(lead)
        else:
            expected.discard(lead)
    assert (list(marks.ids()), marks.count) == (sorted(expected), len(expected))


@on_grid(size=(100, 20))
async def test_nasty_cells_leave_the_lines_as_they_are(app: Driven) -> None:
    for n, text in enumerate(NASTY):
        edit_leads(app.desk.workspace, [n % 5 + 1], {"title": text, "name": text})
        await app.until(lambda: not app.desk.live._order_due)
        await app.settle()
        for line in app.lines():
            assert cell_len(line) == 100
            assert not UNSAFE.search(line)
        assert app.lines()[n % 5 + 1].lstrip("›● ").startswith(str(n % 5 + 1))


@on_grid(ascii_only=True)
async def test_signs_are_ascii_where_the_terminal_has_nothing_else(app: Driven) -> None:
    await app.press("space", "[")
    assert [c for line in (app.lines()[0], app.lines()[1][:30]) for c in line if ord(c) > 126] == []
