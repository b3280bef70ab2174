"""The counts of a run as they are true, also after a crash between a unit and the run's record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.tally import SKIPPED, Tally

if TYPE_CHECKING:
    from leadsync.core.models import Run
    from leadsync.core.store.protocol import Store


def true_tally(store: Store, run: Run) -> Tally:
    """The tally of earlier drives; counted anew from history where it does not add up.

    Engines without transactions over several documents may have stored one and not the other.
    """
    stored = Tally(run.counts)
    left = sum(store.queue_counts(run.id).values())
    if stored.settled + left == run.planned:
        return stored
    tally = Tally({SKIPPED: run.counts[SKIPPED]} if SKIPPED in run.counts else {})
    if run.unit_id:
        for change in store.changes(unit_id=run.unit_id):
            for slot, (_, after) in change.fields.items():
                if slot.startswith("task:") and after:
                    tally.counts[after["reason"]] += 1
    return tally
