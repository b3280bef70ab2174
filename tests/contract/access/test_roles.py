"""Roles hold in core: what owners, members and viewers may do."""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core import campaigns, history, views
from leadsync.core.access import sessions, tokens, users
from leadsync.core.access.guard import NEEDS
from leadsync.core.access.records import USERS
from leadsync.core.access.rights import RIGHTS, Right, Role
from leadsync.core.campaign_settings import campaign_settings, set_campaign
from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column, remove_column
from leadsync.core.engine.running import request_stop
from leadsync.core.engine.starting import take_over
from leadsync.core.errors import AccessError, InputError, LoginNeeded, NotFound
from leadsync.core.exporting.exporter import export_header, export_leads
from leadsync.core.exporting.formats import ExportOptions
from leadsync.core.importing.importer import import_file
from leadsync.core.importing.options import ImportOptions
from leadsync.core.leads import editing, merging
from leadsync.core.models import ACCESS_KINDS
from leadsync.core.selection import Selection
from leadsync.core.store.dump_lines import dump_lines
from leadsync.core.store.opening import open_store
from leadsync.core.store.protocol import Store
from leadsync.core.suppression import release, suppress
from leadsync.core.workspace import Workspace
from tests.contract.access.team import ADA, CHEAP, GRACE, OTHER, PASSWORD, VERA, Team

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def test_the_guard_knows_every_method_of_the_store() -> None:
    methods = {name for name, value in vars(Store).items() if callable(value) and name[0] != "_"}
    assert methods == {*NEEDS, "set_formulas", "close"}


WRITES: dict[str, Callable[[Workspace], Any]] = {
    "add a lead": lambda w: editing.add_lead(w, "Inbox", {"email": "c@x.de"}),
    "edit leads": lambda w: editing.edit_leads(w, [1], {"name": "C"}),
    "tag leads": lambda w: editing.tag_leads(w, [1], add=["vip"]),
    "trash leads": lambda w: editing.trash_leads(w, [1]),
    "merge leads": lambda w: merging.merge_leads(w, 1, [2]),
    "add a campaign": lambda w: campaigns.add_campaign(w, "Q4"),
    "add a column": lambda w: add_column(w, ColumnSpec(key="note", label="Note")),
    "remove a column": lambda w: remove_column(w, "pitch"),
    "save a view": lambda w: views.save_view(w, "mine"),
    "remove a view": lambda w: views.remove_view(w, "all"),
    "suppress": lambda w: suppress(w, ["c@x.de"]),
    "release": lambda w: release(w, ["gone@x.de"]),
    "undo": history.undo,
    "import": lambda w: import_file(
        w.store, io.BytesIO(b"Email\nc@x.de\n"), ImportOptions(name="c.csv"), actor=w.actor
    ),
    "take a run over": lambda w: take_over(w, 1),
    "stop a run": lambda w: request_stop(w, 1),
    "export": lambda w: export_leads(
        w,
        Selection(),
        io.BytesIO(),
        export_header(w, Selection(), ExportOptions(), columns=["email"]),
        ExportOptions(),
    ),
    "write documents": lambda w: w.store.save("views", {"name": "x"}),
    "make oneself an owner": lambda w: w.store.save("users", {"id": 3, "role": "owner"}),
    "change shared state": lambda w: w.store.change_shared("logins", lambda _: {}),
    "dump": lambda w: list(w.store.records()),
    "load": lambda w: w.store.load([]),
    "add a user": lambda w: users.add_user(w, "eve@acme.com", PASSWORD, role=Role.OWNER),
    "change a role": lambda w: users.change_role(w, VERA, Role.OWNER),
    "change a password": lambda w: users.set_password(w, ADA, OTHER),
    "remove a user": lambda w: users.remove_user(w, ADA),
    "list users": users.list_users,
}


@pytest.fixture
def viewed(filled: Team) -> Iterator[Workspace]:
    """The store as a viewer has it."""
    filled.add(VERA, Role.VIEWER)
    with filled.open(VERA) as workspace:
        yield workspace


def test_a_viewer_reads_and_is_refused_every_write(viewed: Workspace, team: Team) -> None:
    with closing(open_store(team.url)) as store:
        before = [*dump_lines(store.records())], store.documents(USERS)
        for what, write in WRITES.items():
            with pytest.raises(AccessError) as refused:
                write(viewed)
            assert VERA in refused.value.message or "documents" in refused.value.message, what
        assert ([*dump_lines(store.records())], store.documents(USERS)) == before
    assert viewed.store.rows([1], ["email"]) == [("a@x.de",)]
    assert viewed.store.units()


def test_a_member_does_all_but_keys_users_and_what_reads_hashes(filled: Team) -> None:
    filled.add(GRACE, Role.MEMBER)
    with filled.open(GRACE) as workspace:
        editing.edit_leads(workspace, [1], {"name": "C"})
        assert workspace.store.units(limit=1)[0].actor == GRACE
        assert list(workspace.store.records())
        for refused in ("load", "list users", "add a user", "change a role", "remove a user"):
            with pytest.raises(AccessError, match=r"grace@acme\.com is a member here"):
                WRITES[refused](workspace)


