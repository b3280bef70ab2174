"""Coming in: by a door that is open, or as somebody who is known.

An SQLite file is open to whoever may read it until it has a user. A MongoDB database is shared, so it
lets nobody in but a user; the first one is added by whoever can reach the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.access.guard import guarded
from leadsync.core.access.kinds import USERS
from leadsync.core.errors import AccessError
from leadsync.core.store.opening import SQLITE_PREFIX

if TYPE_CHECKING:
    from leadsync.core.access.records import Identity
    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store


def enter(
    store: Store, config: Config, *, adds_first_user: bool = False
) -> tuple[Store, Identity | None]:
    """The store as whoever is there may use it, and who that is; None: it is open to all.

    Args:
        store: as it was opened.
        config: where the token, or the session of this machine, is.
        adds_first_user: a shared store without users is opened, too.

    Raises:
        LoginNeeded: nobody is logged in, or not any more.
        AccessError: the token is not valid here, others may read the file of the logins, or a
            shared store has no users yet.
    """
    users = store.documents(USERS)
    if all(user.get("removedAt") for user in users):
        if is_shared(store.url) and not adds_first_user:
            raise AccessError(
                "this shared store has no users yet, and lets nobody else in",
                next_step="leadsync users add you@company.com; the first user owns it",
            )
        return store, None
    from leadsync.core.access.recognising import recognise  # not paid for by an open door

    identity = recognise(store, config, users)
    return guarded(store, identity), identity


def is_shared(url: str) -> bool:
    """Whether the store is one that others reach over a network."""
    return not url.startswith(SQLITE_PREFIX)
