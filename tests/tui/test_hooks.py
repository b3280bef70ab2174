"""Hooks by screens: one is made, its address is shown once, it is renewed and removed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from leadsync.core.access.bearer import hash_of
from leadsync.core.access.rights import Role
from leadsync.core.config import load_config
from leadsync.core.inbound.hook_settings import HookSettings
from leadsync.core.inbound.hooks import add_hook, list_hooks
from leadsync.core.workspace import Workspace
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.question import Question
from leadsync.tui.panels.text_pane import TextPane
from tests.entering import a_token, a_user
from tests.practising import practising
from tests.tui.driven import Driven, driven, on_grid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX = "max@acme.example"


@pytest.fixture
def of_a_member(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with a hook, opened by somebody who is no owner."""
    env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "os"}
    with Workspace.open(load_config({}, env)) as workspace:
        add_hook(workspace, "website", "form", HookSettings())
        a_user(workspace.store)
        token = a_token(workspace.store, a_user(workspace.store, MAX, Role.MEMBER))
    with Workspace.open(load_config({}, env | {"LEADSYNC_TOKEN": token})) as workspace:
        yield workspace


def screen_is(app: Driven, kind: type) -> bool:
    return isinstance(app.app.screen, kind)


async def fill(app: Driven, **texts: str) -> None:
    for key, text in texts.items():
        app.app.screen.query_one(f"#field-{key}", Input).value = text
    await app.press("ctrl+s")


def secret_shown(app: Driven) -> str:
    (line,) = [line for line in app.text().splitlines() if "/in/" in line]
    return line.partition("/in/")[2].split()[0].strip("│ ")


@on_grid("filled")
async def test_a_hook_is_made_and_its_address_is_shown_once(app: Driven) -> None:
    app.desk.do("files.add_hook")
    await app.settle()
    await fill(app, name="website", map="Team size=employees")
    await app.until(lambda: screen_is(app, TextPane))
    assert "Shown now and never again" in app.text()
    secret = secret_shown(app)
    (hook,) = list_hooks(app.desk.workspace.store)
    assert hook.secret_hash == hash_of(secret)
    assert hook.fields == {"Team size": "employees"}
    await app.press("escape")
    app.desk.do("files.hooks")
    await app.until(lambda: screen_is(app, Picker))
    await app.press("enter")
    await app.until(lambda: screen_is(app, TextPane))
    assert "employees from Team size" in app.text()
    assert secret not in app.text()


@on_grid("filled", size=(80, 24))
async def test_the_kinds_are_named_in_full_and_apart_from_the_value(app: Driven) -> None:
    app.desk.do("files.add_hook")
    await app.settle()
    assert "kinds: form, clay, instantly" in app.text()
    (line,) = [line for line in app.lines() if "Kind " in line]
    assert line.split("Kind")[1].strip(" │").split()[0] == "form"


@on_grid("filled")
async def test_what_does_not_fit_is_said_in_the_form(app: Driven) -> None:
    app.desk.do("files.add_hook")
    await app.settle()
    await fill(app, name="clay", kind="clay")
    await app.until(lambda: "which result fills which column" in app.text())
    assert screen_is(app, Form)
    await fill(app, map="city")
    await app.until(lambda: "does not say which field is which" in app.text())
    assert list_hooks(app.desk.workspace.store) == []


@on_grid("filled")
async def test_a_hook_is_renewed_removed_and_brought_back(app: Driven) -> None:
    app.desk.do("files.hooks")
    await app.until(lambda: screen_is(app, Picker))
    await app.press("ctrl+n")
    await app.until(lambda: screen_is(app, Form))
    await fill(app, name="replies", kind="instantly", header="X-Hook-Secret")
    await app.until(lambda: "X-Hook-Secret:" in app.text())
    (old,) = list_hooks(app.desk.workspace.store)
    await app.press("escape")
    await choose(app, "ctrl+r", "Make it")
    await app.until(lambda: screen_is(app, TextPane))
    (new,) = list_hooks(app.desk.workspace.store)
    assert hash_of(secret_shown(app)) == new.secret_hash != old.secret_hash
    await app.press("escape")
    await choose(app, "ctrl+d", "Remove it")
    await app.until(lambda: list_hooks(app.desk.workspace.store) == [])
    await app.until(lambda: "hook replies removed" in app.text())
    await app.press("u")
    await app.until(lambda: "take back" in app.text())
    await app.press("enter")
    await app.until(lambda: list_hooks(app.desk.workspace.store) == [new])


async def choose(app: Driven, key: str, verb: str) -> None:
    app.desk.do("files.hooks")
    await app.until(lambda: screen_is(app, Picker))
    await app.press(key)
    await app.until(lambda: screen_is(app, Question) and verb in app.text())
    await app.press("enter")


@on_grid("filled")
async def test_both_actions_have_their_command_line(app: Driven) -> None:
    assert command_line(app.desk, "files.hooks") == "leadsync hooks list"
    assert command_line(app.desk, "files.add_hook") == "leadsync hooks add NAME"


@on_grid("of_a_member")
async def test_who_is_no_owner_is_refused_before_a_form_or_a_question(app: Driven) -> None:
    await app.press("escape")
    for key, may_not in (
        ("ctrl+n", "do what is an owner's"), ("ctrl+r", "renew hooks"), ("ctrl+d", "close hooks"),
    ):  # fmt: skip
        app.desk.do("files.hooks")
        await app.until(lambda: screen_is(app, Picker) and "website" in app.text())
        await app.press(key)
        assert app.app.screen is app.desk
        assert f"a member here and may not {may_not}" in app.lines()[-1]


def test_in_practice_none_is_made_from_the_list_either(tmp_path: Path) -> None:
    async def run() -> None:
        with practising(tmp_path) as workspace:
            async with driven(workspace) as app:
                app.desk.do("files.hooks")
                await app.until(lambda: screen_is(app, Picker))
                await app.press("ctrl+n")
                assert app.app.screen is app.desk
                assert "this is not done in practice" in app.lines()[-1]

    asyncio.run(run())
