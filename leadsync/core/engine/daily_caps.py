"""Daily caps of columns: what a column has spent today, over all its runs. Days are UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.journal import most_of
from leadsync.core.models import now_iso

if TYPE_CHECKING:
    from leadsync.core.models import Column
    from leadsync.core.store.protocol import Store

PER_DAY = "usd_per_day"


def daily_cap(column: Column) -> int | None:
    """The most that a column may spend a day, in millionths of a dollar; None: no cap."""
    cap = column.caps.get(PER_DAY)
    return cap if isinstance(cap, int) else None


def spent_today(store: Store, column: Column) -> tuple[int, int]:
    """What the column has spent today, and what lost answers may have cost at most beside.

    A run of several columns counts in full for each of them: rather too much than too little.
    """
    today = now_iso()[:10]
    spent = lost = 0
    for run in store.runs():
        if column.id in run.column_ids and (not run.finished_at or run.finished_at >= today):
            paid, unanswered = store.spending(run.id, since=today)
            spent += paid
            lost += sum(most_of(call) for call in unanswered)
    return spent, lost
