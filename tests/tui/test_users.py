"""Users and tokens by screens: what is made is in the store, and no password is ever shown."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from leadsync.core.access.rights import Right, Role
from leadsync.core.access.sessions import login
from leadsync.core.access.tokens import add_token, list_tokens
from leadsync.core.access.users import add_user, list_users, remove_user
from leadsync.core.config import load_config
from leadsync.core.errors import AccessError
from leadsync.core.workspace import Workspace
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.password_form import PasswordForm
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.question import Question
from leadsync.tui.panels.text_pane import TextPane
from tests.entering import YEAR_2000
from tests.practising import practising
from tests.tui.driven import Driven, driven, on_grid
from tests.tui.terminal import Terminal
from tests.tui.test_access import (
    ADA,
    CHEAP,
    NO_KEYRING,
    PASSWORD,
    VERA,
    config,
    no_keyring,
    owned,
    viewed,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.config import Config

__all__ = ["config", "no_keyring", "owned", "viewed"]  # fixtures

GRACE = "grace@acme.example"
OTHER = "staple staple horse"
NEW_SCREEN = b"\x1b[?1049h"


def screen_is(app: Driven, kind: type) -> bool:
    return isinstance(app.app.screen, kind)


async def fill(app: Driven, **texts: str) -> None:
    await app.settle()
    for key, text in texts.items():
        app.app.screen.query_one(f"#field-{key}", Input).value = text
    assert not any(text in app.text() for text in texts.values() if " " in text)
    await app.press("ctrl+s")


async def opened(app: Driven, action: str, kind: type) -> None:
    app.desk.do(action)
    await app.until(lambda: screen_is(app, kind))
    await app.settle()


def everything_written(workspace: Workspace) -> str:
    """History, logs, and all else that is a text in the home folder but the store."""
    home = workspace.config.path.parent
    texts = [
        path.read_text("utf-8", errors="replace")
        for path in home.rglob("*")
        if path.is_file() and ".db" not in path.name
    ]
    return "\n".join([*texts, *(unit.label for unit in workspace.store.units())])


@on_grid("owned")
async def test_a_user_is_added_and_the_password_is_never_shown(app: Driven) -> None:
    await opened(app, "users.add", PasswordForm)
    await fill(app, email=GRACE, role="viewer", password=OTHER, again=OTHER + "s")
    await app.until(lambda: "the two passwords differ" in app.text())
    await fill(app, role="boss", again=OTHER)
    await app.until(lambda: 'no role "boss"' in app.text())
    await fill(app, role="viewer", password="short", again="short")
    await app.until(lambda: "10 or more characters" in app.text())
    assert [user.email for user in list_users(app.desk.workspace)] == [ADA]
    assert OTHER not in app.text()
    await fill(app, password=OTHER, again=OTHER)
    await app.until(lambda: f"{GRACE} is viewer now" in app.lines()[-1])
    grace = list_users(app.desk.workspace)[-1]
    assert (grace.email, grace.role) == (GRACE, Role.VIEWER)
    assert login(app.desk.workspace.config, GRACE, OTHER).email == GRACE
    assert OTHER not in app.text() + everything_written(app.desk.workspace)


@on_grid("owned")
async def test_letters_of_a_password_are_dots(app: Driven) -> None:
    await opened(app, "users.password", PasswordForm)
    await app.type("correct horse")
    await app.press("tab")
    await app.type("staple")
    assert "•" * 13 in app.text()
    assert "correct" not in app.text()
    assert "staple" not in app.text()


@on_grid("owned")
async def test_a_role_is_changed_and_a_user_let_in_no_more(app: Driven) -> None:
    workspace = app.desk.workspace
    add_user(workspace, GRACE, OTHER, role=Role.VIEWER, cost=CHEAP)
    await app.settle()
    await opened(app, "users.show", Picker)
    assert "viewer  since" in app.text()
    await app.press("down", "enter")
    await app.until(lambda: f"Role of {GRACE}" in app.text())
    await app.burst(*"member", "enter")
    await app.until(lambda: f"{GRACE} is member now" in app.lines()[-1])
    assert list_users(workspace)[-1].role is Role.MEMBER
    await opened(app, "users.show", Picker)
    await app.press("down", "ctrl+d")
    await app.until(lambda: screen_is(app, Question))
    assert "history keeps their name" in app.text()
    await app.press("escape")
    assert len(list_users(workspace)) == 2
    await opened(app, "users.show", Picker)
    await app.press("down", "ctrl+d", "enter")
    await app.until(lambda: f"{GRACE} is let in no more" in app.lines()[-1])
    assert [user.email for user in list_users(workspace)] == [ADA]


@on_grid("owned")
async def test_the_last_owner_stays_one(app: Driven) -> None:
    add_user(app.desk.workspace, GRACE, OTHER, role=Role.MEMBER, cost=CHEAP)
    await app.settle()
    await opened(app, "users.show", Picker)
    await app.press("enter")
    await app.burst(*"viewer", "enter")
    await app.until(lambda: f"{ADA} is the only owner" in app.lines()[-1])
    await opened(app, "users.show", Picker)
    await app.press("ctrl+d")
    await app.until(lambda: "that is you" in app.text())
    await app.press("enter")
    await app.until(lambda: f"{ADA} is the only owner" in app.lines()[-1])
    assert [user.role for user in list_users(app.desk.workspace)] == [Role.OWNER, Role.MEMBER]
    assert app.app.is_running


def test_the_first_user_is_asked_about_owns_all_and_is_logged_in(filled: Workspace) -> None:
    async def run() -> None:
        async with driven(filled) as app:
            await opened(app, "users.show", Picker)
            assert "this workspace is open" in app.text()
            await app.press("enter")
            await app.until(lambda: screen_is(app, Question))
            assert "everything asks for a login" in app.text()
            await app.press("enter")
            await app.until(lambda: screen_is(app, PasswordForm))
            await app.settle()
            for key, text in {"email": ADA, "password": PASSWORD, "again": PASSWORD}.items():
                app.app.screen.query_one(f"#field-{key}", Input).value = text
            await app.tap("ctrl+s")
            await app.until(lambda: app.app.goes_to_login)

    asyncio.run(run())
    with Workspace.open(filled.config) as workspace:
        assert workspace.identity is not None
        assert (workspace.actor, workspace.identity.role) == (ADA, Role.OWNER)


def test_in_a_terminal_the_first_user_goes_on_in_a_grid_of_their_own(
    config: Config, tmp_path: Path
) -> None:
    login(config, ADA, PASSWORD)
    with Workspace.open(config) as workspace:
        remove_user(workspace, ADA)
    with closing(Terminal(tmp_path, **NO_KEYRING)) as terminal:
        terminal.shows("Alan Turing")
        terminal.press(":")
        terminal.shows("Do")
        terminal.press("add a user\r")
        terminal.shows("everything asks for a login")
        terminal.press("\r")
        terminal.shows("The same again")
        terminal.press(f"{GRACE}\r{OTHER}\r{OTHER}\r")
        terminal.until(lambda _text: terminal.raw.count(NEW_SCREEN) == 2)
        terminal.until(lambda _text: b"Alan Turing" in terminal.raw.rpartition(NEW_SCREEN)[2])
        terminal.press(":")
        terminal.shows("Do")
        terminal.press("who is logged in\r")
        terminal.shows(f"{GRACE}, owner, until")
        terminal.press("\x11")
        assert terminal.ended() == 0
    assert OTHER.encode() not in terminal.raw


def test_the_last_user_may_go_and_the_file_is_open_again(owned: Workspace) -> None:
    async def run() -> None:
        async with driven(owned) as app:
            await opened(app, "users.show", Picker)
            await app.press("ctrl+d")
            await app.until(lambda: "open to all again" in app.text())
            await app.tap("enter")
            await app.until(lambda: app.app.goes_to_login)

    asyncio.run(run())
    with Workspace.open(owned.config) as workspace:
        assert workspace.identity is None


@on_grid("owned")
async def test_ones_own_password_is_changed_by_the_present_one(app: Driven) -> None:
    config = app.desk.workspace.config
    await opened(app, "users.password", PasswordForm)
    await fill(app, present=OTHER, password=OTHER, again=OTHER)
    await app.until(lambda: "the password is wrong" in app.text())
    await fill(app, present=PASSWORD)
    await app.until(lambda: "you have a new password" in app.lines()[-1])
    assert login(config, ADA, OTHER).email == ADA
    with pytest.raises(AccessError):
        login(config, ADA, PASSWORD)
    assert OTHER not in app.text() + everything_written(app.desk.workspace)


@on_grid("owned")
async def test_an_owner_gives_others_a_password_and_themselves_by_the_present_one(
    app: Driven,
) -> None:
    workspace = app.desk.workspace
    add_user(workspace, GRACE, PASSWORD, role=Role.MEMBER, cost=CHEAP)
    await app.settle()
    await opened(app, "users.show", Picker)
    await app.press("down", "ctrl+r")
    await app.until(lambda: f"Password of {GRACE}" in app.text())
    assert "Present" not in app.text()
    await fill(app, password=OTHER, again=OTHER)
    await app.until(lambda: f"{GRACE} has a new password" in app.lines()[-1])
    await opened(app, "users.show", Picker)
    await app.press("ctrl+r")
    await app.until(lambda: "Present password" in app.text())
    assert login(workspace.config, GRACE, OTHER).email == GRACE


@on_grid("owned")
async def test_a_token_is_made_by_choices_shown_once_and_revoked(app: Driven) -> None:
    workspace = app.desk.workspace
    await opened(app, "tokens.add", Picker)
    await app.burst(*"enrich", "enter")
    await app.until(lambda: "That is all: read, enrich" in app.text())
    await app.burst(*"export", "enter")
    await app.until(lambda: "That is all: read, enrich, export" in app.text())
    await app.burst("enter")
    await app.until(lambda: "New token: read, enrich, export" in app.text())
    await fill(app, name="nightly", days="soon")
    await app.until(lambda: '"soon" is no number of days' in app.text())
    await fill(app, days="30")
    await app.until(lambda: screen_is(app, TextPane))
    assert "Shown now and never again" in app.text()
    (text,) = [line for line in app.app.screen.text.splitlines() if line.startswith("lst")]  # type: ignore[attr-defined]
    await app.press("y")
    await app.until(lambda: "Keep it before you close this" in app.text())
    assert app.app.clipboard == text
    assert text in app.text()
    await app.press("escape")
    (token,) = list_tokens(workspace)
    assert (token.name, token.scopes) == ("nightly", ("read", "enrich", "export"))
    assert token.expires_at > YEAR_2000
    await opened(app, "tokens.show", Picker)
    assert "valid  until" in app.text()
    await app.press("enter")
    await app.until(lambda: "read, enrich, export" in app.text() and screen_is(app, TextPane))
    assert text not in app.text() + everything_written(workspace)
    await app.press("escape")
    await opened(app, "tokens.show", Picker)
    await app.press("ctrl+d")
    await app.until(lambda: "refused from then on" in app.text())
    await app.press("enter")
    await app.until(lambda: "token nightly is revoked" in app.lines()[-1])
    (token,) = list_tokens(workspace)
    assert token.ended_at
    await opened(app, "tokens.show", Picker)
    await app.press("ctrl+d", "enter")
    await app.until(lambda: "is revoked already" in app.lines()[-1])


@on_grid("viewed")
async def test_a_viewer_sees_own_tokens_and_changes_no_users(app: Driven) -> None:
    for action in ("users.show", "users.add"):
        app.desk.say("")
        app.desk.do(action)
        await app.settle()
        assert f"{VERA} is a viewer here and may not do what is an owner's" in app.lines()[-1]
        assert app.app.screen is app.desk
    await opened(app, "tokens.add", Picker)
    assert "enrich" not in app.text()
    await app.press("enter")
    await fill(app, name="reader")
    await app.until(lambda: screen_is(app, TextPane))
    (token,) = list_tokens(app.desk.workspace)
    assert token.scopes == ("read",)


@on_grid("filled")
async def test_an_open_workspace_has_no_tokens_and_no_passwords(app: Driven) -> None:
    for action in ("users.password", "tokens.show", "tokens.add"):
        app.desk.say("")
        app.desk.do(action)
        await app.settle()
        assert "this workspace is open: it has no users" in app.lines()[-1]
        assert app.app.screen is app.desk


def test_a_token_makes_no_users_tokens_or_passwords(config: Config) -> None:
    login(config, ADA, PASSWORD)
    with Workspace.open(config) as workspace:
        _, text = add_token(workspace, "cron", Right)
    home = str(config.path.parent)
    settings = load_config({}, {"LEADSYNC_HOME": home, "LEADSYNC_TOKEN": text})

    async def run() -> None:
        with Workspace.open(settings) as workspace:
            async with driven(workspace) as app:
                for action in ("users.add", "users.password", "tokens.show", "tokens.add"):
                    app.desk.say("")
                    app.desk.do(action)
                    await app.settle()
                    assert 'the token "cron" may not change users' in app.lines()[-1]
                    assert app.app.screen is app.desk

    asyncio.run(run())


def test_in_practice_all_of_it_is_closed(tmp_path: Path) -> None:
    async def run() -> None:
        with practising(tmp_path) as workspace:
            async with driven(workspace, (160, 30)) as app:
                for action in ("users.show", "users.add", "users.password", "tokens.show",
                               "tokens.add"):  # fmt: skip
                    app.desk.say("")
                    app.desk.do(action)
                    await app.settle()
                    assert "this is not done in practice" in app.text()

    asyncio.run(run())


@on_grid("filled")
async def test_all_of_it_has_its_command_line(app: Driven) -> None:
    lines = {
        "users.show": "leadsync users list",
        "users.add": "leadsync users add EMAIL",
        "users.password": "leadsync users passwd",
        "tokens.show": "leadsync tokens list",
        "tokens.add": "leadsync tokens add NAME --scope SCOPES",
    }
    assert {action: command_line(app.desk, action) for action in lines} == lines
