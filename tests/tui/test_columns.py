"""Columns from the grid: chosen by kind or recipe, filled in with a live preview, changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, TextArea

from tests.reliability.run_making import (
    a_workspace,
    an_ai_column,
    an_outreach_column,
    enrich,
    people,
)
from tests.servers.openai_server import OpenAIServer
from tests.tui.driven import Driven, on_grid
from tests.tui.holding import stopped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer().running() as running:
        yield running


@pytest.fixture
def asking(server: OpenAIServer, tmp_path: Path) -> Iterator[Workspace]:
    """Three leads, and an AI to ask."""
    with a_workspace(server.url, tmp_path) as workspace:
        people(workspace, 3)
        yield workspace


def fill(app: Driven, **texts: str) -> None:
    """Put texts into fields of the dialog, by their names."""
    form = app.app.screen
    for number, name in enumerate(form._fields):  # type: ignore[attr-defined]
        text = texts.get(name.removeprefix("config.").replace(".", "_"))
        if text is None:
            continue
        widget = form.query_one(f"#field-{number}")
        if isinstance(widget, TextArea):
            widget.text = text
        else:
            assert isinstance(widget, Input)
            widget.value = text


async def choose(app: Driven, name: str) -> None:
    await app.press("A")
    await app.type(name)
    await app.press("enter")


@on_grid("asking", size=(160, 50))
async def test_a_formula_is_previewed_as_it_is_typed_and_added(app: Driven) -> None:
    await choose(app, "template: a formula")
    fill(app, key="hello", template="Hi {{ name }} of {{ company }}")
    await app.until(lambda: "Hi Person 0 of Company 0" in app.text())
    fill(app, template="Hi {{ nam }}")
    await app.until(lambda: "nam" in app.text() and "did you mean" in app.text())
    fill(app, template="Hi {{ name }}")
    await app.press("ctrl+s")
    assert app.cell(1, "hello") == "Hi Person 0"
    assert 'column "hello" added' in app.text()


@on_grid("asking", size=(160, 50))
async def test_a_prompt_shows_what_would_be_sent_and_its_price_and_sends_nothing(
    app: Driven,
) -> None:
    await choose(app, "ai: columns that")
    fill(app, key="opener", prompt="Greet {{ name }} of {{ company }}")
    await app.until(lambda: "Greet Person 0 of Company 0" in app.text())
    assert "at most $" in app.text()
    await app.press("ctrl+s")
    (column,) = (c for c in app.desk.workspace.store.columns() if c.key == "opener")
    assert column.config["prompt"] == "Greet {{ name }} of {{ company }}"
    assert column.inputs == ("name", "company")
    assert app.cell(1, "opener") is None


@on_grid("asking", size=(160, 50))
async def test_a_recipe_fills_the_dialog(app: Driven) -> None:
    await choose(app, "outreach: all parts")
    await app.until(lambda: "Person 0" in app.text())
    await app.press("ctrl+s")
    keys = {c.key for c in app.desk.workspace.store.columns()}
    assert {"outreach", "icebreaker", "pitch", "cta", "ps"} <= keys


@on_grid("asking", size=(160, 50))
async def test_what_cannot_be_stored_is_said_and_the_dialog_stays(app: Driven) -> None:
    await choose(app, "ai: columns that")
    fill(app, key="Bad Key", prompt="Greet {{ name }}")
    await app.press("ctrl+s")
    assert "Bad Key" in app.text()
    fill(app, key="opener", max_output_tokens="many")
    await app.press("ctrl+s")
    assert "Max output tokens" in app.text()
    await app.press("escape")
    assert not any(c.key == "opener" for c in app.desk.workspace.store.columns())


@pytest.fixture
def filled_ai(asking: Workspace) -> Workspace:
    an_ai_column(asking)
    enrich(asking, "intro")
    return asking


@on_grid("filled_ai")
async def test_changing_a_paid_column_says_what_becomes_stale(app: Driven) -> None:
    await app.press("$", "C")
    fill(app, prompt="Welcome {{ name }}")
    await app.press("ctrl+s")
    await app.until(lambda: "3 filled cells would become stale" in app.text())
    await app.press("enter")
    await app.until(lambda: "3 cells now stale" in app.text())
    states = app.desk.workspace.store.states([1], [app.desk.workspace.column("intro").id])
    assert all(state.stale for state in states.values())


@on_grid("filled_ai")
async def test_a_column_is_renamed_armed_and_removed(app: Driven) -> None:
    await app.press("$", "^")
    await app.press("ctrl+u")
    await app.type("Opening line")
    await app.press("enter")
    assert app.desk.workspace.column("intro").label == "Opening line"
    await app.press("z", "a")
    await app.type("2.50")
    await app.press("enter")
    armed = app.desk.workspace.column("intro")
    assert (armed.armed, armed.caps["usd_per_day"]) == (True, 2_500_000)
    await app.press("z", "a")
    assert not app.desk.workspace.column("intro").armed
    await app.press("z", "x")
    assert "3 filled cells would go with it" in app.text()
    await app.press("enter")
    await app.until(lambda: not any(c.key == "intro" for c in app.desk.workspace.store.columns()))


@on_grid("asking")
async def test_a_column_that_another_fills_is_renamed_itself(app: Driven) -> None:
    column = await asyncio.to_thread(an_outreach_column, app.desk.workspace)
    await app.press("f5")  # reads on a thread; the list of columns has what was read before
    await app.press("c")
    await app.type("cta")
    await app.press("enter")
    assert app.here[1] == "cta"
    await app.press("^", "ctrl+a", "ctrl+k")
    await app.type("Ask")
    await app.press("enter")
    labels = {c.key: c.label for c in app.desk.workspace.store.columns()}
    assert labels["cta"] == "Ask"
    assert labels[column.key] == column.label


@on_grid("asking")
async def test_a_choice_typed_fast_is_the_one_that_was_typed(app: Driven) -> None:
    await app.press("A")
    names = {" ": "space"}
    await app.pilot.press(*(names.get(char, char) for char in "manual"), "enter")
    await app.settle()
    assert "Add a column: manual" in app.text()


@on_grid()
async def test_what_a_removal_takes_along_is_counted_beside_the_grid(app: Driven) -> None:
    app.desk.grid.jump(column=app.desk.grid.layout_now.number("title"))
    with stopped(app.desk.lanes.search):
        await app.pilot.press("z", "x", "j")
        assert app.here == (2, "title")
    await app.until(lambda: "4 filled cells would go with it" in app.text())
    await app.press("enter")
    await app.until(lambda: app.desk.grid.layout_now.number("title") is None)
