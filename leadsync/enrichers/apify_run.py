"""Runs of actors as we keep them: in handles of cells that wait, and in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.outcomes import Bill, Pending
from leadsync.enrichers.polling import poll_wait_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.engine.enricher import Context

START = "start actor"
"""What the journal calls a start."""
RESULT = "result"
"""What actors count."""


@dataclass(frozen=True, slots=True)
class ActorRun:
    """A run at Apify, as our handles keep it.

    Attributes:
        start_id: the call of our journal that has started it.
        leads: how many leads it is about and paid by; 0: a lead that has joined it pays nothing.
    """

    id: str
    dataset: str
    start_id: int
    leads: int

    def pending(self, ctx: Context) -> Pending:
        """What is handed in for its leads now; what it costs is known at its end."""
        handle = {
            "run": self.id, "dataset": self.dataset, "start": self.start_id, "leads": self.leads,
        }  # fmt: skip
        return Pending(handle, ctx.now() + poll_wait_s(0, ctx), Bill(0, (self.start_id,)))


def read_handle(body: Mapping[str, Any]) -> ActorRun:
    """The run that a handle stands for."""
    return ActorRun(body["run"], body["dataset"], body["start"], body["leads"])


def run_of(data: Mapping[str, Any], start_id: int, leads: int) -> ActorRun | None:
    """The run that Apify tells of, started for so many leads; None where it tells of none."""
    run_id, dataset = data.get("id"), data.get("defaultDatasetId")
    if not isinstance(run_id, str) or not isinstance(dataset, str):
        return None
    return ActorRun(run_id, dataset, start_id, leads)
