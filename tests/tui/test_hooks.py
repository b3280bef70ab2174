"""Hooks by screens: one is made, its address is shown once, it is renewed and removed."""

from __future__ import annotations

from textual.widgets import Input

from leadsync.core.access.bearer import hash_of
from leadsync.core.inbound.hooks import list_hooks
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.question import Question
from leadsync.tui.panels.text_pane import TextPane
from tests.tui.driven import Driven, on_grid


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
