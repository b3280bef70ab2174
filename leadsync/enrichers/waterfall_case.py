"""A lead on its way down a waterfall: what was answered so far, and where it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.outcomes import Bill, Invalid, NoMatch, Refused, Retry, RetryWhy, Value
from leadsync.core.engine.trace import StepTrace, Verdict, read_step, read_trace, trace_doc
from leadsync.enrichers.waterfall_part import STEP, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.engine.enricher import Handle, Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.models import Doc
    from leadsync.core.models import Value as Cell
    from leadsync.enrichers.waterfall_steps import Step

VALID_UNTIL = "validUntil"
_TROUBLE = (Verdict.FAILED, Verdict.HELD)


@dataclass(frozen=True, slots=True)
class Place:
    """A question of a waterfall.

    Attributes:
        step: the place of its step.
        is_then: whether it is the step's second question.
        inner: the handle of an answer that comes later; None: it is to be asked.
    """

    step: int
    is_then: bool = False
    inner: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Case:
    """A job, with what became of its steps.

    Attributes:
        trace: steps that are over.
        found: the step under way, where its second question is open.
        meta: what the kinds that answered in that step want to be shown.
        part_bill: what the start of the question that is open has cost.
        attempts: tries of that question before this turn of the job.
        inner_note: what the kind that is asked wants back.
        inner_inputs: what that question was asked about.
        bills: of this turn.
        is_fresh: whether this turn has no answer yet: what comes of it needs no note.
        is_unkept: whether something was paid in this turn that no cache will answer again.
    """

    job: Job
    trace: list[StepTrace] = field(default_factory=list[StepTrace])
    found: StepTrace | None = None
    meta: Doc = field(default_factory=dict[str, Any])
    part_bill: Bill = field(default_factory=Bill)
    attempts: int = 0
    inner_note: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inner_inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    bills: list[Bill] = field(default_factory=list[Bill])
    is_fresh: bool = True
    is_unkept: bool = False

    @property
    def bill(self) -> Bill:
        """What this turn has cost."""
        return joined(self.bills)

    @property
    def cells(self) -> Mapping[str, Cell]:
        """What the step under way has found."""
        return self.found.cells if self.found else {}

    def note(self, *, part_bill: Bill | None = None, attempts: int = 0) -> Doc:
        """What a later turn has to know."""
        start = part_bill or Bill()
        return {
            "trace": [step.to_doc() for step in self.trace],
            "found": self.found.to_doc() if self.found else None,
            "meta": self.meta,
            "bill": [start.cost_usd_micros, list(start.call_ids), start.from_cache],
            "attempts": attempts,
            "inner": self.inner_note,
            "inputs": self.inner_inputs,
        }

    def over(self, entry: StepTrace) -> None:
        """A step is over, and the next one is due."""
        self.trace.append(entry)
        self.found, self.meta, self.part_bill = None, {}, Bill()
        self.attempts, self.inner_note, self.inner_inputs = 0, {}, {}
        if entry.verdict is not Verdict.SKIPPED:
            self.is_fresh = False


def case_of(handle: Handle) -> Case:
    """A job that comes back, with what its note says; what is not asked yet is asked as it is now."""
    note = handle.note
    cost, call_ids, from_cache = note["bill"]
    return Case(
        handle.job_now,
        trace=read_trace(note),
        found=read_step(note["found"]) if note["found"] else None,
        meta=dict(note["meta"]),
        part_bill=Bill(cost, tuple(call_ids), from_cache),
        attempts=note["attempts"],
        inner_note=note["inner"],
        inner_inputs=note.get("inputs", {}),
    )


def accepted(case: Case, step: Step, entry: StepTrace, *, is_single: bool) -> Value:
    """The outcome of a job whose step was accepted."""
    cells = {**entry.cells, **(entry.then.cells if entry.then else {}), STEP: step.name}
    is_bare = is_single and not case.job.column.outputs
    meta = case.meta | {STEP: step.name} | trace_doc([*case.trace, entry])
    return Value(entry.cells.get(VALUE) if is_bare else cells, case.bill, meta)


def exhausted(case: Case) -> Outcome:
    """The outcome of a job of which no step was accepted, and one at least was asked."""
    meta = trace_doc(case.trace)
    for entry in case.trace:
        if entry.verdict in _TROUBLE:
            why = RetryWhy(entry.trouble or RetryWhy.TRANSIENT)
            detail = f"{entry.step}: {entry.why}"
            return Retry(why, detail, tries=1, bill=case.bill, meta=meta)
    verdicts = {entry.verdict: entry for entry in reversed(case.trace)}
    if verdicts.keys() & {Verdict.NO_MATCH, Verdict.REJECTED}:
        return NoMatch(case.bill, meta)
    if entry := verdicts.get(Verdict.INVALID):
        return Invalid(f"{entry.step}: {entry.why}", case.bill, meta)
    entry = verdicts[Verdict.REFUSED]
    return Refused(f"{entry.step}: {entry.why}", case.bill, meta)


def merged_meta(first: Mapping[str, Any], second: Mapping[str, Any]) -> Doc:
    """What two kinds want to be shown of one answer; it holds as long as both do."""
    moments = [str(meta[VALID_UNTIL]) for meta in (first, second) if VALID_UNTIL in meta]
    until = {VALID_UNTIL: min(moments)} if moments else {}
    return {**first, **second, **until}


def joined(bills: Iterable[Bill]) -> Bill:
    """Several bills as one: cached where all that was asked is; unknown where one is."""
    every = list(bills)
    costs = [bill.cost_usd_micros for bill in every]
    known = [cost for cost in costs if cost is not None]
    asked = [bill for bill in every if bill.call_ids]
    return Bill(
        sum(known) if len(known) == len(costs) else None,
        tuple(dict.fromkeys(call_id for bill in every for call_id in bill.call_ids)),
        bool(asked) and all(bill.from_cache for bill in asked),
    )
