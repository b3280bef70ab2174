"""The label of a practice store: wherever its file is taken, it is not opened as a real one.

It is a document of the store, so that copies of the file, backups and dumps have it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, StoreError
from leadsync.core.models import now_iso

if TYPE_CHECKING:
    from leadsync.core.config import Config
    from leadsync.core.store.protocol import Store

KIND = "practice"
_NEXT = "leadsync --practice opens it; with --store, name the workspace that it is a copy of"


def put_label(store: Store) -> None:
    """Label a store as one of practice; nothing takes that off again."""
    if not is_labelled(store):
        store.save(KIND, {"madeAt": now_iso()})


def is_labelled(store: Store) -> bool:
    """Whether a store is one of practice."""
    return bool(store.documents(KIND))


def check_label(store: Store, config: Config) -> None:
    """Let nobody open a practice store for real.

    Raises:
        StoreError: it is one, and this is not practice.
    """
    if is_labelled(store) and not config.is_practice:
        from leadsync.core.config import hide_password

        raise StoreError(
            f'"{hide_password(config.store)}" is a practice copy, whose values are invented',
            next_step=_NEXT,
        )


def no_practice(name: str) -> InputError:
    """The error about a file that would bring a practice store into a real one."""
    return InputError(
        f'"{name}" is of a practice copy, whose values are invented; nothing was changed',
        next_step="give one of a real workspace",
    )
