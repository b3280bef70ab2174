"""Tokens of scripts: what lets cron in, for some things and some time."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from leadsync.core.access.bearer import bearer, hash_of, new_secret
from leadsync.core.access.guard import opened, refusal
from leadsync.core.access.records import TOKENS, Identity, Token, keep, list_all_tokens
from leadsync.core.access.rights import RIGHTS, Right, in_order
from leadsync.core.access.sessions import check_days
from leadsync.core.access.users import person
from leadsync.core.errors import InputError, NotFound
from leadsync.core.models import iso_of, now_iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

DAYS = 90
LIST = "leadsync tokens list"
LONGEST_NAME = 40


def add_token(
    workspace: Workspace,
    name: str,
    scopes: Iterable[Right],
    *,
    days: int = DAYS,
    now: Callable[[], float] = time.time,
) -> tuple[Token, str]:
    """Make a token; the text that a script holds is said this once.

    Args:
        workspace: of who has logged in; the token acts in their name, and never may do more than
            they may.
        name: what history calls it, as `cron`.
        scopes: what it may do.
        days: how long it works.
        now: the present moment, seconds since 1970.

    Raises:
        AccessError: a scope is more than its maker may do, or it is made by a token.
        InputError: the workspace is open, or the name or the days do not fit.
    """
    at = person(workspace)
    check_days(days)
    name = _checked_name(name)
    wanted = in_order(scopes)
    for scope in wanted:
        if scope not in RIGHTS[at.role]:
            raise refusal(at, scope)
    store = opened(workspace.store, Right.READ)
    secret = new_secret()
    label = f"add token {name} ({', '.join(wanted)}) for {days} days"
    with store.unit(workspace.actor, label) as unit:
        _check_free(store, at, name)
        token = Token(
            0, at.user_id, name, tuple(wanted), hash_of(secret), iso_of(now()),
            iso_of(now() + days * 86_400),
        )  # fmt: skip
        token = dataclasses.replace(token, id=keep(store, TOKENS, token))
        unit.finalise("tokens", 1)
    return token, bearer(TOKENS, token.id, secret)


def list_tokens(workspace: Workspace) -> list[Token]:
    """Tokens of who asks, and for an owner those of all; also those that have ended.

    Raises:
        InputError: the workspace is open.
    """
    at = person(workspace)
    tokens = list_all_tokens(opened(workspace.store, Right.READ))
    return [token for token in tokens if Right.ADMIN in at.rights or token.user_id == at.user_id]


def revoke_token(workspace: Workspace, which: str) -> Token:
    """End a token, by its number or its name, from now on: whoever uses it is refused.

    Raises:
        InputError: several have that name, or it has ended already.
        NotFound: who asks has no such token.
    """
    at = person(workspace)
    token = _found(list_tokens(workspace), at, which)
    if token.ended_at:
        raise InputError(f'token {token.id}, "{token.name}", is revoked already', next_step=LIST)
    store = opened(workspace.store, Right.READ)
    with store.unit(workspace.actor, f"revoke token {token.name} ({token.id})") as unit:
        ended = dataclasses.replace(token, ended_at=now_iso())
        keep(store, TOKENS, ended)
        unit.finalise("tokens", 1)
    return ended


def state_of(token: Token, now: str) -> str:
    """Whether it lets anybody in: `valid`, `revoked` or `expired`."""
    if token.ended_at:
        return "revoked"
    return "expired" if token.expires_at <= now else "valid"


def _found(tokens: list[Token], at: Identity, which: str) -> Token:
    if which.isdigit():
        found = [token for token in tokens if token.id == int(which)]
    else:
        named = [token for token in tokens if token.name == which]
        own = [token for token in named if token.user_id == at.user_id]
        found = [token for token in own or named if not token.ended_at] or named
    if not found:
        raise NotFound("token", which, known=[token.name for token in tokens], next_step=LIST)
    if len(found) > 1:
        numbers = ", ".join(str(token.id) for token in found)
        raise InputError(f'several tokens are called "{which}": {numbers}', next_step=LIST)
    return found[0]


def _check_free(store: Store, at: Identity, name: str) -> None:
    now = now_iso()
    for token in list_all_tokens(store):
        is_same = token.user_id == at.user_id and token.name == name
        if is_same and state_of(token, now) == "valid":
            raise InputError(
                f'you have a token "{name}" already', next_step=f"leadsync tokens revoke {name}"
            )


def _checked_name(name: str) -> str:
    name = name.strip()
    is_fit = name.isprintable() and 0 < len(name) <= LONGEST_NAME and not name.isdigit()
    if not is_fit or set(name) & set("()"):
        raise InputError(
            f'"{name}" is no name of a token', next_step="a word, as cron; brackets do not belong"
        )
    return name
