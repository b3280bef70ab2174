"""Logins: a password against a session, and the end of sessions."""

from __future__ import annotations

import dataclasses
import time
from contextlib import closing
from typing import TYPE_CHECKING

from leadsync.core.access.backoff import Tries
from leadsync.core.access.bearer import bearer, hash_of, is_secret_of, new_secret, parse_bearer
from leadsync.core.access.passwords import is_password
from leadsync.core.access.records import (
    SESSIONS,
    Identity,
    Session,
    User,
    active_users,
    identity_of,
    keep,
    list_sessions,
)
from leadsync.core.access.session_file import forget_session, keep_session, kept_session
from leadsync.core.errors import AccessError, InputError, LeadSyncError
from leadsync.core.models import from_doc, iso_of
from leadsync.core.store.opening import is_missing, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

DAYS = 14
LONGEST_DAYS = 366


def login(
    config: Config,
    email: str,
    password: str,
    *,
    days: int = DAYS,
    now: Callable[[], float] = time.time,
) -> Identity:
    """Let a user in on this machine, until the session expires or is ended.

    Args:
        config: the store, and where the session is kept.
        email: of the user.
        password: as it was typed.
        days: how long the session lasts.
        now: the present moment, seconds since 1970.

    Raises:
        AccessError: e-mail or password are wrong, which of them is not said; or it is tried too
            early after wrong ones.
        InputError: there is no store yet, or it has no users; or `days` is no number of days.
    """
    check_days(days)
    if is_missing(config.store):
        raise InputError("there is no store yet, so nobody has to log in", next_step="leadsync")
    with closing(open_store(config.store)) as store:
        users = active_users(store)
        if not users:
            raise InputError(
                "this store has no users, so nobody can log in",
                next_step="leadsync users add you@company.com",
            )
        user = proven(store, users, email, password, now=now)
        return begin_session(store, config, user, days=days, now=now)


def proven(
    store: Store, users: Sequence[User], email: str, password: str, *, now: Callable[[], float]
) -> User:
    """The user of that e-mail, if this is their password.

    Raises:
        AccessError: it is not, there is no such user, or it is tried too early.
    """
    wanted = email.strip().casefold()
    tries = Tries(store, [user.email for user in users])
    tries.begin(wanted, now())
    user = next((one for one in users if one.email == wanted), None)
    if not is_password(password, user.password_hash if user else "") or user is None:
        raise AccessError(
            "the e-mail or the password is wrong",
            next_step="try again; after three wrong ones each try has to wait",
        )
    tries.forget(wanted)
    return user


def begin_session(
    store: Store,
    config: Config,
    user: User,
    *,
    days: int = DAYS,
    now: Callable[[], float] = time.time,
) -> Identity:
    """Let this user in on this machine; a session that was here ends."""
    _end_kept(store, config, now)
    secret = new_secret()
    session = Session(0, user.id, hash_of(secret), iso_of(now()), iso_of(now() + days * 86_400))
    session = dataclasses.replace(session, id=keep(store, SESSIONS, session))
    keep_session(config, bearer(SESSIONS, session.id, secret))
    return identity_of(user, session)


def logout(
    config: Config, *, everywhere: bool = False, now: Callable[[], float] = time.time
) -> int:
    """End the session of this machine, or all of its user; how many have ended.

    Raises:
        AccessError: others may read the file of the logins.
    """
    ended = 0
    if kept_session(config) is not None and not is_missing(config.store):
        with closing(open_store(config.store)) as store:
            ended = _end_kept(store, config, now, everywhere=everywhere)
    forget_session(config)
    return ended


def end_sessions(
    store: Store, user_id: int, *, but: int = 0, now: Callable[[], float] = time.time
) -> int:
    """End all sessions of a user but one; how many there were."""
    ended = 0
    for session in list_sessions(store):
        if session.user_id == user_id and session.id != but and is_valid(session, now()):
            keep(store, SESSIONS, dataclasses.replace(session, ended_at=iso_of(now())))
            ended += 1
    return ended


def is_valid(session: Session, now: float) -> bool:
    """Whether a session lets anybody in at that moment."""
    return not session.ended_at and session.expires_at > iso_of(now)


def check_days(days: int) -> None:
    """Refuse a number of days that is none.

    Raises:
        InputError: it is none, or more than a year.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise InputError(f"{days} is no number of days", next_step=f"1 to {LONGEST_DAYS}")


def _end_kept(
    store: Store, config: Config, now: Callable[[], float], *, everywhere: bool = False
) -> int:
    """End the session that this machine holds, if it is one; how many have ended."""
    try:
        parts = parse_bearer(kept_session(config) or "")
    except LeadSyncError:  # what cannot be read lets nobody in
        return 0
    found = store.get_document(SESSIONS, parts[1]) if parts else None
    if parts is None or found is None:
        return 0
    session = from_doc(Session, found)
    if not is_secret_of(parts[2], session.hash):
        return 0
    if everywhere:
        return end_sessions(store, session.user_id, now=now)
    if not is_valid(session, now()):
        return 0
    keep(store, SESSIONS, dataclasses.replace(session, ended_at=iso_of(now())))
    return 1
