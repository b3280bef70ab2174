"""Being let in to a shared store, for tests of other things than that."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from leadsync.core.access.bearer import bearer, hash_of, new_secret
from leadsync.core.access.records import TOKENS, USERS, Token, User, active_users, keep
from leadsync.core.access.rights import Right, Role
from leadsync.core.store.opening import SQLITE_PREFIX, open_store

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store

OWNER = "ada@team.example"
ACTOR = f"{OWNER} (token tests)"
YEAR_2000, YEAR_3000 = "2000-01-01T00:00:00.000Z", "3000-01-01T00:00:00.000Z"


def token_for(store: str) -> dict[str, str]:
    """The variable that lets a process in to a MongoDB store as its owner; a file is open."""
    return {} if not store or store.startswith(SQLITE_PREFIX) else {"LEADSYNC_TOKEN": _token(store)}


@cache
def _token(url: str) -> str:
    """A token of the owner of a store; both are made, so each store is asked for once a process."""
    with closing(open_store(url)) as store:
        there = [user for user in active_users(store) if user.email == OWNER]
        return a_token(store, there[0] if there else a_user(store))


def a_user(store: Store, email: str = OWNER, role: Role = Role.OWNER) -> User:
    """A user whom no password lets in."""
    user = User(0, email, role, "", YEAR_2000)
    return replace(user, id=keep(store, USERS, user))


def a_token(store: Store, user: User, *scopes: Right, **fields: str) -> str:
    """What a script holds: of all scopes, where none is named."""
    secret = new_secret()
    token = Token(
        0, user.id, "tests", tuple(scopes or Right), hash_of(secret), YEAR_2000, YEAR_3000
    )  # fmt: skip
    return bearer(TOKENS, keep(store, TOKENS, replace(token, **fields)), secret)
