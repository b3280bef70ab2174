"""Forms whose writing takes a while: what is typed, left or opened meanwhile takes no harm."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from leadsync.core.inbound.hooks import list_hooks
from leadsync.core.suppression import list_suppressions
from leadsync.tui.asking import key_event
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.text_pane import TextPane
from tests.tui.driven import Driven, driven, on_grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.workspace import Workspace

NEW, KNOWN = "new@acme.example", "ada@lovelace.example"


@contextmanager
def held_lane(app: Driven) -> Iterator[None]:
    """What is to be written waits until the end of the block."""
    gate = threading.Event()
    app.desk.lanes.writing.ask("", gate.wait)
    try:
        yield
    finally:
        gate.set()


async def opened(app: Driven, action: str, **texts: str) -> Form:
    app.desk.do(action)
    await app.settle()
    form = app.app.screen
    assert isinstance(form, Form)
    for key, text in texts.items():
        form.query_one(f"#field-{key}", Input).value = text
    return form


async def leave(app: Driven) -> None:
    await app.tap("ctrl+s")
    await app.tap("escape")
    assert app.app.screen is app.desk


@on_grid("filled")
async def test_a_form_that_was_left_stores_what_was_sent_and_says_it(app: Driven) -> None:
    await opened(app, "lead.add", email=NEW)
    with held_lane(app):
        await leave(app)
    await app.settle()
    assert "added to Inbox" in app.lines()[-1]
    assert app.desk.workspace.store.count({}) == 6


@on_grid("filled")
async def test_a_form_that_was_left_says_in_the_status_line_why_not(app: Driven) -> None:
    await opened(app, "lead.add", email=KNOWN)
    with held_lane(app):
        await leave(app)
    await app.settle()
    assert f'{KNOWN}" belongs to lead 1' in app.lines()[-1]
    assert app.desk.workspace.store.count({}) == 5


@on_grid("filled")
async def test_a_new_address_is_shown_though_its_form_was_left(app: Driven) -> None:
    await opened(app, "files.add_hook", name="website")
    with held_lane(app):
        await leave(app)
    await app.until(lambda: isinstance(app.app.screen, TextPane))
    await app.until(lambda: "Shown now and never again" in app.text())


@pytest.mark.parametrize(
    ("action", "texts", "said"),
    [
        ("people.suppress_typed", {"entries": "a@b.example"}, "a@b.example suppressed"),
        ("people.suppress_typed", {"entries": "nobody"}, "neither an address nor a domain"),
        ("people.limits", {"max_per_company": "3"}, "3 per company"),
        ("files.add_hook", {"name": "x", "kind": "nothing"}, "nothing"),
    ],
)
def test_other_forms_may_be_left_too(
    filled: Workspace, action: str, texts: dict[str, str], said: str
) -> None:
    import asyncio

    async def run() -> None:
        async with driven(filled) as app:
            await opened(app, action, **texts)
            with held_lane(app):
                await leave(app)
            await app.settle()
            assert said in app.lines()[-1]

    asyncio.run(run())


@on_grid("filled")
async def test_a_form_stores_once_however_often_it_is_sent(app: Driven) -> None:
    form = await opened(app, "files.add_hook", name="website")
    with held_lane(app):
        await app.tap("ctrl+s")
        assert "one moment" in app.text()
        await app.tap("ctrl+s")
    await app.until(lambda: not form.is_attached)
    await app.settle()
    assert [hook.name for hook in list_hooks(app.desk.workspace.store)] == ["website"]


@on_grid("filled")
async def test_a_panel_that_opened_over_a_form_stays_and_the_form_goes_after_it(
    app: Driven,
) -> None:
    form = await opened(app, "people.suppress_typed", entries="a@b.example")
    with held_lane(app):
        await app.tap("ctrl+s")
        app.desk.read("Something else", "that was asked for before")
        await app.rest()
    await app.settle()
    assert isinstance(app.app.screen, TextPane)
    assert [entry.value for entry in list_suppressions(app.desk.workspace.store)] == ["a@b.example"]
    await app.press("escape")
    assert app.app.screen is app.desk
    assert not form.is_attached


@on_grid("filled")
async def test_escape_pressed_again_while_a_panel_opens_closes_nothing_more(app: Driven) -> None:
    for key in ("A", "S", "?", ":"):
        await app.burst(key, *["escape"] * 6)
        await app.press("escape")
        assert app.app.screen is app.desk
        assert app.app.is_running


@on_grid("filled")
async def test_two_answers_close_one_panel(app: Driven) -> None:
    await app.press("?")
    panel = app.app.screen
    for _ in range(3):
        panel.post_message(key_event("escape"))  # as they wait for a panel that is opening
    await app.settle()
    assert app.app.screen is app.desk
