"""Who is let in no more while the store is open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.access.guard import RECHECK_S, Door, GuardedStore
from leadsync.core.access.records import TOKENS, USERS, identity_of, keep
from leadsync.core.access.rights import Right, Role
from leadsync.core.errors import AccessError
from leadsync.core.store.protocol import Store
from tests.entering import YEAR_2000, a_token, a_user

if TYPE_CHECKING:
    from leadsync.core.access.records import User


class HandClock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _guarded(store: Store, user: User, clock: HandClock, doing: Right | None = None) -> Any:
    a_token(store, user)
    (doc,) = store.documents(TOKENS)
    from leadsync.core.access.records import entry_from

    door = Door(store, identity_of(user, entry_from(TOKENS, doc)), clock=clock)
    return GuardedStore(door, doing)


def test_who_is_let_in_no_more_is_refused_within_seconds(store: Store) -> None:
    clock = HandClock()
    guarded = _guarded(store, a_user(store), clock)
    assert guarded.count({}) == 0
    (doc,) = store.documents(TOKENS)
    store.save(TOKENS, {**doc, "endedAt": YEAR_2000})
    clock.now = RECHECK_S
    for call in (lambda: guarded.count({}), lambda: guarded.unit("ada", "edit")):
        with pytest.raises(AccessError, match=r'the token "tests" of ada@team\.example is over'):
            call()
    assert not guarded.is_let_in


def test_another_role_holds_at_once_for_who_is_in(store: Store) -> None:
    clock = HandClock()
    user = a_user(store)
    guarded = _guarded(store, user, clock)
    keep(store, USERS, replace(user, role=Role.VIEWER))
    clock.now = RECHECK_S
    with pytest.raises(AccessError, match="your role has changed"):
        guarded.unit("ada", "edit")


def test_what_has_begun_is_finished(store: Store) -> None:
    clock = HandClock()
    guarded = _guarded(store, a_user(store), clock)
    pushing = guarded.acting(Right.PUSH)
    (doc,) = store.documents(TOKENS)
    store.save(TOKENS, {**doc, "endedAt": YEAR_2000})
    clock.now = RECHECK_S
    pushing.keep_sent("sheets:x", {1: {"hash": "y"}})
    assert store.sent("sheets:x") == {1: {"hash": "y"}}
    with pytest.raises(AccessError):
        guarded.acting(Right.PUSH)
