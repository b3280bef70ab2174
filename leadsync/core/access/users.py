"""The users of a workspace: adding, removing, their roles and passwords.

Each change is one unit in history that cannot be taken back, and is the work of an owner who has
logged in: a token may not make users, so that one that was stolen cannot make itself a second life.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING

from leadsync.core.access.entering import is_shared
from leadsync.core.access.guard import opened, require
from leadsync.core.access.passwords import COST, check_password, hash_password
from leadsync.core.access.records import (
    USERS,
    Identity,
    User,
    active_users,
    keep,
    list_all_tokens,
    list_all_users,
)
from leadsync.core.access.rights import Right, Role
from leadsync.core.access.sessions import begin_session, end_sessions, proven
from leadsync.core.errors import AccessError, InputError, NotFound
from leadsync.core.identity import is_email
from leadsync.core.models import now_iso

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

LIST = "leadsync users list"
_CHANGES = "change users"


def list_users(workspace: Workspace) -> list[User]:
    """Users who may enter.

    Raises:
        AccessError: who asks is no owner.
    """
    return active_users(opened(workspace.store, Right.ADMIN, "see who the users are"))


def names_of(workspace: Workspace) -> dict[int, str]:
    """E-mails of all users by id, removed ones too, as history shows them to everybody."""
    users = list_all_users(opened(workspace.store, Right.READ))
    return {user.id: user.email for user in users}


def add_user(
    workspace: Workspace, email: str, password: str, *, role: Role, cost: int = COST
) -> User:
    """Add a user. The first one owns the workspace, and is logged in on this machine.

    From then on nobody gets in without a login.

    Args:
        workspace: of an owner; or one without users.
        email: what they log in with.
        password: their first one.
        role: what they may do.
        cost: of the hash, 2^cost rounds of bcrypt.

    Raises:
        AccessError: who does it is no owner.
        InputError: the e-mail is none, the password is too weak, or there is such a user.
    """
    address = _address(email)
    check_password(password, address)
    is_first = workspace.identity is None
    if is_first and role is not Role.OWNER:
        raise InputError(
            "the first user is the owner", next_step=f"leadsync users add {address} --role owner"
        )
    hashed = hash_password(password, cost=cost)  # before the unit: it takes its time
    with _changing(workspace, f"add user {address} as {role}") as (store, users):
        if is_first and users:
            raise AccessError("somebody else has become the owner", next_step="leadsync login")
        if any(user.email == address for user in users):
            raise InputError(f'there is a user "{address}" already', next_step=LIST)
        user = User(0, address, role, hashed, now_iso())
        user = dataclasses.replace(user, id=keep(store, USERS, user))
    if is_first:
        begin_session(opened(workspace.store, Right.ADMIN), workspace.config, user)
    return user


def change_role(workspace: Workspace, email: str, role: Role) -> User:
    """Give a user another role, at once in force.

    Raises:
        AccessError: who does it is no owner.
        InputError: it would leave no owner.
        NotFound: there is no such user.
    """
    with _changing(workspace, f"make {email.strip().casefold()} {role}") as (store, users):
        user = _found(users, email)
        _check_owner_stays(users, user, role)
        changed = dataclasses.replace(user, role=role)
        keep(store, USERS, changed)
    return changed


def change_own_password(
    workspace: Workspace,
    current: str,
    password: str,
    *,
    cost: int = COST,
    now: Callable[[], float] = time.time,
) -> int:
    """Give oneself another password; how many other sessions have ended with that.

    Raises:
        AccessError: the current one is wrong, or who does it is a token.
        InputError: the new one is too weak.
    """
    at = person(workspace)
    check_password(password, at.email)
    store = opened(workspace.store, Right.READ)
    proven(store, active_users(store), at.email, current, now=now)
    return _store_password(workspace, Right.READ, at.email, password, cost, but=at.entry_id)


def set_password(workspace: Workspace, email: str, password: str, *, cost: int = COST) -> int:
    """Give a user another password, as an owner; how many of their sessions have ended with that.

    Raises:
        AccessError: who does it is no owner.
        InputError: it is too weak.
        NotFound: there is no such user.
    """
    require_changes(workspace)
    check_password(password, email)
    return _store_password(workspace, Right.ADMIN, email, password, cost)


def remove_user(workspace: Workspace, email: str) -> User:
    """Let a user in no more, with all their sessions and tokens. History keeps their name.

    The last user of an SQLite file may go: it is open again then.

    Raises:
        AccessError: who does it is no owner.
        InputError: it would leave no owner.
        NotFound: there is no such user.
    """
    with _changing(workspace, f"remove user {email.strip().casefold()}") as (store, users):
        user = _found(users, email)
        if len(users) > 1 or is_shared(workspace.store.url):
            _check_owner_stays(users, user, None)
        removed = dataclasses.replace(user, password_hash="", removed_at=now_iso())
        keep(store, USERS, removed)
        end_sessions(store, user.id)
        for token in list_all_tokens(store):
            if token.user_id == user.id and not token.ended_at:
                keep(store, "tokens", dataclasses.replace(token, ended_at=now_iso()))
    return removed


def let_all_in(copy: Store) -> None:
    """Make a copy of a workspace open: nobody is a user of it any more, and no hash is in it."""
    for user in active_users(copy):
        keep(copy, USERS, dataclasses.replace(user, password_hash="", removed_at=now_iso()))


@contextlib.contextmanager
def _changing(
    workspace: Workspace, label: str, right: Right = Right.ADMIN
) -> Generator[tuple[Store, Sequence[User]]]:
    """One unit that changes users, against all other processes; the store itself, and who is there."""
    if workspace.identity is not None:
        person(workspace)
    store = opened(workspace.store, right, _CHANGES)
    with store.unit(workspace.actor, label) as unit:
        yield store, active_users(store)
        unit.finalise("users", 1)


def _store_password(
    workspace: Workspace, right: Right, email: str, password: str, cost: int, but: int = 0
) -> int:
    hashed = hash_password(password, cost=cost)
    label = f"new password of {email.strip().casefold()}"
    with _changing(workspace, label, right) as (store, users):
        user = _found(users, email)
        keep(store, USERS, dataclasses.replace(user, password_hash=hashed))
        return end_sessions(store, user.id, but=but)


def require_changes(workspace: Workspace) -> None:
    """Let nobody go on who may not change users; a workspace that is open has none yet.

    Raises:
        AccessError: who is there is a token, or no owner.
    """
    if workspace.identity is not None:
        person(workspace)
    require(workspace.store, Right.ADMIN, _CHANGES)


def person(workspace: Workspace) -> Identity:
    """Who has logged in.

    Raises:
        AccessError: it is a token; or nobody, because the workspace is open.
    """
    at = workspace.identity
    if at is None:
        raise InputError(
            "this workspace is open: it has no users",
            next_step="leadsync users add you@company.com",
        )
    if at.token:
        raise AccessError(
            f'the token "{at.token}" may not change users, tokens or passwords',
            next_step="leadsync login, without LEADSYNC_TOKEN",
        )
    return at


def _address(email: str) -> str:
    address = email.strip().casefold()
    if not is_email(address):
        raise InputError(f'"{email}" is no e-mail address', next_step="as ada@company.com")
    return address


def _found(users: Sequence[User], email: str) -> User:
    wanted = email.strip().casefold()
    for user in users:
        if user.email == wanted:
            return user
    raise NotFound("user", email, known=[user.email for user in users], next_step=LIST)


def _check_owner_stays(users: Sequence[User], user: User, role: Role | None) -> None:
    owners = [one for one in users if one.role is Role.OWNER and one.id != user.id]
    if user.role is Role.OWNER and role is not Role.OWNER and not owners:
        raise InputError(
            f"{user.email} is the only owner",
            next_step="make somebody else an owner first: leadsync users role EMAIL owner",
        )
