"""Rows that must not be imported: those with a suppressed address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.importing.merge import addresses

if TYPE_CHECKING:
    from leadsync.core.importing.rows import Batch
    from leadsync.core.suppression import SuppressionList


def suppressed_rows(batch: Batch, suppressions: SuppressionList) -> set[int]:
    """The rows of a batch whose e-mail, or one of its alternates, is suppressed."""
    if suppressions.is_empty:
        return set()
    found = {n for n, email in enumerate(batch.column("email")) if suppressions.covers(email)}
    if "email_alt" in batch.columns:
        alternates = enumerate(batch.column("email_alt"))
        found |= {n for n, cell in alternates if any(map(suppressions.covers, addresses(cell)))}
    return found
