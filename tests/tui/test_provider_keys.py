"""Keys of providers by screens: asked about, kept and forgotten, by owners, and never shown."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import keyring
import keyring.backends.fail
import pytest
from textual.widgets import Input

from leadsync.core.access.rights import Role
from leadsync.core.access.sessions import begin_session, login
from leadsync.core.access.users import add_user
from leadsync.core.config import load_config
from leadsync.core.store.opening import open_store
from leadsync.core.workspace import Workspace
from leadsync.tui.browser.visitor import OF_THIS_MACHINE
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.question import Question
from tests.entering import a_user
from tests.servers.http_server import HttpServer, Reply, Request
from tests.tui.conftest import people
from tests.tui.driven import Driven, on_grid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.config import Config

KEY = "planted-instantly-key-0123456789"
NAME = "INSTANTLY_API_KEY"
PASSWORD = "correct horse battery"
MEMBER = "mia@acme.example"
CHEAP = 4


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def instantly() -> Iterator[HttpServer]:
    """Instantly, as far as it says whether a key is good."""

    def answer(request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Reply(401, {"statusCode": 401, "error": "Unauthorized", "message": "bad key"})
        return Reply(200, {"id": "0190", "name": "Ada's workspace"})

    with HttpServer(answer).running() as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, instantly: HttpServer) -> Config:
    env = {
        "LEADSYNC_HOME": str(tmp_path / "home"),
        "USER": "ada",
        "LEADSYNC_INSTANTLY_BASE_URL": instantly.url,
        "HUNTER_API_KEY": "planted-hunter-key-0123",
    }
    return load_config({}, env)


@pytest.fixture
def asking(config: Config) -> Iterator[Workspace]:
    """A workspace that reaches a server for Instantly."""
    with Workspace.open(config) as workspace:
        people(workspace)
        yield workspace


@pytest.fixture
def joined(config: Config) -> Iterator[Workspace]:
    """One with users, in which a member is logged in; the machine's own login is the owner's."""
    with Workspace.open(config) as workspace:
        people(workspace)
        add_user(workspace, "ada@acme.example", PASSWORD, role=Role.OWNER, cost=CHEAP)
    with closing(open_store(config.store)) as store:
        begin_session(store, config, a_user(store, MEMBER, Role.MEMBER))
    with Workspace.open(config) as member:
        login(config, "ada@acme.example", PASSWORD)
        yield member


def kept(app: Driven) -> dict[str, str]:
    path = app.desk.workspace.config.keys.path
    return json.loads(path.read_text()) if path.exists() else {}


def screen_is(app: Driven, kind: type) -> bool:
    return isinstance(app.app.screen, kind)


async def choose(app: Driven, name: str, key: str) -> None:
    """The list, and a key on one of it."""
    app.desk.do("app.keys")
    await app.until(lambda: screen_is(app, Picker))
    await app.settle()
    await app.type(name)
    await app.press(key)


async def keep(app: Driven, key: str = KEY) -> None:
    await choose(app, NAME, "ctrl+s")
    await app.until(lambda: screen_is(app, Form))
    await app.type(key)
    assert key not in app.text()
    await app.press("enter")


@on_grid("asking")
async def test_a_key_is_kept_asked_about_and_forgotten_and_never_shown(app: Driven) -> None:
    seen: list[str] = []
    await keep(app)
    await app.until(lambda: f"{NAME} is kept in" in app.text())
    assert kept(app) == {NAME: KEY}
    app.desk.do("app.keys")
    await app.until(lambda: screen_is(app, Picker) and "keys.json" in app.text())
    seen.append(app.text())
    await app.press("escape")
    seen.append(app.text())
    await choose(app, NAME, "enter")
    await app.until(lambda: "instantly: accepted" in app.text())
    assert "Ada's workspace" in app.text()
    seen.append(app.text())
    await choose(app, NAME, "ctrl+d")
    await app.until(lambda: screen_is(app, Question) and "Forget it" in app.text())
    seen.append(app.text())
    await app.press("escape")
    assert kept(app) == {NAME: KEY}
    await choose(app, NAME, "ctrl+d")
    await app.until(lambda: screen_is(app, Question))
    await app.press("enter")
    await app.until(lambda: f"{NAME} is forgotten" in app.text())
    assert kept(app) == {}
    assert not any(KEY[:20] in text for text in seen)
    assert KEY not in app.app.export_screenshot()


@on_grid("asking")
async def test_the_list_says_where_keys_are(app: Driven) -> None:
    app.desk.do("app.keys")
    await app.until(lambda: screen_is(app, Picker))
    await app.settle()
    lines = app.text().splitlines()
    (hunter,) = [line for line in lines if "HUNTER_API_KEY" in line]
    (mine,) = [line for line in lines if NAME in line]
    assert "the environment" in hunter
    assert "not set" in mine
    assert "planted" not in app.text()
    assert command_line(app.desk, "app.keys") == "leadsync keys list"


@on_grid("asking")
async def test_a_refused_key_is_told_and_what_is_no_key_is_not_kept(app: Driven) -> None:
    await choose(app, NAME, "enter")  # it is not set: the form instead
    await app.until(lambda: screen_is(app, Form))
    await app.type("short")
    await app.press("enter")
    await app.until(lambda: "this is no key" in app.text())
    assert kept(app) == {}
    app.app.screen.query_one("#field-key", Input).value = "another-key-0123456789"
    await app.press("enter")
    await app.until(lambda: "is kept in" in app.text())
    await choose(app, NAME, "enter")
    await app.until(lambda: "instantly: refused; bad key" in app.text())


@on_grid("asking")
async def test_a_key_of_the_environment_is_not_removed(app: Driven) -> None:
    await choose(app, "HUNTER_API_KEY", "ctrl+d")
    await app.until(lambda: "is set in the environment" in app.text())
    assert app.app.screen is app.desk


@on_grid("joined")
async def test_a_member_sees_where_keys_are_and_changes_none(app: Driven) -> None:
    refused = f"{MEMBER} is a member here and may not set or remove keys"
    await choose(app, NAME, "ctrl+s")
    await app.until(lambda: refused in app.text())
    assert app.app.screen is app.desk
    assert kept(app) == {}


@on_grid("asking")
async def test_who_logged_in_by_a_page_does_not_touch_this_machines_keys(app: Driven) -> None:
    app.desk.closed = OF_THIS_MACHINE
    app.desk.do("app.keys")
    await app.settle()
    assert "this is not done in a browser" in app.text()
    assert app.app.screen is app.desk
