"""Users in the grid: the login screen, who is there, logging out, and what a viewer may not do."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

import keyring
import keyring.backends.fail
import pytest
from textual.widgets import Input

from leadsync.core.access.records import SESSIONS
from leadsync.core.access.rights import Role
from leadsync.core.access.sessions import begin_session, login
from leadsync.core.access.users import add_user
from leadsync.core.config import load_config
from leadsync.core.errors import LoginNeeded
from leadsync.core.store.opening import open_store
from leadsync.core.suppression import suppress
from leadsync.core.workspace import Workspace
from leadsync.tui.action_table import ACTIONS
from leadsync.tui.login import LoginApp
from leadsync.tui.needed_rights import NEEDS
from tests.entering import a_user
from tests.tui.conftest import people
from tests.tui.driven import Driven, driven, on_grid
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.config import Config

ADA, VERA = "ada@acme.example", "vera@acme.example"
PASSWORD = "correct horse battery"
CHEAP = 4
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A workspace with five leads that Ada owns; nobody is logged in."""
    env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "os"}
    settings = load_config({}, env)
    with Workspace.open(settings) as workspace:
        people(workspace)
        suppress(workspace, ["stop@acme.example"])
        add_user(workspace, ADA, PASSWORD, role=Role.OWNER, cost=CHEAP)
    settings.path.with_name("sessions.json").unlink()
    return settings


@pytest.fixture
def owned(config: Config) -> Iterator[Workspace]:
    login(config, ADA, PASSWORD)
    with Workspace.open(config) as workspace:
        yield workspace


@pytest.fixture
def viewed(config: Config) -> Iterator[Workspace]:
    with closing(open_store(config.store)) as store:
        begin_session(store, config, a_user(store, VERA, Role.VIEWER))
    with Workspace.open(config) as workspace:
        yield workspace


