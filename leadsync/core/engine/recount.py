"""The counts of a run as they are true, also after a crash between a unit and the run's record."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leadsync.core.engine.tally import SKIPPED

if TYPE_CHECKING:
    from leadsync.core.models import Run
    from leadsync.core.store.protocol import Store


def true_counts(store: Store, run: Run) -> Counter[str]:
    """The counts of a run; counted anew from history where they do not add up.

    Engines without transactions over several documents may have stored one and not the other.
    Nobody else may be working on the run.
    """
    counts = Counter(run.counts)
    left = sum(store.queue_counts(run.id).values())
    if sum(counts.values()) + left == run.planned:
        return counts
    counts = Counter({SKIPPED: run.counts[SKIPPED]} if SKIPPED in run.counts else {})
    if run.unit_id:
        for change in store.changes(unit_id=run.unit_id):
            for slot, (_, after) in change.fields.items():
                if slot.startswith("task:") and after:
                    counts[after["reason"]] += 1
    return counts
