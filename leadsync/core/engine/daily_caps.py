"""Daily caps of columns, in millionths of a dollar. Days are UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.models import Column

PER_DAY = "usd_per_day"


def daily_cap(column: Column) -> int | None:
    """The most that a column may spend a day, in millionths of a dollar; None: no cap."""
    cap = column.caps.get(PER_DAY)
    return cap if isinstance(cap, int) else None
