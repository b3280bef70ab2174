"""Cells that wait for late answers, as far as this process knows, and what was paid for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.engine.late import LateJob
    from leadsync.core.models import Call


class LateWaits:
    """The cells of one lane that wait, with the calls that began the work on each."""

    def __init__(self) -> None:
        """Begin with none."""
        self._calls: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def call_ids(self) -> set[int]:
        """Calls of the journal, at which all that the work may cost is booked."""
        return {call_id for call_ids in self._calls.values() for call_id in call_ids}

    def note(self, lead_id: int, call_ids: tuple[int, ...]) -> None:
        """A cell waits."""
        self._calls[lead_id] = call_ids

    def note_all(self, late_jobs: Iterable[LateJob]) -> None:
        """These cells wait."""
        for late in late_jobs:
            self.note(late.job.lead_id, late.asked.bill.call_ids)

    def over(self, lead_id: int) -> None:
        """A cell waits no more."""
        self._calls.pop(lead_id, None)


def booked(calls: Iterable[Call]) -> int | None:
    """What these calls may cost; None where a price is not known."""
    costs = [call.cost_usd_micros for call in calls]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
