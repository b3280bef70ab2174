"""What an outcome of a question means in a waterfall: it is over, or it comes back later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.cells import BlankField
from leadsync.core.engine.enricher import LateAnswers
from leadsync.core.engine.outcome_cells import inputs_of
from leadsync.core.engine.outcomes import (
    Bill,
    Held,
    HeldWhy,
    Invalid,
    NoMatch,
    Pending,
    Refused,
    Retry,
    RetryWhy,
    Unknown,
    Value,
)
from leadsync.core.engine.trace import StepTrace, Verdict, trace_doc
from leadsync.enrichers.waterfall_case import joined, merged_meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.engine.enricher import Context
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.waterfall_case import Case, Place
    from leadsync.enrichers.waterfall_part import Part
    from leadsync.enrichers.waterfall_steps import Step, Steps

TRIES = 6
"""How often a step is tried that fails, before the next one is asked."""
FIRST_WAIT_S = 1.0
"""The pause after the first failure of a step that others came before."""


class Reading:
    """Reads outcomes of the questions of one batch."""

    def __init__(self, steps: Steps, ctx: Context) -> None:
        """Take the steps, and the context that jobs are handed back to."""
        self._steps = steps
        self._ctx = ctx

    def read(
        self, case: Case, part: Part, place: Place, outcome: Outcome | BlankField
    ) -> StepTrace | None:
        """What became of a question; None: it was handed in, for later or for good."""
        match outcome:
            case Pending():
                return self._put_off(case, part, place, outcome)
            case Retry():
                return self._retry(case, part, place, outcome)
            case Held():
                return self._hold(case, part, place, outcome)
            case Unknown():
                return self._give_up(case, part, place, outcome)
            case BlankField():
                return entry_of(part, Verdict.SKIPPED, str(outcome))
            case _:
                return self._settled(case, part, outcome)

    def _settled(
        self, case: Case, part: Part, outcome: Value | NoMatch | Refused | Invalid
    ) -> StepTrace:
        bill = self._paid(case, outcome.bill)
        match outcome:
            case Value():
                case.meta = merged_meta(case.meta, outcome.meta)
                return entry_of(part, Verdict.FOUND, bill=bill, cells=part.read(outcome.result))
            case NoMatch():
                return entry_of(part, Verdict.NO_MATCH, bill=bill)
            case Refused():
                return entry_of(part, Verdict.REFUSED, outcome.detail, bill=bill)
            case Invalid():
                return entry_of(part, Verdict.INVALID, outcome.detail, bill=bill)

    def _give_up(self, case: Case, part: Part, place: Place, outcome: Unknown) -> None:
        """A request may have been billed: no other provider is paid before a person has decided."""
        bill = self._paid(case, outcome.bill)
        entry = entry_of(part, Verdict.UNKNOWN, outcome.detail, bill=bill)
        if place.is_then and case.found is not None:
            entry = replace(case.found, verdict=Verdict.UNKNOWN, then=entry)
        meta = trace_doc([*case.trace, entry])
        self._ctx.done(case.job, Unknown(f"{part.name}: {outcome.detail}", case.bill, meta))

    def _paid(self, case: Case, bill: Bill) -> Bill:
        """Count a bill of this turn; the whole bill of the question."""
        case.bills.append(bill)
        whole = joined([case.part_bill, bill]) if case.part_bill.call_ids else bill
        case.part_bill = Bill()
        return whole

    def _put_off(self, case: Case, part: Part, place: Place, outcome: Pending) -> StepTrace | None:
        if not isinstance(part.enricher, LateAnswers):
            why = "this kind of column cannot fetch answers that come later"
            return entry_of(part, Verdict.INVALID, why, bill=self._paid(case, outcome.bill))
        whole = self._paid(case, outcome.bill)
        case.inner_note = outcome.note
        if place.inner is None:
            asked = part.job(case.job, case.cells if place.is_then else {})
            case.inner_inputs = inputs_of(asked)
        later = replace(place, inner=outcome.handle)
        self._come_back(case, later, outcome.not_before, case.note(part_bill=whole))
        return None

    def _retry(self, case: Case, part: Part, place: Place, outcome: Retry) -> StepTrace | None:
        """Try again by the same way; a step of which no try is left makes way for the next."""
        if self._tried_again(case, place, outcome):
            return None
        if outcome.otherwise is not None:
            return self.read(case, part, place, outcome.otherwise)
        bill = self._paid(case, outcome.bill)
        return entry_of(part, Verdict.FAILED, outcome.detail, bill=bill, trouble=outcome.why)

    def _tried_again(self, case: Case, place: Place, outcome: Retry) -> bool:
        ctx, tries = self._ctx, outcome.tries or TRIES
        if place.inner is not None and outcome.anew:
            if case.attempts + 1 >= tries:
                return False
            note = case.note(part_bill=case.part_bill, attempts=case.attempts + 1)
            not_before = ctx.now() + (outcome.after_s or 0)
            self._come_back(case, replace(place, inner=None), not_before, note)
        elif place.inner is not None and outcome.tries is None:
            ctx.done(case.job, outcome)  # it is paid for: tried until it is there
        elif attempt_of(case) >= tries:
            return False
        elif case.is_fresh:
            ctx.done(case.job, replace(outcome, tries=tries, otherwise=None))
        else:
            wait_s = FIRST_WAIT_S if outcome.after_s is None else outcome.after_s
            self._come_back(case, place, ctx.now() + wait_s, case.note(attempts=1))
        return True

    def _hold(self, case: Case, part: Part, place: Place, outcome: Held) -> StepTrace | None:
        step = self._steps.all[place.step]
        if step.goes_on and outcome.why in (HeldWhy.AUTH, HeldWhy.EXHAUSTED):
            if not place.is_then:
                self._ctx.remember(held_key(case, step), outcome.detail)
            return entry_of(part, Verdict.HELD, outcome.detail)
        if case.is_fresh or not case.is_unkept:
            self._ctx.done(case.job, outcome)
        else:  # the hold comes again, and what was paid is in the note by then
            self._come_back(case, place, self._ctx.now(), case.note(part_bill=case.part_bill))
        return None

    def _come_back(self, case: Case, place: Place, not_before: float, note: dict[str, Any]) -> None:
        handle = {
            "step": self._steps.all[place.step].name,
            "isThen": place.is_then,
            "inner": place.inner,
        }
        self._ctx.done(case.job, Pending(handle, not_before, case.bill, note))


def attempt_of(case: Case) -> int:
    """Which try of the open question this is."""
    return case.attempts + case.job.attempt if case.is_fresh else 1


def held_key(case: Case, step: Step) -> str:
    """Under which name a run remembers that a step is held."""
    return f"waterfall {case.job.column.id}: {step.name} is held"


def entry_of(
    part: Part,
    verdict: Verdict,
    why: str = "",
    *,
    bill: Bill | None = None,
    cells: Mapping[str, Any] | None = None,
    trouble: RetryWhy | None = None,
) -> StepTrace:
    """What the trace has to say of a question that is over."""
    words = str(trouble) if trouble else ""
    return StepTrace(part.name, part.kind, verdict, why, cells or {}, bill or Bill(), words)
