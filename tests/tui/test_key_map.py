"""Keys of the user's own, from `keys.toml` beside the config file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.tui.key_map import read_key_map
from tests.tui.driven import Driven, on_grid

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.workspace import Workspace


def write_keys(workspace: Workspace, text: str) -> Workspace:
    path = workspace.config.path.with_name("keys.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return workspace


@pytest.fixture
def rekeyed(filled: Workspace) -> Workspace:
    return write_keys(filled, '"edit.undo" = ["U", "ctrl+t"]\n"lead.trash" = ["z t"]\n')


@pytest.fixture
def misspelt(filled: Workspace) -> Workspace:
    return write_keys(filled, '"edit.udno" = ["U"]\n"mark.all" = ["pagedwn"]\n')


@pytest.fixture
def for_sheets(filled: Workspace) -> Workspace:
    return write_keys(filled, "type_to_edit = true\n")


@on_grid("rekeyed")
async def test_keys_of_the_file_take_the_place_of_those_of_the_table(app: Driven) -> None:
    await app.press("z", "t")
    assert 1 not in app.desk.model.ids
    await app.press("u")
    assert "u does nothing here" in app.text()
    await app.press("U")
    await app.until(lambda: 1 in app.desk.model.ids)  # this is asked for at intervals
    await app.press("?")
    help_text = app.app.screen.text  # type: ignore[attr-defined]  # of the pane
    assert "U  Ctrl+T" in help_text
    assert f"Other keys: {app.desk.keys.path}" in help_text
    await app.press("escape", "ctrl+p")
    await app.type("take back what")
    assert "U  Ctrl+T" in app.text()


@on_grid("misspelt")
async def test_what_does_not_fit_is_said_at_the_start_and_the_rest_stands_in_the_help(
    app: Driven,
) -> None:
    assert 'keys.toml: "edit.udno" is no action; did you mean edit.undo?; 1 more in ?' in app.text()
    await app.press("?")
    assert '"pagedwn" is no key; did you mean pagedown?' in app.app.screen.text  # type: ignore[attr-defined]


@on_grid("for_sheets")
async def test_letters_begin_an_edit_where_the_file_says_so(app: Driven) -> None:
    await app.press("right")
    await app.type("5 Ada")
    await app.press("enter")
    assert app.cell(1, app.here[1]) == "5 Ada"
    await app.press("space")
    assert 2 in app.desk.model.marks
    await app.press("ctrl+k")
    assert "Ctrl+K" in app.text()
    await app.press("2", "G")
    assert app.here[0] == 2
    await app.press("ctrl+k", "u")
    assert app.cell(1, "name") == "Ada Lovelace"
    await app.press("f1")
    assert "Ctrl+K u" in app.app.screen.text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("edit.undo = 5", '"edit.undo" is a list of keys'),
        ('edit.undo = "tab"', '"tab" is no key'),
        ('edit.undo = "ctrl+m"', "it is enter"),
        ('edit.undo = "7"', "digits are counts"),
        ('edit.undo = "y"', "y is block.copy already"),
        ('edit.undo = "g"', "g begins gg, which is go.top already"),
        ('edit.undo = "Y y"', "Yy begins with Y, which is block.copy_with_header"),
        ('edit.undo = "g  u"', '"" is no key'),
        ('type_to_edit = "yes"', "true or false"),
        ("edit = [", "is not TOML"),
    ],
)
def test_keys_that_cannot_be_had_are_told_and_the_table_stands(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text, "utf-8")
    found = read_key_map(path)
    assert [problem in told for told in found.problems] == [True]
    assert found.actions == read_key_map(tmp_path / "none.toml").actions


def test_two_actions_can_change_places(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('"edit.undo" = "y"\n"block.copy" = ["u", "ctrl+c"]\n', "utf-8")
    found = read_key_map(path)
    assert not found.problems
    assert found.keys_of("block.copy") == ("u", "ctrl+c")


@on_grid("workspace")
async def test_the_first_start_takes_the_key_that_it_names(app: Driven) -> None:
    assert "Ctrl+O" in app.text()
    await app.press("down", "ctrl+o")
    assert type(app.app.screen).__name__ == "FilePanel"


@on_grid()
async def test_the_mouse_is_left_to_the_terminal_and_taken_back(app: Driven) -> None:
    written: list[str] = []
    driver = app.app._driver
    assert driver is not None
    driver.write = written.append  # type: ignore[method-assign]  # a headless one writes nowhere
    await app.press("z", "m")
    assert "the mouse is the terminal's own; zm takes it back" in app.text()
    assert written == ["\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"]
    await app.press("z", "m")
    assert written[1].startswith("\x1b[?1000h")
