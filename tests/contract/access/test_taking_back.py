"""What was done with more than the right to edit is taken back, and brought back, with the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core import history
from leadsync.core.access import tokens
from leadsync.core.access.rights import Right, Role
from leadsync.core.columns.arming import arm, disarm
from leadsync.core.errors import AccessError, InputError
from leadsync.core.inbound.hook_settings import HookSettings
from leadsync.core.inbound.hooks import add_hook, list_hooks, remove_hook, renew_hook
from leadsync.core.leads.editing import edit_leads
from tests.contract.access.team import ADA, GRACE, Team

if TYPE_CHECKING:
    from leadsync.core.models import UnitRecord
    from leadsync.core.workspace import Workspace


def newest(workspace: Workspace) -> UnitRecord:
    return workspace.store.units(limit=1)[0]


def a_token(team: Team, *scopes: Right) -> Workspace:
    with team.open(ADA) as owner:
        _, text = tokens.add_token(owner, "-".join(scopes), list(scopes))
    return team.open("server", text)


def test_changes_of_hooks_are_taken_back_by_an_owner_alone(filled: Team) -> None:
    filled.add(GRACE, Role.MEMBER)
    with filled.open(ADA) as owner, filled.open(GRACE) as member:
        add_hook(owner, "website", "form", HookSettings())
        units = [newest(owner)]
        renew_hook(owner, "website")
        units.append(newest(owner))
        remove_hook(owner, "website")
        units.append(newest(owner))
        with a_token(filled, Right.EDIT) as editing:
            for unit in units:
                with pytest.raises(AccessError, match=r"is a member here and may not .* hooks"):
                    history.undo(member, unit.id)
                with pytest.raises(AccessError, match='no scope "admin"'):
                    history.undo(editing, unit.id)
        with pytest.raises(AccessError, match="hooks"):
            history.undo(member)  # the newest of all is an owner's
        assert list_hooks(owner.store) == []
        history.undo(owner, units[-1].id)
        (hook,) = list_hooks(owner.store)
        with pytest.raises(AccessError, match="hooks"):
            history.redo(member)
        with pytest.raises(AccessError, match="hooks"):
            history.undo(member, newest(owner).id)  # the undo itself
        assert list_hooks(owner.store) == [hook]
        edit_leads(member, [1], {"name": "C"})
        assert history.undo(member).label == "edit lead 1: name"


def test_arming_is_taken_back_by_who_may_arm(filled: Team) -> None:
    with filled.open(ADA) as owner, a_token(filled, Right.EDIT) as editing:
        arm(owner, "pitch", usd_micros_per_day=1)
        disarm(owner, "pitch")
        with pytest.raises(AccessError, match='no scope "enrich"'):
            history.undo(editing)
        assert not owner.column("pitch").armed
        with a_token(filled, Right.EDIT, Right.ENRICH) as running:
            history.undo(running)
        assert owner.column("pitch").armed


def test_a_viewer_takes_nothing_back_and_a_unit_that_is_final_says_so_first(filled: Team) -> None:
    filled.add(GRACE, Role.VIEWER)
    with filled.open(GRACE) as viewer, pytest.raises(AccessError, match="may not change anything"):
        history.check_undo(viewer, viewer.store.units(limit=2)[1])
    with filled.open(ADA) as owner, pytest.raises(InputError, match="cannot be taken back"):
        history.check_undo(owner, newest(owner))
