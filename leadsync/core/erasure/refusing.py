"""Erased people are not typed in again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.erasure.tombstones import DOCUMENTS, Tombstones
from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store

_TELLING = frozenset({"email", "email_alt", "linkedin_url", "linkedin_member_id"})


def refuse_erased(store: Store, rows: Iterable[Mapping[str, Value]]) -> None:
    """Let no typed cell name somebody who was erased; asks the store only where one may.

    Raises:
        InputError: one does.
    """
    cells = [value for row in rows for key, value in row.items() if key in _TELLING and value]
    stones = Tombstones(store.documents(DOCUMENTS)) if cells else None
    if stones is None or not stones.are_there:
        return
    for cell in cells:
        if stones.covers_email(cell) or stones.covers_profile(cell):
            raise InputError(
                f'"{cell}" was erased from this workspace and is not taken in again',
                next_step="leadsync suppress check says who is; nothing was changed",
            )
