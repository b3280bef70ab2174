"""Results of HTTP columns that came later, kept so that equal leads are not asked about again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.outcomes import Bill, NoMatch, Value
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput
from leadsync.enrichers.http_answer import Misfit, outcome_of_part, parts_of
from leadsync.enrichers.http_request import question_of
from leadsync.enrichers.kept_answers import KEY, keep_answers, known_answers, note_of
from leadsync.enrichers.provider_api import bill_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Job
    from leadsync.core.engine.outcomes import Json, Outcome
    from leadsync.enrichers.http_config import HttpConfig

OK = 200


async def hand_in_known(config: HttpConfig, jobs: Sequence[Job], ctx: Context) -> Sequence[Job]:
    """Hand in what the journal knows of these leads; the rest."""
    questions = {job.lead_id: question_of(config, job, ctx) for job in jobs}
    known = await known_answers(questions, ctx)
    left: list[Job] = []
    for job in jobs:
        answer = known.get(job.lead_id)
        outcome = answer and _read(config, answer, bill_of(answer))
        if outcome:
            ctx.done(job, outcome)
        else:
            left.append(job)
    return left


async def keep_results(
    config: HttpConfig,
    answer: Answer,
    handles: Sequence[Handle],
    outcomes: Sequence[tuple[Job, Outcome]],
    ctx: Context,
) -> None:
    """Write down what an answer says of each lead that is as it was asked about.

    Raises:
        CallFailed: the run stops.
    """
    settled = {job.lead_id for job, outcome in outcomes if isinstance(outcome, (Value, NoMatch))}
    parts = parts_of(config, answer, [job for job, _ in outcomes]) if settled else {}
    found: list[tuple[Job, CallRequest, Json]] = []
    for handle in handles:
        job = handle.job
        if job.lead_id not in settled or job.lead_id not in parts:
            continue
        part = parts[job.lead_id]
        question = _question(config, job, ctx)
        is_same = question is not None and note_of(question)[KEY] == handle.note.get(KEY)
        if question is not None and is_same and _read(config, Answer(OK, part), Bill()):
            found.append((job, question, part))
    await keep_answers(found, ctx)


def _question(config: HttpConfig, job: Job, ctx: Context) -> CallRequest | None:
    """What would be asked about a lead now."""
    try:
        return question_of(config, job, ctx)
    except (BlankInput, InputError):
        return None


def _read(config: HttpConfig, answer: Answer, bill: Bill) -> Value | NoMatch | None:
    """The result of what is kept; None where the column reads none in it."""
    try:
        outcome = outcome_of_part(config, answer, bill)
    except Misfit:
        return None
    return outcome if isinstance(outcome, (Value, NoMatch)) else None
