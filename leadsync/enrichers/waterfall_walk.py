"""The way of leads down a waterfall: asks step after step, judges answers, hands in outcomes.

A question that has to wait, or that is held after others were answered, comes back by
`Waterfall.poll` with a note of all that was answered, so that nothing is asked or paid twice.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.engine.asking import ask
from leadsync.core.engine.enricher import Abortable, LateAnswers
from leadsync.core.engine.late import handle_of
from leadsync.core.engine.part_context import PartContext
from leadsync.core.engine.trace import Verdict
from leadsync.enrichers.waterfall_case import Place, accepted, exhausted
from leadsync.enrichers.waterfall_reading import Reading, attempt_of, entry_of, held_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.cells import BlankField
    from leadsync.core.engine.enricher import Context, Handle, Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.engine.trace import StepTrace
    from leadsync.enrichers.waterfall_case import Case
    from leadsync.enrichers.waterfall_part import Part
    from leadsync.enrichers.waterfall_steps import Step, Steps

    Answers = Mapping[int, Outcome | BlankField]


class Walk:
    """Takes leads of one batch down the steps."""

    def __init__(self, steps: Steps, ctx: Context) -> None:
        """Take the steps, and the context that outcomes are handed to."""
        self._steps = steps
        self._ctx = ctx
        self._reading = Reading(steps, ctx)

    async def run(self, cases: Sequence[Case], first: int = 0) -> None:
        """Ask from a step on, each step about all leads that need it, until all are done."""
        left = list(cases)
        for number in range(first, len(self._steps.all)):
            left = await self._take_step(number, left)
        for case in left:
            self._conclude(case)

    async def go_on(self, cases: Sequence[Case], place: Place) -> None:
        """Go on where a note says: with a question, or with its answer that comes later."""
        step = self._steps.all[place.step]
        if not place.is_then:
            rest = await self._judge(
                place.step, cases, await self._answers(step.part, cases, place)
            )
        else:
            assert step.then is not None
            rest = self._close(place, cases, await self._answers(step.then, cases, place))
        await self.run(rest, place.step + 1)

    async def abort(self, cases: Sequence[Case], place: Place) -> None:
        """Tell the provider of a late answer to end its work, where it can be told."""
        step = self._steps.all[place.step]
        part = step.then if place.is_then and step.then else step.part
        if isinstance(part.enricher, Abortable):
            context = self._part_context(part, cases)
            await part.enricher.abort(_handles(part, cases, place), context)

    # one step --------------------------------------------------------------------------------
    async def _take_step(self, number: int, cases: Sequence[Case]) -> list[Case]:
        """Ask one step; those that go on to the next."""
        step = self._steps.all[number]
        rest: list[Case] = []
        asked: list[Case] = []
        held = self._ctx.recall(held_key(cases[0], step)) if cases else None
        for case in cases:
            blank = step.part.blank_of(case.job)
            if blank:
                case.over(entry_of(step.part, Verdict.SKIPPED, f"{blank} is blank"))
                rest.append(case)
            elif held:
                case.over(entry_of(step.part, Verdict.HELD, str(held)))
                rest.append(case)
            else:
                asked.append(case)
        answers = await self._answers(step.part, asked, Place(number))
        return rest + await self._judge(number, asked, answers)

    async def _judge(self, number: int, cases: Sequence[Case], answers: Answers) -> list[Case]:
        """Take the answers of a step, ask what follows, hand in what is accepted; the rest."""
        step, place = self._steps.all[number], Place(number)
        rest: list[Case] = []
        found: list[Case] = []
        for case in cases:
            entry = self._reading.read(case, step.part, place, answers[case.job.lead_id])
            if entry is None:
                continue
            if entry.verdict is Verdict.FOUND:
                case.found, case.is_fresh = entry, False
                found.append(case)
            else:
                case.over(entry)
                rest.append(case)
        if step.then is None:
            return rest + [case for case in found if not self._accept(case, step, None)]
        place = Place(number, is_then=True)
        return rest + self._close(place, found, await self._answers(step.then, found, place))

    def _close(self, place: Place, cases: Sequence[Case], answers: Answers) -> list[Case]:
        """Take the answers of a step's second question; those that go on to the next step."""
        step = self._steps.all[place.step]
        assert step.then is not None
        rest: list[Case] = []
        for case in cases:
            entry = self._reading.read(case, step.then, place, answers[case.job.lead_id])
            if entry is not None and not self._accept(case, step, entry):
                rest.append(case)
        return rest

    def _accept(self, case: Case, step: Step, then: StepTrace | None) -> bool:
        """Judge what a step found; hand it in where it is accepted."""
        assert case.found is not None
        entry = replace(case.found, then=then)
        cells = {**entry.cells, **(then.cells if then else {})}
        if self._steps.accepts(step, cells):
            entry = replace(entry, verdict=Verdict.ACCEPTED)
            value = accepted(case, step, entry, is_single=self._steps.is_single)
            self._ctx.done(case.job, value)
            return True
        rule = self._steps.accept
        words = f"it does not meet {rule}" if rule else "all of it is blank"
        if then is not None and then.verdict in (Verdict.HELD, Verdict.FAILED):
            entry = replace(entry, verdict=then.verdict, why=then.why, trouble=then.trouble)
        else:
            entry = replace(entry, verdict=Verdict.REJECTED, why=words)
        case.over(entry)
        return False

    def _conclude(self, case: Case) -> None:
        """Hand in that no step was accepted."""
        if any(entry.verdict is not Verdict.SKIPPED for entry in case.trace):
            self._ctx.done(case.job, exhausted(case))
        else:
            self._ctx.skip(case.job, case.trace[0].why.removesuffix(" is blank"))

    # asking ----------------------------------------------------------------------------------
    async def _answers(self, part: Part, cases: Sequence[Case], place: Place) -> Answers:
        """Ask a question about these leads, as many at once as its kind takes."""
        if not cases:
            return {}
        size = part.description.batch_size if place.inner is None else len(cases)
        contexts: list[PartContext] = []
        async with asyncio.TaskGroup() as group:
            for at in range(0, len(cases), size):
                some = cases[at : at + size]
                contexts.append(self._part_context(part, some))
                group.create_task(self._ask(part, some, place, contexts[-1]))
        unkept = {lead_id for context in contexts for lead_id in context.unkept}
        for case in cases:
            case.is_unkept = case.is_unkept or case.job.lead_id in unkept
        return {lead_id: o for context in contexts for lead_id, o in context.outcomes.items()}

    async def _ask(
        self, part: Part, cases: Sequence[Case], place: Place, context: PartContext
    ) -> None:
        who = f"step {part.name} of {cases[0].job.column.key}"
        if place.inner is None:
            jobs = [_job(part, case, place) for case in cases]
            await ask(part.enricher.run(jobs, context), context, who)
        else:
            assert isinstance(part.enricher, LateAnswers)
            await ask(part.enricher.poll(_handles(part, cases, place), context), context, who)

    def _part_context(self, part: Part, cases: Sequence[Case]) -> PartContext:
        column = part.column
        name = f"{column.kind} {json.dumps([column.config, column.outputs], sort_keys=True)}"
        jobs = [case.job for case in cases]
        return PartContext(self._ctx, jobs, name=name, secrets=part.description.secrets)


def _job(part: Part, case: Case, place: Place) -> Job:
    """A job as the asked kind sees it: what was found goes before the lead's own cells."""
    return part.job(case.job, case.cells if place.is_then else {}, attempt_of(case))


def _handles(part: Part, cases: Sequence[Case], place: Place) -> list[Handle]:
    """What the asked kind gave for an answer that comes later."""
    body = place.inner or {}
    return [
        handle_of(_job(part, case, place), case.inner_inputs, body, case.inner_note)
        for case in cases
    ]
