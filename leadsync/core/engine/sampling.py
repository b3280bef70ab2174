"""The sample of a plan: a few leads, spread over all of them, to look at before the rest runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.engine.plan import Plan


def sample_leads(plan: Plan, number: int) -> list[int]:
    """At most so many leads of those that have a cell to run, evenly spread, by id."""
    every = sorted({lead_id for part in plan.columns for lead_id in part.leads})
    if len(every) <= number:
        return every
    return [every[n * len(every) // number] for n in range(number)]
