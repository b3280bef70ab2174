"""Results of batches of an AI column: looked for, read, and handed to the leads that wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed, CallRequest
from leadsync.core.engine.outcomes import (
    Bill,
    Held,
    HeldWhy,
    Invalid,
    Pending,
    Retry,
    RetryWhy,
    Value,
)
from leadsync.core.engine.requests import request_hash
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput
from leadsync.enrichers.ai_answer import PROVIDER, read_answer, read_failure
from leadsync.enrichers.ai_batch_files import BatchServer, Line
from leadsync.enrichers.ai_config import AIConfig
from leadsync.enrichers.ai_request import model_of, price_of, priced, request_of
from leadsync.enrichers.ai_transport import server_of
from leadsync.enrichers.polling import poll_wait_s

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from leadsync.core.engine.enricher import Context, Handle, Job
    from leadsync.core.engine.outcomes import Outcome

KEY_CHARS = 16
MINUTE_STEP = 4
LONGEST_WAIT = 10  # minutes: a batch may take a day
WRITTEN_AT_ONCE = 200
OVER = frozenset({"completed", "failed", "expired", "cancelled"})
FULL = "token_limit_exceeded"
"""The code of a batch that the vendor's queue has no room for; later it has."""
FULL_WAIT = 15  # minutes


@dataclass(frozen=True, slots=True)
class Results:
    """A batch that is over.

    Attributes:
        lines: by the lead that they are about.
        keys: the request of each, by the same.
    """

    batch: Mapping[str, Any]
    lines: Mapping[int, Line]
    keys: Mapping[int, str]


def key_of(request: CallRequest) -> str:
    """A short hash of a request; the end of its custom id."""
    return request_hash(request)[:KEY_CHARS]


def is_batch(found: Any) -> bool:
    """Whether an answer has a batch in it."""
    return isinstance(found, dict) and "id" in found and "input_file_id" in found


def is_over(batch: Mapping[str, Any]) -> bool:
    """Whether nothing will change in a batch any more."""
    return batch.get("status") in OVER


def waiting(handle: Mapping[str, Any], ctx: Context, bill: Bill) -> Pending:
    """Wait for a batch: a minute first, ten at last."""
    minutes = min(2 ** int(handle["looks"]), LONGEST_WAIT)
    return Pending(handle, ctx.now() + minutes * poll_wait_s(MINUTE_STEP, ctx), bill)


def server_for(job: Job, ctx: Context) -> BatchServer:
    """The server of a column's batches."""
    config = AIConfig.model_validate(job.column.config)
    return BatchServer(ctx, server_of(config.base_url, ctx))


def failure_of(answer: Answer, job: Job, ctx: Context) -> Outcome:
    """What an answer means that is no batch."""
    config = AIConfig.model_validate(job.column.config)
    if answer.status in (404, 405):
        url = server_of(config.base_url, ctx).base_url
        return Held(HeldWhy.AUTH, f"{url} takes no batches; set batch = false in the column")
    if answer.status < 300:
        return Retry(RetryWhy.TRANSIENT, f"{PROVIDER} gave an answer that is no batch")
    return read_failure(answer, model_of(config, ctx), Bill())


