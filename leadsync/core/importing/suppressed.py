"""Rows that must not be imported: those with a suppressed address, or of an erased person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.importing.merge import addresses

if TYPE_CHECKING:
    from leadsync.core.importing.rows import Batch
    from leadsync.core.suppression import SuppressionList


def suppressed_rows(batch: Batch, suppressions: SuppressionList) -> set[int]:
    """The rows of a batch whose e-mail, or one of its alternates, is on the list in plain words."""
    if suppressions.is_empty:
        return set()
    found = {n for n, email in enumerate(batch.column("email")) if suppressions.lists(email)}
    if "email_alt" in batch.columns:
        alternates = enumerate(batch.column("email_alt"))
        found |= {n for n, cell in alternates if any(map(suppressions.lists, addresses(cell)))}
    return found


def erased_rows(batch: Batch, suppressions: SuppressionList) -> set[int]:
    """The rows of a batch about people who were erased, also where only the profile tells it.

    Each cell is hashed for it: ask once.
    """
    if not suppressions.has_erased:
        return set()
    found: set[int] = set()
    for key in ("email", "email_alt"):
        if key in batch.columns:
            cells = enumerate(batch.column(key))
            found |= {n for n, cell in cells if suppressions.is_erased(cell)}
    for key in ("linkedin_url", "linkedin_member_id"):
        if key in batch.columns:
            cells = enumerate(batch.column(key))
            found |= {n for n, cell in cells if suppressions.covers_profile(cell)}
    return found
