"""Many leads of an AI column in one batch: cheaper, and answered within a day.

A batch is looked for by its mark before it would be made a second time. Answers of its lines stand
in the journal as if each had been asked alone, so that they serve later runs, too.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed, CallRequest
from leadsync.core.engine.outcomes import Bill, Invalid, Retry, RetryWhy, Unknown
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput
from leadsync.enrichers.ai_answer import PROVIDER, read_answer
from leadsync.enrichers.ai_batch_files import ENDPOINT, MARK, MOST_BYTES, RUN, BatchServer
from leadsync.enrichers.ai_batch_results import (
    failure_of,
    is_batch,
    is_over,
    key_of,
    server_for,
    waiting,
)
from leadsync.enrichers.ai_config import AIConfig
from leadsync.enrichers.ai_request import model_of, request_of
from leadsync.enrichers.ai_transport import abilities_of, parameters_of, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadsync.core.engine.enricher import Context, Job

OPERATION = "batch"


@dataclass(slots=True)
class Question:
    """A request, and the jobs that it answers: leads with equal prompts share it."""

    request: CallRequest
    key: str
    jobs: list[Job] = field(default_factory=list["Job"])

    @property
    def custom_id(self) -> str:
        """What its line is called: lead and request."""
        return f"{self.jobs[0].lead_id}-{self.key}"

    def line(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Its line in the file."""
        return {
            "custom_id": self.custom_id,
            "method": "POST",
            "url": ENDPOINT,
            "body": dict(parameters),
        }


async def ask_together(jobs: Sequence[Job], ctx: Context) -> None:
    """Put leads into batches, except those that are answered or in a batch already."""
    questions = await _unanswered(_questions(jobs, ctx), ctx)
    questions = await _not_under_way(questions, ctx)
    while questions:
        number = _fitting(questions, ctx.budget_left)
        await _create(questions[:number], ctx)
        questions = questions[number:]


def _questions(jobs: Sequence[Job], ctx: Context) -> list[Question]:
    found: dict[str, Question] = {}
    for job in jobs:
        try:
            request = request_of(job, ctx)
        except BlankInput as blank:
            ctx.skip(job, blank.field)
            continue
        except InputError as error:
            ctx.done(job, Invalid(error.message))
            continue
        key = key_of(request)
        found.setdefault(key, Question(request, key)).jobs.append(job)
    return list(found.values())


async def _unanswered(questions: Sequence[Question], ctx: Context) -> list[Question]:
    """Hand in what the cache knows; the rest."""
    async with asyncio.TaskGroup() as group:
        known = [group.create_task(ctx.known(question.request)) for question in questions]
    left: list[Question] = []
    for question, task in zip(questions, known, strict=True):
        answer = task.result()
        if answer is None:
            left.append(question)
            continue
        for job in question.jobs:
            config = AIConfig.model_validate(job.column.config)
            ctx.done(job, read_answer(answer, config, model_of(config, ctx), job.column.type))
    return left


async def _not_under_way(questions: Sequence[Question], ctx: Context) -> list[Question]:
    """Wait for batches that a process made before it died; the questions that none has.

    Raises:
        CallFailed: it cannot be found out now, so nothing is sent.
    """
    left = {question.key: question for question in questions}
    jobs = [job for question in questions for job in question.jobs]
    for earlier in await ctx.earlier_calls(jobs, OPERATION) if jobs else ():
        batch = earlier.answer
        if not is_batch(batch):
            batch = await _look_for(str(earlier.request.get("mark")), jobs, ctx)
            if batch is None:
                await ctx.amend(earlier.id, None)
                continue
        if is_over(batch):
            continue
        names = cast("list[str]", earlier.request.get("lines") or [])
        leads = {key: int(lead) for lead, _, key in (name.partition("-") for name in names)}
        found = [left.pop(key) for key in leads if key in left]
        _wait(found, leads, batch, earlier.id, ctx)
    return list(left.values())


