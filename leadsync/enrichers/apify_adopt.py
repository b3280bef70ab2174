"""Runs of actors that were started before: by a process that died, or with an answer that was lost.

Facts are of docs.apify.com/api/v2, read in November 2026.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed
from leadsync.core.engine.outcomes import Retry
from leadsync.enrichers.apify_api import API, data_of, look
from leadsync.enrichers.apify_run import START, ActorRun, run_of
from leadsync.enrichers.apify_stopped import ABORTED, is_ours
from leadsync.enrichers.in_flight import InFlight
from leadsync.enrichers.match_rule import lead_key
from leadsync.enrichers.provider_api import Ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.earlier import EarlierCall
    from leadsync.core.engine.enricher import Context, Job
    from leadsync.enrichers.apify_config import ApifyConfig

CLOCKS_DIFFER_S = 300.0
"""Between our clock, which dates the request, and theirs, which dates the run."""
RUNS_AT_ONCE = 20
MOST_PAGES = 10


async def find_started(
    jobs: Sequence[Job], config: ApifyConfig, ctx: Context
) -> dict[int, ActorRun]:
    """Runs by lead id that were started before for these leads, and that no cell tells of.

    What was never answered is looked for at Apify; what is not there never arrived.

    Raises:
        CallFailed: Apify cannot be asked.
    """
    earlier = await ctx.earlier_calls(jobs, START)
    taken = {run.id for call in earlier if (run := _answered(call)) is not None}
    lookups = ctx.shared(f"{API.name} look-ups", InFlight["ActorRun | None"])
    found: dict[int, ActorRun] = {}
    for call in earlier:
        mine = [job for job in jobs if _is_about(call, job, config)]
        if not mine:
            continue
        run = _answered(call)
        if run is None:

            async def search(call: EarlierCall = call, mine: Sequence[Job] = mine) -> Any:
                return await _look_for(call, mine, config, ctx, taken)

            run = await lookups.share(str(call.id), search)
        if run is not None:
            taken.add(run.id)
            if _status(call) == ABORTED and await is_ours(run, mine, ctx):
                continue  # it was read, and these are leads that it did not come to
            found |= {job.lead_id: run for job in mine}
    return found


def _is_about(call: EarlierCall, job: Job, config: ApifyConfig) -> bool:
    """Whether it asked for what would be asked for now."""
    keys = cast("Mapping[str, str]", call.request.get("leads") or {})
    is_same_actor = str(call.request.get("path", "")) == f"/v2/actors/{config.actor}/runs"
    is_same_lead = keys.get(str(job.lead_id)) == lead_key(config.match, job.values)
    return is_same_actor and is_same_lead and job.lead_id in call.open_for


def _answered(call: EarlierCall) -> ActorRun | None:
    if call.answer is None:
        return None
    return run_of(data_of(Answer(200, call.answer)), call.id, len(call.lead_ids))


def _status(call: EarlierCall) -> str:
    """How its run has ended, where that was written down at the start."""
    return str(data_of(Answer(200, call.answer)).get("status") or "")


async def _look_for(
    call: EarlierCall, jobs: Sequence[Job], config: ApifyConfig, ctx: Context, taken: set[str]
) -> ActorRun | None:
    """The run that a request without an answer has started; None where there is none."""
    began = datetime.fromisoformat(call.started_at)
    for page in range(MOST_PAGES):
        runs = await _list_runs(page, jobs, config, ctx)
        near = [run for run in runs if _apart_s(run, began) >= -CLOCKS_DIFFER_S]
        for short in near:
            run = run_of(short, call.id, len(call.lead_ids))
            if run is None or run.id in taken or not await _has_input(short, call, jobs, ctx):
                continue
            booked = call.request.get("mostUsdMicros")
            await ctx.amend(call.id, Answer(201, {"data": short}, cost_usd_micros=booked))
            return run
        if len(near) < RUNS_AT_ONCE:
            break
    await ctx.amend(call.id, None)
    return None


async def _list_runs(
    page: int, jobs: Sequence[Job], config: ApifyConfig, ctx: Context
) -> list[Mapping[str, Any]]:
    """Runs of the actor, the latest first."""
    params = {"desc": "1", "limit": str(RUNS_AT_ONCE), "offset": str(page * RUNS_AT_ONCE)}
    ask = Ask("list runs", "GET", f"/v2/actors/{config.actor}/runs", params)
    return cast("list[Mapping[str, Any]]", data_of(await look(jobs, ctx, ask)).get("items") or [])


async def _has_input(
    short: Mapping[str, Any], call: EarlierCall, jobs: Sequence[Job], ctx: Context
) -> bool:
    """Whether a run was given what the request has sent."""
    store = str(short.get("defaultKeyValueStoreId") or "")
    if not store:
        return False
    ask = Ask("look at input", "GET", f"/v2/key-value-stores/{store}/records/INPUT")
    try:
        given = await look(jobs, ctx, ask)
    except CallFailed as failure:
        if isinstance(failure.outcome, Retry):
            raise
        return False  # it was given none
    return given.body == call.request.get("body")


def _apart_s(short: Mapping[str, Any], began: datetime) -> float:
    """How long after a request a run began; where nobody says, at once."""
    try:
        return (datetime.fromisoformat(str(short.get("startedAt"))) - began).total_seconds()
    except (ValueError, TypeError):
        return 0.0
