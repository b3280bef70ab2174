"""Moving the cursor, and what the screen shows of it."""

from __future__ import annotations

import pytest

from leadsync.tui.action_table import ACTIONS, bindings, function_of
from tests.contract.making import some_leads
from tests.tui.driven import Driven, on_grid


@pytest.mark.parametrize("action_id", [action.id for action in ACTIONS])
def test_every_action_has_a_function_that_says_what_it_does(action_id: str) -> None:
    assert function_of(action_id).__doc__


def test_no_keys_mean_two_actions_and_none_hides_another() -> None:
    every = [keys for action in ACTIONS for keys in action.keys]
    assert len(every) == len(set(every)) == len(bindings())
    assert [k for k in every for other in every if other.startswith(k + " ")] == []


@on_grid()
async def test_the_grid_shows_leads_header_and_position(app: Driven) -> None:
    lines = app.lines()
    assert "E-mail" in lines[0]
    assert "ada@lovelace.example" in lines[1]
    assert "Zoë Núñez" in lines[5]
    assert lines[-1].startswith("1 / 5")


MOVES = [
    ("down", 2, "email"),
    ("j j k", 2, "email"),
    ("3 j", 4, "email"),
    ("l", 1, "name"),
    ("$", 1, "employees"),
    ("end left home", 1, "email"),
    ("$ h", 1, "country"),
    ("2 right", 1, "linkedin_url"),
    ("$ 0", 1, "email"),
    ("G", 5, "email"),
    ("4 G", 4, "email"),
    ("G g g", 1, "email"),
    ("ctrl+end ctrl+home", 1, "email"),
    ("ctrl+d", 5, "email"),
    ("pagedown pageup", 1, "email"),
    ("ctrl+d ctrl+u", 1, "email"),
    ("9 9 9 j", 5, "email"),
    ("up left", 1, "email"),
    (") )", 3, "email"),
    ("G $ (", 3, "employees"),
    ("$ )", 2, "employees"),
]


@on_grid()
async def test_keys_move_the_cursor_and_never_beyond_the_data(app: Driven) -> None:
    for keys, lead, field in MOVES:
        app.desk.grid.jump(row=0, column=0)
        asks_the_store = "(" in keys or ")" in keys
        await (app.press if asks_the_store else app.burst)(*keys.split())
        assert app.here == (lead, field), keys


@on_grid(size=(80, 24))
async def test_the_row_of_the_cursor_is_put_in_the_middle(app: Driven) -> None:
    some_leads(app.desk.workspace.store, 1, [{"name": f"Zed {n}"} for n in range(95)])
    await app.press("f5")
    await app.press("5", "0", "G", "z", "z")
    assert app.here[0] == 50
    here = [n for n, line in enumerate(app.lines()) if line.startswith("›")]
    assert here == [12]
    assert app.desk.grid.cursor.row == 49
