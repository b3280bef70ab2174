"""Erased people are not typed in again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.erasure.tombstones import DOCUMENTS, Tombstones
from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Store

_TELLING = frozenset({"email", "email_alt", "linkedin_url", "linkedin_member_id"})


def refuse_erased(store: Store, rows: Sequence[Mapping[str, Value]]) -> None:
    """Let no typed cell name somebody who was erased; asks the store only where one may.

    Raises:
        InputError: one does.
    """
    if not any(cells.get(key) for cells in rows for key in _TELLING):
        return
    stones = Tombstones(store.documents(DOCUMENTS))
    for cells in rows:
        if why := why_erased(stones, cells):
            raise InputError(
                why, next_step="leadsync suppress check says who is; nothing was changed"
            )


def why_erased(stones: Tombstones, cells: Mapping[str, Value]) -> str:
    """Why typed cells are not taken in: the first that names an erased person; empty: none does."""
    if stones.are_there:
        for cell in (value for key, value in cells.items() if key in _TELLING):
            if stones.covers_email(cell) or stones.covers_profile(cell):
                return f'"{cell}" was erased from this workspace and is not taken in again'
    return ""
