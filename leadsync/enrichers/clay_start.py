"""Starts of routines at Clay: paid, and nobody can list them, so that a lost one stays unknown.

Facts are of the description of Clay's public API v0, read in November 2026.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed, CallRequest
from leadsync.core.engine.outcomes import Bill, Pending, Retry, RetryWhy, Unknown
from leadsync.enrichers.clay_api import API, check_storage, failure_of, look, object_of
from leadsync.enrichers.clay_item import ITEM, item_id, item_request
from leadsync.enrichers.kept_answers import KEY, note_of
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Context, Job, Settings
    from leadsync.enrichers.clay_config import ClayConfig
    from leadsync.enrichers.clay_item import Inputs

START = "start routine"
MOST_ITEMS = 100
"""Of a run without a file."""
_UNKNOWN = (
    "Clay was told to run the routine and did not answer: it may run and be billed, and its runs"
    " cannot be listed; look in Clay, or run it again"
)


@dataclass(frozen=True, slots=True)
class RoutineRun:
    """A run at Clay, as our handles keep it.

    Attributes:
        is_file: its items came as a file.
        start_id: the call of our journal that has started it.
    """

    id: str
    is_file: bool
    start_id: int

    def pending(self, line: int, question: str, ctx: Context) -> Pending:
        """What is handed in for the lead of that line and question; it is billed at the end."""
        handle = {"run": self.id, "file": self.is_file, "start": self.start_id}
        bill = Bill(0, (self.start_id,))
        note = {"line": line, KEY: question}
        return Pending(handle, ctx.now() + poll_wait_s(0, ctx), bill, note)


def read_handle(body: Mapping[str, Any]) -> RoutineRun:
    """The run that a handle stands for."""
    return RoutineRun(body["run"], body["file"], body["start"])


def start_request(
    items: Sequence[tuple[Job, Inputs]],
    config: ClayConfig,
    settings: Settings,
    body: Mapping[str, Any] | None = None,
) -> tuple[Ask, CallRequest]:
    """The start for these items: as it is sent, and as the journal keeps it.

    Args:
        items: each lead with what the routine gets of it.
        config: of the column.
        settings: name the price of an item.
        body: of the start with a file; None: the items themselves are sent.
    """
    verb = "run" if body is None else "run-batch/start"
    sent = body or {"items": [{"id": item_id(job), "inputs": given} for job, given in items]}
    ask = Ask(
        START,
        "POST",
        f"/routines/{config.routine}/{verb}",
        body=dict(sent),
        max_units={ITEM: len(items)},
        is_repeatable=False,
        is_cacheable=False,
    )
    request = API.request(ask, settings)
    lines = {str(job.lead_id): number for number, (job, _) in enumerate(items, 1)}
    questions = {
        str(job.lead_id): note_of(item_request(job, given, config, settings))[KEY]
        for job, given in items
    }
    return ask, replace(
        request, body={
            **request.body, "lines": lines, "questions": questions, "file": body is not None,
        },
    )  # fmt: skip


async def start(
    items: Sequence[tuple[Job, Inputs]], config: ClayConfig, ctx: Context
) -> RoutineRun:
    """Start the routine for these items, as a file where they are many.

    Raises:
        CallFailed: with what became of it; where no answer came, nobody knows.
    """
    jobs = [job for job, _ in items]
    body = await _upload(items, config, ctx) if len(items) > MOST_ITEMS else None
    ask, request = start_request(items, config, ctx, body)

    async def send() -> Answer:
        answer = await API.send(ctx.http(API.name), ask, ctx, ctx.secret(API.secret))
        if answer.status >= 300:
            return answer
        return replace(answer, units={ITEM: len(items)}, cost_usd_micros=request.max_usd_micros)

    try:
        answer = await ctx.call(jobs, request, send)
    except CallFailed as failure:
        if isinstance(failure.outcome, Unknown):
            lost = [call.id for call in await ctx.earlier_calls(jobs, START) if not call.answer]
            raise CallFailed(unknown(lost[-1:])) from failure
        raise
    run = run_of(object_of(answer), answer.call_id, is_file=body is not None)
    if run is not None:
        return run
    if answer.status < 300:
        raise CallFailed(unknown([answer.call_id]))
    outcome = failure_of(answer, jobs[0].attempt, ctx)
    assert outcome is not None
    raise CallFailed(outcome)


def run_of(body: Mapping[str, Any], start_id: int, *, is_file: bool) -> RoutineRun | None:
    """The run that an answer to a start tells of."""
    run_id = body.get("routine_run_id")
    return RoutineRun(run_id, is_file, start_id) if isinstance(run_id, str) else None


def unknown(call_ids: Sequence[int]) -> Unknown:
    """The outcome of a start without an answer; the cell tells of its call, so that it is told once."""
    return Unknown(_UNKNOWN, Bill(None, tuple(call_ids)))


async def find_started(jobs: Sequence[Job], ctx: Context) -> dict[int, Pending | Unknown]:
    """What was started before for these leads and no cell tells of, by lead id.

    Where no answer came it is `Unknown`; once a cell has told so, and its user runs it again, it is
    started again.
    """
    found: dict[int, Pending | Unknown] = {}
    for call in await ctx.earlier_calls(jobs, START):
        if call.is_told:
            continue
        answer = Answer(200, call.answer)
        is_file = bool(call.request.get("file"))
        run = run_of(object_of(answer), call.id, is_file=is_file) or unknown([call.id])
        lines = cast("Mapping[str, int]", call.request.get("lines") or {})
        questions = cast("Mapping[str, str]", call.request.get("questions") or {})
        for lead in {str(job.lead_id) for job in jobs} & {*map(str, call.open_for)} & {*lines}:
            is_lost = isinstance(run, Unknown)
            found[int(lead)] = (
                run if is_lost else run.pending(lines[lead], questions.get(lead, ""), ctx)
            )
    return found


async def _upload(
    items: Sequence[tuple[Job, Inputs]], config: ClayConfig, ctx: Context
) -> dict[str, Any]:
    """Put the items into a file at Clay, a line each; the body of the start.

    Raises:
        CallFailed: Clay takes no file.
    """
    jobs = [job for job, _ in items]
    ask = Ask("upload url", "POST", f"/routines/{config.routine}/run-batch/upload-url")
    place = object_of(await look(jobs, ctx, ask))
    url = check_storage(place.get("upload_url"), ctx)
    lines = [json.dumps({"id": item_id(job), "inputs": given}) for job, given in items]
    content = "\n".join([*lines, ""]).encode()
    request = CallRequest(
        API.name,
        "upload file",
        {
            "fileId": place.get("file_id"), "lines": len(lines), "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
        max_usd_micros=0,
        is_cacheable=False,
        is_look=True,
    )  # fmt: skip

    async def put() -> Answer:
        response = await ctx.http(API.name).put(url, content=content)
        return Answer(response.status_code, response.text[:2000] or None, cost_usd_micros=0)

    answer = await ctx.call(jobs, request, put)
    if answer.status >= 300:
        words = f"clay's storage answers with {answer.status} to a file"
        raise CallFailed(Retry(RetryWhy.TRANSIENT, words))
    return {"file_id": place.get("file_id")}
