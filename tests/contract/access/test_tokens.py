"""Tokens let scripts in, for some things and some time."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.access import tokens, users
from leadsync.core.access.records import TOKENS, active_users
from leadsync.core.access.rights import Right, Role, parse_scopes
from leadsync.core.backups import back_up, list_backups
from leadsync.core.campaign_settings import campaign_settings, set_campaign
from leadsync.core.columns.arming import arm
from leadsync.core.engine.starting import take_over
from leadsync.core.errors import AccessError, InputError, NotFound
from leadsync.core.importing.importer import import_file
from leadsync.core.importing.options import ImportOptions
from leadsync.core.inbound.hook_settings import FORM, HookSettings
from leadsync.core.inbound.hooks import add_hook, list_hooks, remove_hook, renew_hook
from leadsync.core.leads import editing
from leadsync.core.store.opening import open_store
from leadsync.core.workspace import Workspace
from tests.contract.access.team import ADA, CHEAP, GRACE, OTHER, PASSWORD, VERA, Team
from tests.entering import a_token

if TYPE_CHECKING:
    from pathlib import Path


def test_a_token_lets_a_script_in_for_its_scopes_alone(filled: Team) -> None:
    with filled.open(ADA) as workspace:
        token, text = tokens.add_token(workspace, "cron", parse_scopes("enrich,export"))
    assert token.scopes == ("read", "enrich", "export")
    with filled.open("server", text) as workspace:
        assert workspace.actor == "ada@acme.com (token cron)"
        workspace.require(Right.EXPORT)
        assert workspace.acting(Right.ENRICH).store.count({}) == 2
        with pytest.raises(
            AccessError, match=r'the token "cron" of ada@acme\.com has no scope "edit"'
        ):
            editing.edit_leads(workspace, [1], {"name": "C"})
        with pytest.raises(AccessError, match='no scope "import"'):
            import_file(
                workspace.store,
                io.BytesIO(b"Email\nc@x.de\n"),
                ImportOptions(name="c.csv"),
                actor="",
            )
        with pytest.raises(AccessError, match='no scope "admin"'):
            workspace.store.backup(filled.folder / "copy")
        assert workspace.store.rows([1], ["name"]) == [("A",)]


def test_a_write_of_a_token_says_so_in_history(filled: Team) -> None:
    with filled.open(ADA) as workspace:
        _, text = tokens.add_token(workspace, "sync", [Right.EDIT])
    with filled.open("server", text) as workspace:
        editing.edit_leads(workspace, [1], {"name": "C"})
        assert workspace.store.units(limit=1)[0].actor == "ada@acme.com (token sync)"


def test_forged_tokens_let_nobody_in(team: Team) -> None:
    with team.open(ADA) as workspace:
        _, text = tokens.add_token(workspace, "cron", [Right.READ])
    _, number, secret = text.split("_", 2)
    for forged in (f"lst_{number}_{'A' * 43}", f"lst_7_{secret}", f"lss_{number}_{secret}", "x"):
        with pytest.raises(AccessError, match="the token in LEADSYNC_TOKEN is not valid here"):
            team.open("server", forged)


def test_an_invalid_token_is_refused_also_where_somebody_is_logged_in(team: Team) -> None:
    with pytest.raises(AccessError, match="not valid here"):
        team.open(ADA, "lst_1_nothing")


@pytest.mark.parametrize("blank", ["", " \n"])
def test_a_token_that_is_blank_is_refused_also_where_somebody_is_logged_in(
    team: Team, blank: str
) -> None:
    config = team.config(ADA)
    blanked = replace(config, _environment={**config._environment, "LEADSYNC_TOKEN": blank})
    with pytest.raises(AccessError, match="LEADSYNC_TOKEN is set, and no token is in it"):
        Workspace.open(blanked)


def test_expired_and_revoked_tokens_let_nobody_in(team: Team) -> None:
    with team.open(ADA) as workspace:
        _, old = tokens.add_token(workspace, "old", [Right.READ], days=1, now=lambda: 1000.0)
        _, gone = tokens.add_token(workspace, "gone", [Right.READ])
        tokens.revoke_token(workspace, "gone")
        with pytest.raises(InputError, match="revoked already"):
            tokens.revoke_token(workspace, "gone")
    with pytest.raises(AccessError, match='"old" in LEADSYNC_TOKEN expired on 1970-01-02'):
        team.open("server", old)
    with pytest.raises(AccessError, match='"gone" in LEADSYNC_TOKEN was revoked on'):
        team.open("server", gone)


def test_nobody_makes_a_token_that_may_more_than_themselves(team: Team) -> None:
    team.add(GRACE, Role.MEMBER)
    team.add(VERA, Role.VIEWER)
    with (
        team.open(GRACE) as workspace,
        pytest.raises(AccessError, match=r"grace@acme\.com is a member"),
    ):
        tokens.add_token(workspace, "cron", [Right.ADMIN])
    with team.open(VERA) as workspace:
        with pytest.raises(AccessError, match=r"vera@acme\.com is a viewer"):
            tokens.add_token(workspace, "cron", [Right.ENRICH])
        tokens.add_token(workspace, "report", [Right.READ])


def test_a_token_makes_no_tokens_and_no_users_whatever_its_scopes(team: Team) -> None:
    with team.open(ADA) as workspace:
        _, text = tokens.add_token(workspace, "all", list(Right))
    with team.open("server", text) as workspace:
        with pytest.raises(AccessError, match="may not change users, tokens or passwords"):
            tokens.add_token(workspace, "more", [Right.READ])
        with pytest.raises(AccessError, match="may not change users"):
            users.add_user(workspace, GRACE, PASSWORD, role=Role.OWNER, cost=CHEAP)
        with pytest.raises(AccessError, match="may not change users"):
            users.change_own_password(workspace, PASSWORD, OTHER, cost=CHEAP)


def test_a_token_loses_what_its_user_loses(team: Team) -> None:
    team.add(GRACE, Role.MEMBER)
    with team.open(GRACE) as workspace:
        _, text = tokens.add_token(workspace, "cron", [Right.EDIT, Right.ENRICH])
    with team.open(ADA) as workspace:
        users.change_role(workspace, GRACE, Role.VIEWER)
    with team.open("server", text) as workspace:
        assert workspace.identity
        assert workspace.identity.rights == {Right.READ}
    with team.open(ADA) as workspace:
        users.remove_user(workspace, GRACE)
    with pytest.raises(AccessError, match="not valid here"):
        team.open("server", text)


def test_who_is_no_owner_sees_and_revokes_own_tokens_alone(team: Team) -> None:
    team.add(GRACE, Role.MEMBER)
    with team.open(ADA) as workspace:
        tokens.add_token(workspace, "cron", [Right.READ])
    with team.open(GRACE) as workspace:
        assert tokens.list_tokens(workspace) == []
        with pytest.raises(NotFound, match='no token "cron"'):
            tokens.revoke_token(workspace, "cron")
        tokens.add_token(workspace, "mine", [Right.READ])
    with team.open(ADA) as workspace:
        assert [token.name for token in tokens.list_tokens(workspace)] == ["cron", "mine"]
        tokens.revoke_token(workspace, "mine")


def test_scopes_of_a_newer_version_give_nothing(team: Team) -> None:
    with closing(open_store(team.url)) as store:
        (ada,) = active_users(store)
        text = a_token(store, ada, Right.READ)
        (body,) = store.documents(TOKENS)
        store.save(TOKENS, {**body, "scopes": ["read", "everything"]})
    with team.open("server", text) as workspace:
        assert workspace.identity
        assert workspace.identity.rights == {Right.READ}


def test_a_token_that_may_edit_but_not_run_arms_nothing(filled: Team) -> None:
    with filled.open(ADA) as workspace:
        _, text = tokens.add_token(workspace, "sync", [Right.EDIT])
    with filled.open("server", text) as workspace:
        with pytest.raises(AccessError, match='no scope "enrich"'):
            arm(workspace, "pitch", usd_micros_per_day=1)
        with pytest.raises(AccessError, match='no scope "enrich"'):
            take_over(workspace, 1)


def test_a_token_for_what_is_an_owners_needs_no_other_scope(filled: Team, tmp_path: Path) -> None:
    with filled.open(ADA) as workspace:
        _, text = tokens.add_token(workspace, "adm", [Right.ADMIN])
    file = tmp_path / "copy"
    with filled.open("server", text) as workspace:
        back_up(workspace, file)
        assert [backup.path for backup in list_backups(workspace.store)] == [str(file)]
        add_hook(workspace, "website", FORM, HookSettings(), campaign="From the site")
        renew_hook(workspace, "website")
        remove_hook(workspace, "website")
        assert list_hooks(workspace.store) == []
        set_campaign(workspace, "Inbox", retention_days=365)
        assert campaign_settings(workspace.campaign("Inbox")).retention_days == 365
        with pytest.raises(AccessError, match='no scope "edit"'):
            set_campaign(workspace, "Inbox", retention_days=30, max_per_company=1)


def test_a_backup_that_is_refused_leaves_no_file(filled: Team, tmp_path: Path) -> None:
    with filled.open(ADA) as workspace:
        _, text = tokens.add_token(workspace, "sync", [Right.EDIT, Right.EXPORT])
    with filled.open("server", text) as workspace:
        with pytest.raises(AccessError, match='no scope "admin"'):
            back_up(workspace, tmp_path / "copy")
        assert not (tmp_path / "copy").exists()
