"""A store that has users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import keyring.backends.fail
import pytest

from leadsync.core import views
from leadsync.core.access import users
from leadsync.core.access.rights import Role
from leadsync.core.suppression import suppress
from leadsync.core.workspace import Workspace
from tests.contract.access.team import ADA, CHEAP, PASSWORD, Team
from tests.contract.making import a_campaign, a_column, a_run, nobody_is_alive, some_leads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    """Logins go into the file: nobody's keyring is touched."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if engine == "mongo":
        return request.getfixturevalue("mongo_db_url")
    return f"sqlite:///{tmp_path / 'store' / 'leadsync.db'}"


@pytest.fixture
def team(url: str, tmp_path: Path) -> Team:
    """Ada owns a store; she is logged in."""
    made = Team(url, tmp_path / "homes")
    with Workspace.open(made.config(ADA), adds_first_user=True) as workspace:
        users.add_user(workspace, ADA, PASSWORD, role=Role.OWNER, cost=CHEAP)
    return made


@pytest.fixture
def filled(team: Team) -> Team:
    """The same with two leads, a view, a run and something that is suppressed."""
    with team.open(ADA) as workspace:
        store = workspace.store
        inbox = a_campaign(store)
        pitch = a_column(store, "pitch", kind="ai", inputs=("name",))
        rows = [{"email": "a@x.de", "name": "A"}, {"email": "b@x.de", "name": "B"}]
        some_leads(store, inbox, rows)
        views.save_view(workspace, "all")
        suppress(workspace, ["gone@x.de"])
        store.start_run(a_run(pitch, members={}), nobody_is_alive)
    return team
