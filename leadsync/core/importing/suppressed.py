"""Rows that must not be imported: those with a suppressed address, or of an erased person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.importing.merge import addresses

if TYPE_CHECKING:
    from leadsync.core.importing.rows import Batch
    from leadsync.core.suppression import SuppressionList


def suppressed_rows(batch: Batch, suppressions: SuppressionList) -> set[int]:
    """The rows of a batch whose e-mail, or one of its alternates, is suppressed.

    Those of erased people are among them, also where only the LinkedIn profile tells it.
    """
    if suppressions.is_empty:
        return set()
    found = {n for n, email in enumerate(batch.column("email")) if suppressions.covers(email)}
    if "email_alt" in batch.columns:
        alternates = enumerate(batch.column("email_alt"))
        found |= {n for n, cell in alternates if any(map(suppressions.covers, addresses(cell)))}
    return found | erased_rows(batch, suppressions)


def erased_rows(batch: Batch, suppressions: SuppressionList) -> set[int]:
    """The rows of a batch that are about people who were erased."""
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
