"""Users, when a store is dumped, loaded, backed up and restored."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadsync.core import history
from leadsync.core.access import sessions, tokens, users
from leadsync.core.access.records import USERS, active_users
from leadsync.core.access.rights import Right, Role
from leadsync.core.errors import AccessError, InputError, LoginNeeded
from leadsync.core.leads import editing
from leadsync.core.models import to_doc
from leadsync.core.restoring import restore_workspace
from leadsync.core.store.dump_lines import dump_lines
from leadsync.core.store.opening import open_store
from tests.contract.access.team import ADA, CHEAP, GRACE, PASSWORD, VERA, Team

if TYPE_CHECKING:
    from pathlib import Path


def test_changes_of_users_stand_in_history_and_are_not_taken_back(team: Team) -> None:
    team.add(GRACE, Role.MEMBER)
    with team.open(ADA) as workspace:
        added, first = workspace.store.units()
        assert (added.actor, added.label) == (ADA, "add user grace@acme.com as member")
        assert (first.actor, first.label) == ("os", "add user ada@acme.com as owner")
        with pytest.raises(InputError, match="nothing to undo"):
            history.undo(workspace)
        with pytest.raises(InputError, match="cannot be taken back"):
            history.undo(workspace, added.id)
        assert len(users.list_users(workspace)) == 2


def test_no_hash_is_in_a_dump(team: Team) -> None:
    with team.open(ADA) as workspace:
        tokens.add_token(workspace, "cron", [Right.READ])
        text = "".join(dump_lines(workspace.store.records()))
    assert "$2b$" not in text
    assert "passwordHash" not in text
    assert '"hash"' not in text


def test_a_dump_cannot_bring_users(team: Team, tmp_path: Path) -> None:
    record = (
        "documents",
        {"kind": "users", "body": {"id": 9, "email": "eve@x.de", "role": "owner"}},
    )
    with (
        team.open(ADA) as workspace,
        pytest.raises(InputError, match='the dump holds "users"'),
    ):
        workspace.store.load([record])
    team.open(ADA).close()


def test_a_dump_loads_into_a_store_that_has_users_only(
    filled: Team, url: str, tmp_path: Path
) -> None:
    with filled.open(ADA) as workspace:
        records = list(workspace.store.records())
    other = Team(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "others")
    with other.open(GRACE) as workspace:
        users.add_user(workspace, GRACE, PASSWORD, role=Role.OWNER, cost=CHEAP)
    with other.open(GRACE) as workspace:
        workspace.store.load(records)
        assert [user.email for user in users.list_users(workspace)] == [GRACE]
        assert list(workspace.store.records()) == records


def test_a_restore_keeps_who_may_enter(filled: Team, tmp_path: Path) -> None:
    filled.add(GRACE, Role.MEMBER)
    backup = tmp_path / "past.backup"
    with filled.open(ADA) as workspace:
        _, text = tokens.add_token(workspace, "cron", [Right.READ])
        workspace.store.backup(backup)
        users.remove_user(workspace, GRACE)
        tokens.revoke_token(workspace, "cron")
        users.add_user(workspace, VERA, PASSWORD, role=Role.VIEWER, cost=CHEAP)
    sessions.login(filled.config(VERA), VERA, PASSWORD)
    with pytest.raises(AccessError, match=r"vera@acme\.com is a viewer here"):
        restore_workspace(backup, filled.config(VERA))
    restore_workspace(backup, filled.config(ADA))
    with filled.open(ADA) as workspace:
        assert [user.email for user in users.list_users(workspace)] == [ADA, VERA]
        assert workspace.store.count({}) == 2
        users.add_user(workspace, "new@acme.com", PASSWORD, role=Role.VIEWER, cost=CHEAP)
        assert [user.id for user in users.list_users(workspace)] == [1, 3, 4]
    filled.open(VERA).close()
    for token in ("", text):
        with pytest.raises(AccessError):
            filled.open(GRACE, token)


def test_a_backup_of_a_file_lets_its_users_in_where_there_were_none_but_no_old_session(
    filled: Team, tmp_path: Path, engine: str
) -> None:
    backup = tmp_path / "past.backup"
    with filled.open(ADA) as workspace:
        workspace.store.backup(backup)
    new = Team(f"sqlite:///{tmp_path / 'new' / 'leadsync.db'}", filled.folder)
    restore_workspace(backup, new.config(ADA))
    if engine == "mongo":  # its backup is a dump
        with new.open(ADA) as workspace:
            assert workspace.identity is None
        return
    with pytest.raises(LoginNeeded):
        new.open(ADA)
    sessions.login(new.config(ADA), ADA, PASSWORD)
    with new.open(ADA) as workspace:
        assert workspace.store.count({}) == 2


def test_two_people_write_to_one_store_each_in_their_own_name(filled: Team) -> None:
    filled.add(GRACE, Role.MEMBER)
    with filled.open(ADA) as ada, filled.open(GRACE) as grace:
        editing.edit_leads(ada, [1], {"name": "From Ada"})
        editing.edit_leads(grace, [2], {"name": "From Grace"})
        by = {unit.actor for unit in ada.store.units(limit=2)}
        assert by == {ADA, GRACE}
        assert ada.store.rows([1, 2], ["name"]) == [("From Ada",), ("From Grace",)]


def test_what_is_kept_of_users_is_what_is_documented(team: Team) -> None:
    with team.open(ADA) as workspace:
        tokens.add_token(workspace, "cron", [Right.READ])
    with closing(open_store(team.url)) as store:
        (user,) = active_users(store)
        assert set(store.documents(USERS)[0]) == set(to_doc(user))
        assert "hash" not in repr(user)
