"""Starts of actors: paid, and not idempotent, so that a lost one is looked for before another.

Facts are of docs.apify.com/api/v2, read in November 2026.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed, CallRequest
from leadsync.core.engine.outcomes import Bill, Pending, Retry, RetryWhy, Unknown
from leadsync.core.errors import InputError
from leadsync.enrichers.apify_api import API, USD_MICROS, data_of, failure_of, look
from leadsync.enrichers.in_flight import InFlight
from leadsync.enrichers.limits import rate_limit
from leadsync.enrichers.match_rule import lead_key
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Ask
from leadsync.enrichers.unit_prices import cost_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.earlier import EarlierCall
    from leadsync.core.engine.enricher import Context, Job, Settings
    from leadsync.core.templates import BatchTemplate
    from leadsync.enrichers.apify_config import ApifyConfig

START = "start actor"
RESULT = "result"
MAX_INPUT_BYTES = 9_437_184
CLOCKS_DIFFER_S = 300.0
"""Between our clock, which dates the request, and theirs, which dates the run."""
RUNS_AT_ONCE = 20
MOST_PAGES = 10
_LOST = "the answer to the start of the actor was lost; its run is looked for"
_UNKNOWN = "the start of the actor was sent without an answer, and its run could not be looked for"


class InputTooLarge(InputError):
    """The input of a batch is longer than Apify takes; a smaller batch may do."""


@dataclass(frozen=True, slots=True)
class ActorRun:
    """A run at Apify, as our handles keep it.

    Attributes:
        start_id: the call of our journal that has started it.
        leads: how many leads it is about.
    """

    id: str
    dataset: str
    start_id: int
    leads: int

    def pending(self, ctx: Context) -> Pending:
        """What is handed in for its leads now; what it costs is known at its end."""
        handle = {
            "run": self.id, "dataset": self.dataset, "start": self.start_id, "leads": self.leads,
        }  # fmt: skip
        return Pending(handle, ctx.now() + poll_wait_s(0, ctx), Bill(0, (self.start_id,)))


def read_handle(body: Mapping[str, Any]) -> ActorRun:
    """The run that a handle stands for."""
    return ActorRun(body["run"], body["dataset"], body["start"], body["leads"])


def price_of_lead(config: ApifyConfig, settings: Settings) -> int | None:
    """The most that a lead may cost, in millionths of a dollar; None where nobody has said it."""
    if config.max_usd_per_lead is not None:
        return round(config.max_usd_per_lead * USD_MICROS)
    return cost_of(f"{API.name}/{config.actor}", {RESULT: config.results_per_lead}, settings)


def start_request(
    jobs: Sequence[Job], config: ApifyConfig, template: BatchTemplate, settings: Settings
) -> tuple[Ask, CallRequest]:
    """The start for these leads: as it is sent, and as the journal keeps it.

    Raises:
        InputTooLarge: Apify does not take so much.
        InputError: the template gives no JSON object.
    """
    given = _input(template.render([job.values for job in jobs]))
    each = price_of_lead(config, settings)
    most = None if each is None else each * len(jobs)
    params = {"maxItems": str(config.results_per_lead * len(jobs))}
    if most is not None:
        params["maxTotalChargeUsd"] = f"{most / USD_MICROS:.6f}"
    wanted = {"memory": config.memory_mbytes, "timeout": config.timeout_s, "build": config.build}
    params |= {name: str(value) for name, value in wanted.items() if value}
    ask = Ask(
        START,
        "POST",
        f"/v2/actors/{config.actor}/runs",
        params,
        body=given,
        max_units={RESULT: config.results_per_lead * len(jobs)},
        is_repeatable=False,
        is_cacheable=False,
        rate_limit=rate_limit(API.name, "start", settings),
    )
    request = API.request(ask, settings)
    keys = {str(job.lead_id): lead_key(config.match, job) for job in jobs}
    return ask, replace(
        request,
        body={**request.body, "leads": keys, "mostUsdMicros": most},
        max_usd_micros=most,
        jobs=config.batch_size,
    )


async def start(
    jobs: Sequence[Job], config: ApifyConfig, template: BatchTemplate, ctx: Context
) -> ActorRun:
    """Start the actor for these leads.

    Raises:
        CallFailed: with what became of it; a lost answer is looked for when the jobs come again.
        InputError: as `start_request`.
    """
    ask, request = start_request(jobs, config, template, ctx)

    async def send() -> Answer:
        answer = await API.send(ctx.http(API.name), ask, ctx, ctx.secret(API.secret))
        # All that it may cost is booked now; its end says what it has cost.
        booked = request.max_usd_micros if answer.status < 300 else 0
        return replace(answer, cost_usd_micros=booked)

    try:
        answer = await ctx.call(jobs, request, send)
    except CallFailed as failure:
        if isinstance(failure.outcome, Unknown):
            raise CallFailed(_look_later(ctx)) from failure
        raise
    outcome = failure_of(answer, jobs[0].attempt, ctx)
    if outcome is not None and answer.status >= 300:
        raise CallFailed(outcome)
    run = _run_of(data_of(answer), answer.call_id, len(jobs))
    if run is None:
        raise CallFailed(_look_later(ctx))
    return run


def _look_later(ctx: Context) -> Retry:
    wait_s = poll_wait_s(0, ctx)
    return Retry(RetryWhy.TRANSIENT, _LOST, after_s=wait_s, otherwise=Unknown(_UNKNOWN, Bill(None)))


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
            found |= {job.lead_id: run for job in mine}
    return found


def _is_about(call: EarlierCall, job: Job, config: ApifyConfig) -> bool:
    """Whether it asked for what would be asked for now."""
    keys = cast("Mapping[str, str]", call.request.get("leads") or {})
    is_same_actor = str(call.request.get("path", "")) == f"/v2/actors/{config.actor}/runs"
    return is_same_actor and keys.get(str(job.lead_id)) == lead_key(config.match, job)


def _answered(call: EarlierCall) -> ActorRun | None:
    if call.answer is None:
        return None
    return _run_of(data_of(Answer(200, call.answer)), call.id, len(call.lead_ids))


async def _look_for(
    call: EarlierCall, jobs: Sequence[Job], config: ApifyConfig, ctx: Context, taken: set[str]
) -> ActorRun | None:
    """The run that a request without an answer has started; None where there is none."""
    began = datetime.fromisoformat(call.started_at)
    for page in range(MOST_PAGES):
        runs = await _list_runs(page, jobs, config, ctx)
        near = [run for run in runs if _apart_s(run, began) >= -CLOCKS_DIFFER_S]
        for short in near:
            run = _run_of(short, call.id, len(call.lead_ids))
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


def _run_of(data: Mapping[str, Any], start_id: int, leads: int) -> ActorRun | None:
    run_id, dataset = data.get("id"), data.get("defaultDatasetId")
    if not isinstance(run_id, str) or not isinstance(dataset, str):
        return None
    return ActorRun(run_id, dataset, start_id, leads)


def _apart_s(short: Mapping[str, Any], began: datetime) -> float:
    """How long after a request a run began; where nobody says, at once."""
    try:
        return (datetime.fromisoformat(str(short.get("startedAt"))) - began).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def _input(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"the input template gives no JSON: {error}", next_step="put values in with | tojson"
        ) from error
    if not isinstance(given, dict):
        raise InputError("the input template gives no JSON object")
    if len(json.dumps(given).encode()) > MAX_INPUT_BYTES:
        raise InputTooLarge(f"the input is longer than {MAX_INPUT_BYTES:,} bytes")
    return cast("dict[str, Any]", given)
