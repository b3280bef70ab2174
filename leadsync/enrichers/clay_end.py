"""Ends of routines at Clay: results page by page, or as a file of lines.

Facts are of the description of Clay's public API v0, read in November 2026. What a file of results
holds is not described: lines of JSON, or one list, of items as the pages have them.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed, CallRequest
from leadsync.core.engine.http_client import LONGEST
from leadsync.core.engine.http_outcomes import one_line
from leadsync.core.engine.outcomes import Bill, Invalid, Pending, Retry, RetryWhy
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput
from leadsync.enrichers.clay_api import API, check_storage, failure_of, look, object_of
from leadsync.enrichers.clay_item import (
    COMPLETE,
    inputs_of,
    item_id,
    item_request,
    outcome_of_item,
    price_of_item,
)
from leadsync.enrichers.kept_answers import KEY, keep_answers, note_of
from leadsync.enrichers.provider_api import Ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadsync.core.engine.enricher import Context, Handle, Job
    from leadsync.core.engine.outcomes import Json, Outcome
    from leadsync.enrichers.clay_config import ClayConfig
    from leadsync.enrichers.clay_start import RoutineRun

logger = logging.getLogger(__name__)

ITEMS_AT_ONCE = 100
LONGEST_FILE_BYTES = 200_000_000
MOST_PAGES = 1000
_NO_RESULT = "Clay gave no result for this lead"


@dataclass(frozen=True, slots=True)
class Results:
    """What a run has given: items by their ids, and the calls that have told them."""

    items: Mapping[str, Mapping[str, Any]]
    call_ids: tuple[int, ...]


async def collect_run(
    run: RoutineRun, handles: Sequence[Handle], config: ClayConfig, ctx: Context
) -> None:
    """Hand in what a run has given for these leads, or that it goes on.

    Raises:
        CallFailed: Clay cannot be asked, or does not know the run any more.
    """
    jobs = [handle.job for handle in handles]
    verb = "run-batch" if run.is_file else "run"
    path = f"/routines/{verb}/{run.id}/results"
    params = None if run.is_file else {"limit": str(ITEMS_AT_ONCE)}
    answer = await look(jobs, ctx, Ask("look at routine", "GET", path, params))
    body = object_of(answer)
    status = body.get("status")
    if answer.status == 202 or status == "in_progress":
        done, total = body.get("finished"), body.get("total")
        logger.info("clay run %s: %s of %s items are finished", run.id, done, total)
        for handle in handles:
            ctx.done(handle.job, _not_yet(run, handle, ctx))
        return
    if status == "complete":
        read = _read_file if run.is_file else _read_pages
        results = await read(run, answer, jobs, ctx)
        kept = await _keep(handles, results, config, ctx)
        for job in jobs:
            ids = [kept[job.lead_id]] if job.lead_id in kept else []
            bill = Bill(price_of_item(ctx), (*results.call_ids, *ids))
            item = results.items.get(item_id(job))
            found = outcome_of_item(item, job, config, bill) if item else Invalid(_NO_RESULT, bill)
            ctx.done(job, found)
        return
    if status == "validation_failed":
        # Nothing was run: the start counts as refused, and is not found by leads that come again.
        await ctx.amend(run.start_id, Answer(422, answer.body, cost_usd_micros=0))
    for handle in handles:
        ctx.done(handle.job, _failed(body, handle, Bill(0, (answer.call_id,))))


def _not_yet(run: RoutineRun, handle: Handle, ctx: Context) -> Pending:
    line, question = int(handle.note.get("line", 0)), str(handle.note.get(KEY, ""))
    return replace(run.pending(line, question, ctx), bill=Bill())


async def _keep(
    handles: Sequence[Handle], results: Results, config: ClayConfig, ctx: Context
) -> dict[int, int]:
    """Write down the good results of leads that are as they were asked about; calls by lead id.

    Raises:
        CallFailed: the run stops.
    """
    found: list[tuple[Job, CallRequest, Json]] = []
    for handle in handles:
        job, item = handle.job, results.items.get(item_id(handle.job))
        if item is None or item.get("status") != COMPLETE:
            continue
        try:
            question = item_request(job, inputs_of(job, config), config, ctx)
        except (BlankInput, InputError):
            continue  # the lead has changed meanwhile
        if note_of(question)[KEY] == handle.note.get(KEY):
            found.append((job, question, dict(item)))
    return await keep_answers(found, ctx)


def _failed(body: Mapping[str, Any], handle: Handle, bill: Bill) -> Outcome:
    """What the failure of a whole run means for one lead of it."""
    error = cast("Mapping[str, Any]", body.get("error") or {})
    words = one_line(str(error.get("message") or body.get("status")))
    if body.get("status") != "validation_failed":
        return Invalid(f"Clay could not run the routine: {words}", bill)
    details = cast("list[Mapping[str, Any]]", error.get("details") or [])
    line = handle.note.get("line")
    own = [detail for detail in details if detail.get("line_number") == line]
    if own:
        faults = "; ".join(f"{detail.get('field')}: {detail.get('message')}" for detail in own)
        return Invalid(f"Clay does not take this lead: {one_line(faults)}", bill)
    if not details:
        return Invalid(f"Clay does not take the file: {words}", bill)
    # Nothing of the file was run: what is right is sent again, without the lines that are not.
    why = "Clay did not take the file because of other leads"
    return Retry(RetryWhy.TRANSIENT, why, anew=True)


async def _read_pages(run: RoutineRun, first: Answer, jobs: Sequence[Job], ctx: Context) -> Results:
    """All pages of results.

    Raises:
        CallFailed: Clay cannot be asked.
    """
    items: dict[str, Mapping[str, Any]] = {}
    call_ids = [first.call_id]
    body = object_of(first)
    for _ in range(MOST_PAGES):
        items |= dict(_by_id(body.get("data")))
        cursor = body.get("cursor")
        if not isinstance(cursor, str) or not cursor:
            break
        params = {"limit": str(ITEMS_AT_ONCE), "cursor": cursor}
        ask = Ask("look at routine", "GET", f"/routines/run/{run.id}/results", params)
        answer = await look(jobs, ctx, ask)
        call_ids.append(answer.call_id)
        body = object_of(answer)
    return Results(items, tuple(call_ids))


async def _read_file(run: RoutineRun, first: Answer, jobs: Sequence[Job], ctx: Context) -> Results:
    """The file of results, which lies at an address of its own and needs no key.

    Raises:
        CallFailed: it cannot be read.
    """
    url = check_storage(object_of(first).get("result_url"), ctx)
    found: dict[str, Mapping[str, Any]] = {}
    request = CallRequest(
        API.name, "read results", {"run": run.id}, max_usd_micros=0, is_cacheable=False,
        is_look=True,
    )  # fmt: skip

    async def get() -> Answer:
        http = ctx.http(API.name)
        async with http.stream("GET", url, extensions={LONGEST: LONGEST_FILE_BYTES}) as response:
            content = await response.aread()
        if response.status_code >= 300:
            return Answer(response.status_code, None, cost_usd_micros=0)
        found.update(_by_id(_parsed(content)))
        return Answer(200, {"items": len(found)}, cost_usd_micros=0)

    answer = await ctx.call(jobs, request, get)
    if answer.status in (401, 403, 404, 410):
        # The address has expired: the next look gives another.
        raise CallFailed(Retry(RetryWhy.TRANSIENT, "the file of results is not there (any more)"))
    outcome = failure_of(answer, jobs[0].attempt, ctx)
    if outcome is not None:
        raise CallFailed(outcome)
    return Results(found, (first.call_id, answer.call_id))


def _parsed(content: bytes) -> list[Any]:
    """The items of a file: lines of JSON, or one list; what is none is left out."""
    text = content.decode("utf-8", errors="replace").strip()
    if text.startswith("["):
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError):
            return []
        return cast("list[Any]", whole)
    return [item for line in text.splitlines() for item in _line(line)]


def _line(line: str) -> Iterator[Any]:
    try:
        yield json.loads(line)
    except (ValueError, RecursionError):
        return


def _by_id(found: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for item in cast("list[Any]", found) if isinstance(found, list) else []:
        if isinstance(item, dict):
            known = cast("Mapping[str, Any]", item)
            yield str(known.get("id")), known
