"""Who somebody is: by the token of the environment, else by the login of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.access.bearer import is_secret_of, parse_bearer
from leadsync.core.access.kinds import SESSIONS, TOKENS
from leadsync.core.access.records import active_of, active_users, entry_from, identity_of
from leadsync.core.access.session_file import LOG_IN, kept_session
from leadsync.core.errors import AccessError, LoginNeeded
from leadsync.core.models import now_iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.access.records import Identity, User
    from leadsync.core.config import Config
    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

VARIABLE = "LEADSYNC_TOKEN"


def recognise(store: Store, config: Config, documents: Sequence[Doc] | None = None) -> Identity:
    """Who has come to a store that has users.

    Args:
        store: where they are.
        config: where the token, or the session of this machine, is.
        documents: of all users, as the store has them; None: they are read now.

    Raises:
        LoginNeeded: nobody is logged in, or not any more.
        AccessError: the token is not valid here, or others may read the file of the logins.
    """
    users = active_users(store) if documents is None else active_of(documents)
    return _by_token(store, users, config) or _by_session(store, users, config)


def _by_token(store: Store, users: Sequence[User], config: Config) -> Identity | None:
    if config.is_blank(VARIABLE):  # as where the file with the token is missing
        raise AccessError(
            f"{VARIABLE} is set, and no token is in it",
            next_step=f"put one there, or, to go on as who is logged in: unset {VARIABLE}",
        )
    text = config.secret_of_environment(VARIABLE)
    if text is None:
        return None
    new = "an owner or its user makes a new one: leadsync tokens add"
    found = _find(store, users, TOKENS, text)
    if found is None:
        raise AccessError(f"the token in {VARIABLE} is not valid here", next_step=new)
    identity, ended_at = found
    if ended_at:
        raise AccessError(
            f'the token "{identity.token}" in {VARIABLE} was revoked on {ended_at[:10]}',
            next_step=new,
        )
    if identity.expires_at <= now_iso():
        raise AccessError(
            f'the token "{identity.token}" in {VARIABLE} expired on {identity.expires_at[:10]}',
            next_step=new,
        )
    return identity


def _by_session(store: Store, users: Sequence[User], config: Config) -> Identity:
    text = kept_session(config)
    if text is None:
        raise LoginNeeded("nobody is logged in here", next_step=LOG_IN)
    found = _find(store, users, SESSIONS, text)
    if found is None or found[1]:
        raise LoginNeeded("the login on this machine is over", next_step=LOG_IN)
    if found[0].expires_at <= now_iso():
        raise LoginNeeded(
            f"the login of {found[0].email} expired on {found[0].expires_at[:10]}",
            next_step=LOG_IN,
        )
    return found[0]


def _find(store: Store, users: Sequence[User], kind: str, text: str) -> tuple[Identity, str] | None:
    """Whose it is, and when it was ended; None where it was never handed out, or to nobody here.

    Only who holds the secret itself is told that it was ended or has expired.
    """
    parts = parse_bearer(text)
    if parts is None or parts[0] != kind:
        return None
    body = store.get_document(kind, parts[1])
    if body is None:
        return None
    entry = entry_from(kind, body)
    user = next((one for one in users if one.id == entry.user_id), None)
    if not is_secret_of(parts[2], entry.hash) or user is None:
        return None
    return identity_of(user, entry), entry.ended_at