async def _look_for(mark: str, jobs: Sequence[Job], ctx: Context) -> dict[str, Any] | None:
    server = server_for(jobs[0], ctx)
    request = CallRequest(
        PROVIDER, "find batch", {"mark": mark}, max_usd_micros=0, is_cacheable=False,
        is_harmless=True, is_look=True,
    )  # fmt: skip
    answer = await ctx.call(jobs[:1], request, lambda: server.find(mark))
    if answer.status >= 300:
        raise CallFailed(failure_of(answer, jobs[0], ctx))
    return answer.body if isinstance(answer.body, dict) else None


def _fitting(questions: Sequence[Question], left: int | None) -> int:
    """How many of them one batch takes: by bytes, and by the money that is left; at least one."""
    number = size = cost = 0
    for question in questions:
        size += _length(question)
        cost += question.request.max_usd_micros or 0
        if number and (size > MOST_BYTES or (left is not None and cost > left)):
            break
        number += 1
    return number


def _length(question: Question) -> int:
    body = question.request.body
    texts = sum(len(message["content"].encode()) for message in body["messages"])
    return 2 * texts + 1000  # escapes, and what stands around it


async def _create(questions: Sequence[Question], ctx: Context) -> None:
    jobs = [job for question in questions for job in question.jobs]
    config = AIConfig.model_validate(jobs[0].column.config)
    served = server_of(config.base_url, ctx)
    server, abilities = BatchServer(ctx, served), abilities_of(ctx, served)
    request = _request(questions, ctx)
    mark = str(request.body["mark"])

    def lines() -> Iterator[dict[str, Any]]:
        return (q.line(parameters_of(q.request.body, abilities)) for q in questions)

    async def send() -> Answer:
        answer = await server.create(lines(), {MARK: mark, RUN: str(ctx.run_id)})
        # Booked at the most that it may cost, until its results say what it has cost.
        return replace(answer, cost_usd_micros=request.max_usd_micros if _is_made(answer) else 0)

    try:
        answer = await ctx.call(jobs, request, send)
    except CallFailed as failure:
        if not isinstance(failure.outcome, Unknown):
            raise
        words = "no answer came to a new batch; it is looked for"
        again = Retry(RetryWhy.TRANSIENT, words, otherwise=failure.outcome)
        for job in jobs:
            ctx.done(job, again)
        return
    if not _is_made(answer):
        for job in jobs:
            ctx.done(job, failure_of(answer, job, ctx))
        return
    leads = {question.key: question.jobs[0].lead_id for question in questions}
    _wait(questions, leads, cast("dict[str, Any]", answer.body), answer.call_id, ctx)


def _is_made(answer: Answer) -> bool:
    return answer.status < 300 and is_batch(answer.body)


def _request(questions: Sequence[Question], ctx: Context) -> CallRequest:
    """The request of a batch as the journal keeps it: its lines stand with their answers."""
    names = [question.custom_id for question in questions]
    mark = hashlib.blake2b("\n".join([str(ctx.run_id), *names]).encode(), digest_size=16)
    prices = [question.request.max_usd_micros for question in questions]
    known = [price for price in prices if price is not None]
    body = questions[0].request.body
    return CallRequest(
        provider=PROVIDER,
        operation=OPERATION,
        body={
            "baseUrl": body["baseUrl"],
            "model": body["model"],
            "mark": mark.hexdigest(),
            "lines": names,
        },
        max_usd_micros=sum(known) if len(known) == len(prices) else None,
        is_repeatable=False,
        is_cacheable=False,
        price_note=questions[0].request.price_note,
    )


def _wait(
    questions: Sequence[Question],
    leads: Mapping[str, int],
    batch: Mapping[str, Any],
    call_id: int,
    ctx: Context,
) -> None:
    """Let jobs wait for a batch; `leads` says by key whose line answers a question."""
    same = {
        str(job.lead_id): leads[question.key]
        for question in questions
        for job in question.jobs
        if job.lead_id != leads[question.key]
    }
    handle = {"batch": batch["id"], "call": call_id, "same": same, "looks": 0}
    pending = waiting(handle, ctx, Bill(0, (call_id,)))  # one moment, so that one look serves all
    for question in questions:
        for job in question.jobs:
            ctx.done(job, pending)