async def fetch(handles: Sequence[Handle], ctx: Context) -> None:
    """Look at one batch; hand its results to the jobs that wait for it, once it is over."""
    handle = handles[0].body
    jobs = [found.job for found in handles]
    server = server_for(jobs[0], ctx)
    answer = await ctx.call(
        (), _free("look at batch", handle["batch"]), lambda: server.look(handle["batch"])
    )
    batch: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    if answer.status == 404:
        words = f"{PROVIDER} does not know the batch any more"
        _hand_in(jobs, Retry(RetryWhy.TRANSIENT, words, anew=True, tries=2,
                             otherwise=Invalid(words)), ctx)  # fmt: skip
    elif answer.status >= 300 or not is_batch(batch):
        _hand_in(jobs, failure_of(answer, jobs[0], ctx), ctx)
    elif not is_over(batch):
        later = {**handle, "looks": int(handle["looks"]) + 1}
        _hand_in(jobs, waiting(later, ctx, Bill()), ctx)
    else:
        results = await _read(batch, server, jobs[0], ctx)
        cost = _cost(results, jobs[0], ctx)
        await ctx.amend(int(handle["call"]), Answer(200, dict(batch), cost_usd_micros=cost))
        same = cast("Mapping[str, int]", handle["same"])
        for at in range(0, len(jobs), WRITTEN_AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for job in jobs[at : at + WRITTEN_AT_ONCE]:
                    lead_id = same.get(str(job.lead_id), job.lead_id)
                    group.create_task(_finish(job, lead_id, results, ctx))


def _hand_in(jobs: Sequence[Job], outcome: Outcome, ctx: Context) -> None:
    for job in jobs:
        ctx.done(job, outcome)


def _free(operation: str, what: str) -> CallRequest:
    return CallRequest(
        PROVIDER, operation, {"id": what}, max_usd_micros=0, is_cacheable=False,
        is_harmless=True, is_look=True,
    )  # fmt: skip


async def _read(batch: Mapping[str, Any], server: BatchServer, job: Job, ctx: Context) -> Results:
    """The lines of both files of a batch.

    Raises:
        CallFailed: a file cannot be read now; it is tried again.
    """
    found: dict[str, Line] = {}
    for name in ("output_file_id", "error_file_id"):
        file_id = batch.get(name)
        if not isinstance(file_id, str) or not file_id:
            continue
        answer = await ctx.call(
            (), _free("read batch", file_id), lambda file_id=file_id: server.read(file_id, found)
        )
        if answer.status >= 300:
            raise CallFailed(failure_of(answer, job, ctx))
    lines: dict[int, Line] = {}
    keys: dict[int, str] = {}
    for custom_id, line in found.items():
        lead, _, key = custom_id.partition("-")
        if lead.isdigit():
            lines[int(lead)], keys[int(lead)] = line, key
    return Results(batch, lines, keys)


def _cost(results: Results, job: Job, ctx: Context) -> int | None:
    """What all lines of a batch have cost; None where no price is known."""
    price = price_of(AIConfig.model_validate(job.column.config), ctx)
    costs = [priced(_answer(line), price).cost_usd_micros for line in results.lines.values()]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _answer(line: Line) -> Answer:
    return Answer(line.status, line.body, cost_usd_micros=0)


async def _finish(job: Job, lead_id: int, results: Results, ctx: Context) -> None:
    """Hand in what became of one job; `lead_id` is the lead whose line answers it."""
    line = results.lines.get(lead_id)
    if line is None or not line.status:
        ctx.done(job, _unanswered(results.batch, line, ctx))
        return
    config = AIConfig.model_validate(job.column.config)
    model = model_of(config, ctx)
    answer = priced(_answer(line), price_of(config, ctx))
    outcome = read_answer(answer, config, model, job.column.type)
    # The batch is billed as a whole; in the journal its lines cost nothing beside that.
    kept = replace(answer, cost_usd_micros=0, is_reusable=isinstance(outcome, Value))
    try:
        written = await ctx.call([job], _request(job, results.keys[lead_id], ctx), _giver(kept))
    except CallFailed as failure:  # the run stops
        ctx.done(job, failure.outcome)
        return
    is_own = lead_id == job.lead_id
    billed = replace(
        answer,
        call_id=written.call_id,
        cost_usd_micros=answer.cost_usd_micros if is_own else 0,
        from_cache=not is_own,
    )
    ctx.done(job, _as_late(read_answer(billed, config, model, job.column.type)))


def _giver(answer: Answer) -> Callable[[], Awaitable[Answer]]:
    async def give() -> Answer:
        return answer

    return give


def _request(job: Job, key: str, ctx: Context) -> CallRequest:
    """The request that a line was, as it would be alone; a lead may have changed meanwhile."""
    try:
        request = request_of(job, ctx)
    except (BlankInput, InputError):
        request = None
    if request is None or key_of(request) != key:
        return _free("line of batch", f"{job.lead_id}-{key}")
    return replace(request, min_usd_micros=0, max_usd_micros=0, is_harmless=True, is_look=True)


def _as_late(outcome: Outcome) -> Outcome:
    """An outcome of a line: to try again is to ask anew, since the batch will not change."""
    match outcome:
        case Retry():
            return replace(outcome, anew=True)
        case Held():
            again = Invalid(outcome.detail)
            return Retry(RetryWhy.TRANSIENT, outcome.detail, tries=2, anew=True, otherwise=again)
        case _:
            return outcome


def _unanswered(batch: Mapping[str, Any], line: Line | None, ctx: Context) -> Outcome:
    """What becomes of a job whose request was not made."""
    error: Mapping[str, Any] = line.error if line else {}
    words = str(error.get("message") or error.get("code") or "")
    match batch["status"]:
        case "expired":
            detail = "its batch was not done within 24 hours"
            return Retry(RetryWhy.TRANSIENT, detail, anew=True)
        case "failed":
            return _failed(batch, ctx)
        case "cancelled":
            return Invalid(f"its batch was cancelled at {PROVIDER}")
        case _:
            detail = f"its batch has no answer for it{f': {words}' if words else ''}"
            again = Invalid(f"{detail}, twice")
            return Retry(RetryWhy.TRANSIENT, detail, tries=2, anew=True, otherwise=again)


def _failed(batch: Mapping[str, Any], ctx: Context) -> Outcome:
    listed = cast("Mapping[str, Any]", batch.get("errors") or {})
    errors = cast("list[Mapping[str, Any]]", listed.get("data") or [{}])
    first = errors[0]
    words = f"{PROVIDER} refused the batch: {first.get('message') or first.get('code')}"
    if first.get("code") == FULL:
        wait_s = FULL_WAIT * poll_wait_s(MINUTE_STEP, ctx)
        return Retry(RetryWhy.THROTTLED, words, after_s=wait_s, anew=True)
    return Invalid(words)