def screen(app: LoginApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def test_the_login_screen_lets_in_who_has_the_password(config: Config) -> None:
    app = LoginApp(config, "nobody is logged in here", ascii_only=False)

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            assert "nobody is logged in here" in screen(app)
            await pilot.press(*ADA, "enter", *"xyzzy", "enter")
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert "the e-mail or the password is wrong" in screen(app)
            assert "xyzzy" not in screen(app)
            field = app.query_one("#password", Input)
            assert (field.value, app.focused) == ("", field)
            await pilot.press(*"correct")
            assert "correct" not in screen(app)
            assert "•••••••" in screen(app)
            await pilot.press("space", *"horse", "space", *"battery", "enter")
            await app.workers.wait_for_complete()

    asyncio.run(run())
    assert app.return_value is True
    with Workspace.open(config) as workspace:
        assert workspace.actor == ADA


def test_escape_leaves_the_login_screen_and_nobody_is_in(config: Config) -> None:
    app = LoginApp(config, "nobody is logged in here", ascii_only=False)

    async def run() -> None:
        async with app.run_test() as pilot:
            await pilot.press("escape")

    asyncio.run(run())
    assert app.return_value is False
    with pytest.raises(LoginNeeded):
        Workspace.open(config)


@on_grid("owned")
async def test_the_grid_says_who_is_logged_in(app: Driven) -> None:
    app.desk.do("app.whoami")
    await app.settle()
    assert f"{ADA}, owner, until" in app.text()


@on_grid("filled")
async def test_an_open_workspace_says_that_it_is(app: Driven) -> None:
    app.desk.do("app.whoami")
    await app.settle()
    assert "ada; this workspace has no users, and is open" in app.text()
    app.desk.do("app.logout")
    await app.settle()
    assert "nobody is logged in" in app.text()


def test_logging_out_ends_the_session_and_asks_for_another(owned: Workspace) -> None:
    async def run() -> None:
        async with driven(owned) as app:
            app.desk.do("app.logout")
            await app.until(lambda: app.app.goes_to_login)

    asyncio.run(run())
    with closing(open_store(owned.config.store)) as store:
        assert store.documents(SESSIONS)[-1]["endedAt"]
    with pytest.raises(LoginNeeded):
        Workspace.open(owned.config)


WRITES = [
    ("enter", "x", "enter"),  # edits a cell
    ("delete",),
    ("d", "d"),
    ("F",),
    ("T", *"vip", "enter"),
    ("m", *"Q4", "enter"),
    ("y", "down", "p"),
    ("g", "s", "g", "e", *"x", "enter", "enter"),
]


@on_grid("viewed")
async def test_a_viewer_is_refused_in_one_line_and_nothing_is_changed(app: Driven) -> None:
    store = app.desk.workspace.store
    before = list(store.scan({}, ["id", "email", "name", "title", "tags"])), store.revision()
    column = app.desk.grid.layout_now.number("title")
    for keys in WRITES:
        app.desk.grid.jump(row=0, column=column)
        app.desk.say("")
        await app.press(*keys)
        await app.press("escape", "escape")
        assert app.desk.app.is_running
    app.desk.grid.jump(row=0, column=column)
    await app.press("delete")
    refused = f"{VERA} is a viewer here and may not change anything"
    await app.until(lambda: refused in app.lines()[-1])
    await app.press("enter", "x", "enter")  # what was typed stays, and why stands beside it
    await app.until(lambda: "viewer here and may not" in app.text())
    await app.press("escape")
    assert list(store.scan({}, ["id", "email", "name", "title", "tags"])) == before[0]
    assert store.revision() == before[1]
    assert store.count({}) == 5


@on_grid("viewed")
async def test_a_viewer_is_refused_before_there_is_anything_to_fill_in(app: Driven) -> None:
    for keys, may_not in (
        (["a"], "change anything"), (["T"], "change anything"), (["u"], "change anything"),
        (["g", "e"], "change anything"), (["ctrl+s"], "export"), (["ctrl+o"], "import"),
    ):  # fmt: skip
        app.desk.say("")
        await app.press(*keys)
        assert app.app.screen is app.desk
        assert not app.desk.query(Input)
        assert f"{VERA} is a viewer here and may not {may_not}" in app.lines()[-1]
    assert NEEDS.keys() <= {action.id for action in ACTIONS}


@on_grid("viewed")
async def test_a_viewer_sees_the_suppression_list_and_changes_nothing_on_it(app: Driven) -> None:
    refused = f"{VERA} is a viewer here and may not change anything"
    for action in ("people.suppress", "people.suppress_typed"):
        app.desk.say("")
        app.desk.do(action)
        await app.settle()
        assert refused in app.text()
        assert app.app.screen is app.desk
    app.desk.say("")
    app.desk.do("people.suppressions")
    await app.until(lambda: "stop@acme.example" in app.text())
    await app.settle()
    await app.press("enter")
    await app.until(lambda: refused in app.text())
    assert app.app.screen is app.desk


def test_on_a_terminal_the_grid_asks_for_a_login_first(config: Config, tmp_path: Path) -> None:
    assert config.path.parent == tmp_path / "home"
    with closing(Terminal(tmp_path, **NO_KEYRING)) as terminal:
        terminal.shows("Log in")
        terminal.press(f"{ADA}\r")
        terminal.press(f"{PASSWORD}\r")
        terminal.shows("Alan Turing")
        terminal.press("\x11")
        assert terminal.ended() == 0
    assert PASSWORD.encode() not in terminal.raw
    with closing(Terminal(tmp_path, **NO_KEYRING)) as terminal:
        terminal.shows("Alan Turing")
        terminal.press(":")
        terminal.shows("Do")
        terminal.press("log out\r")
        terminal.shows("Password")
        terminal.press("\x1b")
        assert terminal.ended() == 5


def test_who_leaves_the_login_screen_sees_nothing(config: Config, tmp_path: Path) -> None:
    with closing(Terminal(tmp_path, **NO_KEYRING)) as terminal:
        terminal.shows("Log in")
        terminal.press("\x1b")
        assert terminal.ended() == 5
    assert b"nobody is logged in here" in terminal.raw
    assert b"Alan Turing" not in terminal.raw


def test_the_login_screen_draws_what_the_terminal_knows(config: Config, tmp_path: Path) -> None:
    few = {"PYTHONIOENCODING": "ascii", "TERM": "xterm"}
    with closing(Terminal(tmp_path, **NO_KEYRING, **few)) as terminal:
        terminal.shows("+- Log in")
        terminal.press(f"{ADA}\rabc")
        terminal.shows("***")
        terminal.press("\x1b")
        assert terminal.ended() == 5
    assert b"\\u" not in terminal.raw
    assert b"8;2;" not in terminal.raw  # no colour of a theme
