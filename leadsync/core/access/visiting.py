"""Visits: logins through a page. What was handed out stays with the process that serves the page.

Other than a login on the command line, a visit is not kept on this machine: who logs in through a
browser must not log in whoever sits at the server.
"""

from __future__ import annotations

import dataclasses
import time
from contextlib import closing
from typing import TYPE_CHECKING

from leadsync.core.access.bearer import bearer, hash_of, is_secret_of, new_secret, parse_bearer
from leadsync.core.access.guard import guarded
from leadsync.core.access.records import (
    SESSIONS,
    Identity,
    Session,
    active_users,
    entry_from,
    identity_of,
    keep,
)
from leadsync.core.access.sessions import proven
from leadsync.core.errors import LoginNeeded
from leadsync.core.models import from_doc, iso_of, now_iso
from leadsync.core.store.opening import is_missing, open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

VARIABLE = "LEADSYNC_VISIT"
"""Where a process of a visitor finds what lets it in."""

LASTS_S = 12 * 3600.0


def has_users(config: Config) -> bool:
    """Whether a login is needed."""
    if is_missing(config.store):
        return False
    with closing(open_store(config.store)) as store:
        return bool(active_users(store))


def begin_visit(
    config: Config, email: str, password: str, *, now: Callable[[], float] = time.time
) -> str:
    """What lets a user in for half a day.

    Raises:
        AccessError: e-mail or password are wrong, or it is tried too early after wrong ones.
    """
    with closing(open_store(config.store)) as store:
        user = proven(store, active_users(store), email, password, now=now)
        secret = new_secret()
        session = Session(0, user.id, hash_of(secret), iso_of(now()), iso_of(now() + LASTS_S))
        return bearer(SESSIONS, keep(store, SESSIONS, session), secret)


def end_visit(config: Config, text: str, *, now: Callable[[], float] = time.time) -> None:
    """Let nobody in by this any more; nothing happens where nobody was."""
    parts = parse_bearer(text)
    with closing(open_store(config.store)) as store:
        document = store.get_document(SESSIONS, parts[1]) if parts else None
        if parts is None or parts[0] != SESSIONS or document is None:
            return
        session = from_doc(Session, document)
        if is_secret_of(parts[2], session.hash) and not session.ended_at:
            keep(store, SESSIONS, dataclasses.replace(session, ended_at=iso_of(now())))


def enter_visit(store: Store, text: str) -> tuple[Store, Identity]:
    """The store as a visitor may use it, and who that is.

    Raises:
        LoginNeeded: the visit is over, or never was.
    """
    over = LoginNeeded("this visit is over", next_step="open the page again, and log in")
    parts = parse_bearer(text)
    document = store.get_document(SESSIONS, parts[1]) if parts else None
    if parts is None or parts[0] != SESSIONS or document is None:
        raise over
    session = entry_from(SESSIONS, document)
    user = next((one for one in active_users(store) if one.id == session.user_id), None)
    is_held = is_secret_of(parts[2], session.hash) and not session.ended_at
    if user is None or not is_held or session.expires_at <= now_iso():
        raise over
    identity = identity_of(user, session)
    return guarded(store, identity), identity
