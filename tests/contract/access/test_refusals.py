"""A refusal says what is not allowed, why, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.access import tokens, users
from leadsync.core.access.rights import Right, Role
from leadsync.core.access.users import require_changes
from leadsync.core.erasure.retention import expire
from leadsync.core.errors import AccessError
from leadsync.core.inbound.hooks import remove_hook
from leadsync.core.sync.pulling import pull
from tests.contract.access.team import ADA, CHEAP, GRACE, PASSWORD, Team

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.workspace import Workspace

REFUSED: dict[str, Callable[[Workspace], Any]] = {
    "change users": lambda w: users.add_user(
        w, "x@acme.com", PASSWORD, role=Role.MEMBER, cost=CHEAP
    ),
    "see who the users are": users.list_users,
    "remove leads for good": expire,
    "close hooks": lambda w: remove_hook(w, "website"),
    "make backups": lambda w: w.store.backup(w.config.path),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_an_owners_is_named(filled: Team, what: str) -> None:
    filled.add(GRACE, Role.MEMBER)
    with filled.open(GRACE) as workspace, pytest.raises(AccessError) as refused:
        REFUSED[what](workspace)
    assert refused.value.message == f"{GRACE} is a member here and may not {what}"
    assert refused.value.next_step.endswith(f"leadsync users role {GRACE} owner")


def test_a_token_whose_user_may_not_is_told_of_the_role(filled: Team) -> None:
    filled.add(GRACE, Role.MEMBER)
    with filled.open(GRACE) as workspace:
        _, text = tokens.add_token(workspace, "nightly", [Right.EXPORT])
    with filled.open(ADA) as workspace:
        users.change_role(workspace, GRACE, Role.VIEWER)
    with filled.open("server", text) as workspace, pytest.raises(AccessError) as refused:
        workspace.require(Right.EXPORT)
    assert refused.value.message == (
        f'{GRACE} is a viewer here and may not export leads, nor may the token "nightly"'
    )
    assert refused.value.next_step.endswith(f"leadsync users role {GRACE} member")


def test_a_token_that_lacks_a_scope_is_told_which_one_to_make(filled: Team) -> None:
    with filled.open(ADA) as workspace:
        _, text = tokens.add_token(workspace, "nightly", [Right.ENRICH])
    with filled.open("server", text) as workspace:
        with pytest.raises(AccessError) as refused:
            workspace.require(Right.PUSH)
        assert "leadsync login" in refused.value.next_step
        assert refused.value.next_step.endswith("tokens add NAME --scope enrich,push")
        with pytest.raises(AccessError, match="may not change users") as refused:
            require_changes(workspace)
        assert "without LEADSYNC_TOKEN" in refused.value.next_step


def test_a_pull_is_refused_as_one(filled: Team) -> None:
    filled.add(GRACE, Role.VIEWER)
    with filled.open(GRACE) as workspace, pytest.raises(AccessError, match="or pull what became"):
        pull(workspace, "instantly", "Fall outreach")
