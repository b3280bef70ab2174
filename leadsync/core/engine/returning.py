"""Cells that go back into the queue: those whose answer comes later, and those asked once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.late import Asked
from leadsync.core.engine.outcome_cells import inputs_of
from leadsync.core.engine.settling import Again, Later
from leadsync.core.models import DeferredCell

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Job
    from leadsync.core.engine.outcomes import Pending, Retry
    from leadsync.core.engine.pace import Pace


def put_off(
    job: Job, outcome: Pending, asked: Asked | None, *, input_hash: str, pace: Pace
) -> Later:
    """A cell whose answer comes later; `asked` where that was so before.

    Args:
        job: what was asked.
        outcome: what to ask for the answer with.
        asked: how it was asked at first.
        input_hash: of what the job was asked with, where it was asked just now.
        pace: the clock.
    """
    if asked is None:
        inputs = inputs_of(job)
        asked = Asked(outcome.handle, outcome.bill, input_hash, inputs, job.attempt, outcome.note)
    else:
        asked = asked.again(outcome)
    moment = outcome.not_before
    if moment <= pace.now():  # it would be polled without a rest
        moment = pace.now() + pace.beat_s
    return _later(job, asked.to_text(), moment, attempts=0)


def may_retry(job: Job, outcome: Retry, asked: Asked | None, pace: Pace) -> bool:
    """Tries are counted; but an answer that is paid for is not given up for trouble."""
    tries = outcome.tries or pace.backoff.tries
    if asked is None:
        return job.attempt < tries
    if outcome.anew:
        return asked.starts < tries
    return outcome.tries is None or job.attempt < tries


def moment_of(job: Job, outcome: Retry, pace: Pace) -> float:
    """When a job may be asked again, in epoch seconds."""
    wait_s = outcome.after_s
    if wait_s is None:
        wait_s = pace.backoff.wait_s(job.attempt, pace.chance)
    return pace.now() + wait_s


def asked_again(job: Job, outcome: Retry, asked: Asked | None, pace: Pace) -> Again | Later:
    """A cell that is asked, or polled, once more after a pause."""
    moment = outcome.not_before
    if moment is None:
        moment = moment_of(job, outcome, pace)
    if asked is None:
        return Again((job.lead_id, job.column.id), job.attempt, moment)
    if outcome.anew:
        return _later(job, "", moment, attempts=asked.starts)
    return _later(job, asked.to_text(), moment, attempts=job.attempt)


def _later(job: Job, handle: str, not_before: float, *, attempts: int) -> Later:
    return Later(DeferredCell(job.lead_id, job.column.id, handle, not_before, attempts))
