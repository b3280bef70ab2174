"""Answers that came later and about many leads, kept as the answer to each lead's own question.

So equal questions are answered from the journal whatever start they were part of. The start is
billed as a whole; what is kept of it costs nothing beside that.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.requests import request_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Job
    from leadsync.core.engine.outcomes import Json

AT_ONCE = 200
KEY = "question"
"""Where the note of a cell that waits has the question that it was asked with."""


def note_of(question: CallRequest) -> dict[str, str]:
    """What a cell keeps of its question until the answer is there."""
    return {KEY: request_hash(question)}


async def known_answers(questions: Mapping[int, CallRequest], ctx: Context) -> dict[int, Answer]:
    """What the journal has for these questions, by lead id."""
    async with asyncio.TaskGroup() as group:
        looks = {lead: group.create_task(ctx.known(asked)) for lead, asked in questions.items()}
    found = {lead: look.result() for lead, look in looks.items()}
    return {lead: answer for lead, answer in found.items() if answer is not None}


async def keep_answers(
    found: Sequence[tuple[Job, CallRequest, Json]], ctx: Context
) -> dict[int, int]:
    """Write down what was found for each lead; the calls that tell it, by lead id.

    Raises:
        CallFailed: the run stops.
    """
    kept: dict[int, int] = {}
    for at in range(0, len(found), AT_ONCE):
        part = found[at : at + AT_ONCE]
        async with asyncio.TaskGroup() as group:
            writes = [group.create_task(_keep(*each, ctx)) for each in part]
        kept |= {job.lead_id: task.result() for (job, _, _), task in zip(part, writes, strict=True)}
    return kept


async def _keep(job: Job, question: CallRequest, body: Json, ctx: Context) -> int:
    free = replace(
        question, min_usd_micros=0, max_usd_micros=0, is_harmless=True, is_look=True,
        rate_limit=None,
    )  # fmt: skip

    async def give() -> Answer:
        return Answer(200, body, cost_usd_micros=0)

    return (await ctx.call([job], free, give)).call_id
