"""Late answers: what is kept of a cell between its question and its answer."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.enricher import Handle
from leadsync.core.engine.outcome_cells import inputs_of
from leadsync.core.engine.outcomes import Bill

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.engine.enricher import Job
    from leadsync.core.engine.outcome_cells import Settling
    from leadsync.core.engine.outcomes import Pending


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose answer comes later, as the queue keeps it.

    Attributes:
        body: the enricher's handle.
        input_hash: of the cells it was asked about; another hash at the answer means stale.
        inputs: these cells, for the story of the cell.
        starts: how often it was asked anew.
        note: what the enricher wants back beside the handle.
    """

    body: Mapping[str, Any]
    bill: Bill
    input_hash: str
    inputs: Mapping[str, Any]
    starts: int
    note: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])

    def to_text(self) -> str:
        """As the queue keeps it."""
        kept = {
            "handle": self.body,
            "callIds": self.bill.call_ids,
            "costUsdMicros": self.bill.cost_usd_micros,
            "fromCache": self.bill.from_cache,
            "inputHash": self.input_hash,
            "inputs": self.inputs,
            "starts": self.starts,
            "note": self.note,
        }
        return json.dumps(kept)

    def again(self, outcome: Pending) -> Asked:
        """The same question after a poll that found no answer yet."""
        bill = added(self.bill, outcome.bill)
        return dataclasses.replace(self, body=outcome.handle, bill=bill, note=outcome.note)


@dataclass(frozen=True, slots=True)
class LateJob:
    """A job that waits for its answer."""

    job: Job
    asked: Asked


def read_asked(text: str) -> Asked:
    """A question as the queue kept it."""
    kept = json.loads(text)
    bill = Bill(kept["costUsdMicros"], tuple(kept["callIds"]), kept["fromCache"])
    return Asked(
        kept["handle"],
        bill,
        kept["inputHash"],
        kept["inputs"],
        kept["starts"],
        kept.get("note", {}),
    )


def by_handle(late_jobs: Iterable[LateJob]) -> list[list[LateJob]]:
    """Late jobs in groups that have equal handles."""

    def body(late_job: LateJob) -> str:
        return json.dumps(late_job.asked.body, sort_keys=True)

    return [list(group) for _, group in groupby(sorted(late_jobs, key=body), key=body)]


def handles_of(late_jobs: Iterable[LateJob]) -> list[Handle]:
    """What the enricher gets to poll with."""
    return [
        handle_of(late.job, late.asked.inputs, late.asked.body, late.asked.note)
        for late in late_jobs
    ]


def handle_of(
    job: Job, inputs: Mapping[str, Any], body: Mapping[str, Any], note: Mapping[str, Any]
) -> Handle:
    """The handle of a job that was asked when its inputs held these."""
    now = inputs_of(job)
    changed = {key: job.values.get(key) for key in inputs if inputs[key] != now.get(key)}
    asked = dataclasses.replace(job, values={**job.values, **{k: inputs[k] for k in changed}})
    return Handle(asked, body, note, changed)


def with_start(outcome: Settling, start: Bill) -> Settling:
    """An outcome whose bill has the calls and the cost of the start beside those of the poll."""
    return dataclasses.replace(outcome, bill=added(start, outcome.bill))


def added(first: Bill, second: Bill) -> Bill:
    """Two bills as one; a price that is not known stays so, and what is paid is not cached."""
    costs = (first.cost_usd_micros, second.cost_usd_micros)
    known = [cost for cost in costs if cost is not None]
    return Bill(
        sum(known) if len(known) == len(costs) else None,
        tuple(dict.fromkeys((*first.call_ids, *second.call_ids))),
        first.from_cache and second.cost_usd_micros == 0,
    )