def test_rights_of_roles_are_as_documented() -> None:
    assert RIGHTS[Role.OWNER] == frozenset(Right)
    assert RIGHTS[Role.MEMBER] == frozenset(Right) - {Right.ADMIN}
    assert RIGHTS[Role.VIEWER] == {Right.READ}


def test_nobody_reads_hashes_as_documents(team: Team) -> None:
    with team.open(ADA) as workspace:
        for kind in ACCESS_KINDS:
            with pytest.raises(AccessError, match="are not read or written as documents"):
                workspace.store.documents(kind)
            with pytest.raises(AccessError, match="are not read or written as documents"):
                workspace.store.get_document(kind, 1)


def test_who_is_removed_ends_with_all_logins_and_tokens(team: Team) -> None:
    team.add(GRACE, Role.MEMBER)
    with team.open(GRACE) as workspace:
        _, text = tokens.add_token(workspace, "cron", [Right.READ])
    with team.open(ADA) as workspace:
        users.remove_user(workspace, GRACE)
        with pytest.raises(NotFound, match="no user"):
            users.remove_user(workspace, GRACE)
    for token in ("", text):
        with pytest.raises(AccessError):
            team.open(GRACE, token)
    with pytest.raises(AccessError, match="is wrong"):
        sessions.login(team.config(GRACE), GRACE, PASSWORD)


def test_a_removed_user_who_is_added_again_does_not_get_old_tokens_back(team: Team) -> None:
    team.add(GRACE, Role.MEMBER)
    with team.open(GRACE) as workspace:
        _, text = tokens.add_token(workspace, "cron", [Right.READ])
    with team.open(ADA) as workspace:
        users.remove_user(workspace, GRACE)
        users.add_user(workspace, GRACE, OTHER, role=Role.MEMBER, cost=CHEAP)
    with pytest.raises(AccessError):
        team.open("server", text)


def test_how_long_leads_are_kept_is_an_owners_to_say_and_to_undo(filled: Team) -> None:
    filled.add(GRACE, Role.MEMBER)
    with filled.open(ADA) as owner:
        set_campaign(owner, "Inbox", retention_days=365)
    with filled.open(GRACE) as member:
        for change in (
            lambda: set_campaign(member, "Inbox", retention_days=1),
            lambda: set_campaign(member, "Inbox", retention_days=0, max_per_company=2),
            lambda: history.undo(member),
        ):
            with pytest.raises(AccessError, match="is a member here and may not"):
                change()
        changed = set_campaign(member, "Inbox", retention_days=365, max_per_company=2)
        assert campaign_settings(changed).caps.per_company == 2
        history.undo(member)
        assert campaign_settings(member.campaign("Inbox")).retention_days == 365
    with filled.open(ADA) as owner:
        set_campaign(owner, "Inbox", retention_days=1)
        history.undo(owner)
        assert campaign_settings(owner.campaign("Inbox")).retention_days == 365
    with filled.open(GRACE) as member, pytest.raises(AccessError, match="how long leads are kept"):
        history.redo(member)


def test_the_only_owner_stays(team: Team) -> None:
    team.add(GRACE, Role.MEMBER)
    with team.open(ADA) as workspace:
        with pytest.raises(InputError, match=r"ada@acme\.com is the only owner"):
            users.change_role(workspace, ADA, Role.MEMBER)
        with pytest.raises(InputError, match="the only owner"):
            users.remove_user(workspace, ADA)
        users.change_role(workspace, GRACE, Role.OWNER)
        users.change_role(workspace, ADA, Role.MEMBER)


def test_the_last_user_of_a_file_may_go_and_that_of_a_database_stays(
    team: Team, engine: str
) -> None:
    with team.open(ADA) as workspace:
        if engine == "sqlite":
            users.remove_user(workspace, ADA)
        else:
            with pytest.raises(InputError, match="the only owner"):
                users.remove_user(workspace, ADA)
    if engine == "sqlite":
        with team.open("anybody") as workspace:
            assert workspace.identity is None


def test_a_new_password_ends_other_logins_and_takes_the_present_one(team: Team) -> None:
    sessions.login(team.config("laptop"), ADA, PASSWORD)
    with team.open(ADA) as workspace:
        with pytest.raises(AccessError, match="is wrong"):
            users.change_own_password(workspace, "not my password", OTHER, cost=CHEAP)
        assert users.change_own_password(workspace, PASSWORD, OTHER, cost=CHEAP) == 1
    team.open(ADA).close()
    with pytest.raises(LoginNeeded):
        team.open("laptop")
    sessions.login(team.config("laptop"), ADA, OTHER)


def test_an_owner_gives_a_user_a_new_password(team: Team) -> None:
    team.add(GRACE, Role.MEMBER)
    with team.open(ADA) as workspace:
        assert users.set_password(workspace, GRACE, OTHER, cost=CHEAP) == 1
    with pytest.raises(LoginNeeded):
        team.open(GRACE)
    sessions.login(team.config(GRACE), GRACE, OTHER)
