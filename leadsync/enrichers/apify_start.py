"""Starts of actors: paid, and not idempotent, so that a lost one is looked for before another.

Facts are of docs.apify.com/api/v2, read in November 2026.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed, CallRequest
from leadsync.core.engine.outcomes import (
    Bill,
    Held,
    HeldWhy,
    Invalid,
    Retry,
    RetryWhy,
    Unknown,
)
from leadsync.core.engine.remedies import no_price
from leadsync.core.errors import InputError
from leadsync.core.templates import TemplateLimit
from leadsync.enrichers.apify_adopt import find_started
from leadsync.enrichers.apify_api import API, USD_MICROS, data_of, failure_of
from leadsync.enrichers.apify_run import RESULT, START, ActorRun, run_of
from leadsync.enrichers.limits import rate_limit
from leadsync.enrichers.match_rule import WHAT, lead_key
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Ask
from leadsync.enrichers.unit_prices import cost_of, price_note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Context, Job, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.templates import BatchTemplate
    from leadsync.enrichers.apify_config import ApifyConfig

MAX_INPUT_BYTES = 9_437_184
_LOST = "the answer to the start of the actor was lost; its run is looked for"
_UNKNOWN = "the start of the actor was sent without an answer, and its run could not be looked for"


class InputTooLarge(InputError):
    """The input of a batch is longer than Apify takes; a smaller batch may do."""


def price_of_lead(config: ApifyConfig, settings: Settings) -> int | None:
    """The most that a lead may cost, in millionths of a dollar; None where nobody has said it."""
    if config.max_usd_per_lead is not None:
        return round(config.max_usd_per_lead * USD_MICROS)
    return cost_of(f"{API.name}/{config.actor}", {RESULT: config.results_per_lead}, settings)


def start_request(
    leads: Mapping[int, Mapping[str, Any]],
    config: ApifyConfig,
    template: BatchTemplate,
    settings: Settings,
) -> tuple[Ask, CallRequest]:
    """The start for these leads: as it is sent, and as the journal keeps it.

    Args:
        leads: what is known of each, by lead id.
        config: of the column.
        template: of the actor's input.
        settings: name the price of a result.

    Raises:
        InputTooLarge: Apify does not take so much.
        InputError: the template gives no JSON object.
    """
    given = _input(template.render(list(leads.values())))
    each = price_of_lead(config, settings)
    most = None if each is None else each * len(leads)
    params = {"maxItems": str(config.results_per_lead * len(leads))}
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
        max_units={RESULT: config.results_per_lead * len(leads)},
        is_repeatable=False,
        is_cacheable=False,
        rate_limit=rate_limit(API.name, "start", settings),
    )
    request = API.request(ask, settings)
    keys = {str(lead): lead_key(config.match, values) for lead, values in leads.items()}
    return ask, replace(
        request,
        body={**request.body, "leads": keys, "mostUsdMicros": most},
        max_usd_micros=most,
        price_note=_price_note(config),
        jobs=config.batch_size,
    )


async def begin(
    jobs: Sequence[Job], config: ApifyConfig, template: BatchTemplate, ctx: Context
) -> dict[int, Outcome]:
    """Start the actor for those leads that no run is under way for; what that means for each.

    Raises:
        CallFailed: Apify cannot be asked whether a lost start has arrived.
    """
    outcomes: dict[int, Outcome] = {
        job.lead_id: Invalid(fault) for job in jobs if (fault := fault_of(job, config))
    }
    able = [job for job in jobs if job.lead_id not in outcomes]
    started = await find_started(able, config, ctx) if able else {}
    outcomes |= {lead_id: run.pending(ctx) for lead_id, run in started.items()}
    await _begin(
        [job for job in able if job.lead_id not in started], config, template, ctx, outcomes
    )
    return outcomes


async def _begin(
    jobs: Sequence[Job],
    config: ApifyConfig,
    template: BatchTemplate,
    ctx: Context,
    outcomes: dict[int, Outcome],
) -> None:
    """Start the actor as often as it takes: for as many leads as the budget, and Apify, allow."""
    if not jobs:
        return
    each = price_of_lead(config, ctx)
    left = ctx.budget_left
    able = len(jobs) if left is None or not each else min(len(jobs), max(1, left // each))
    part, rest = jobs[:able], jobs[able:]
    if each is None:
        so = "no run of the actor is started"
        held = Held(HeldWhy.CAP, no_price(API.name, _price_note(config), so))
        outcomes |= dict.fromkeys((job.lead_id for job in jobs), held)
        return
    try:
        run = await _start(part, config, template, ctx)
    except (InputTooLarge, TemplateLimit) as error:
        if able == 1:
            outcomes[part[0].lead_id] = Invalid(error.message)
        else:
            await _begin(part[: able // 2], config, template, ctx, outcomes)
            rest = jobs[able // 2 :]
    except InputError as error:
        outcomes |= {job.lead_id: Invalid(error.message) for job in part}
    except CallFailed as failure:
        outcomes |= {job.lead_id: failure.outcome for job in jobs}
        return
    else:
        outcomes |= {job.lead_id: run.pending(ctx) for job in part}
    await _begin(rest, config, template, ctx, outcomes)


def _price_note(config: ApifyConfig) -> str:
    note = price_note(f"{API.name}/{config.actor}", [RESULT])
    return f"max_usd_per_lead = 0.01 in the column, or {note}"


def fault_of(job: Job, config: ApifyConfig) -> str:
    """Why no item could ever be matched to a lead; empty where one could."""
    if lead_key(config.match, job.values):
        return ""
    value = str(job.values.get(config.match.field))
    return f'{config.match.field} is {WHAT[config.match.compare]}: "{value[:80]}"'


async def _start(
    jobs: Sequence[Job], config: ApifyConfig, template: BatchTemplate, ctx: Context
) -> ActorRun:
    """Start the actor for these leads.

    Raises:
        CallFailed: with what became of it; a lost answer is looked for when the jobs come again.
        InputError: as `start_request`.
    """
    leads = {job.lead_id: job.values for job in jobs}
    ask, request = start_request(leads, config, template, ctx)

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
    run = run_of(data_of(answer), answer.call_id, len(jobs))
    if run is None:
        raise CallFailed(_look_later(ctx))
    return run


def _look_later(ctx: Context) -> Retry:
    wait_s = poll_wait_s(0, ctx)
    return Retry(RetryWhy.TRANSIENT, _LOST, after_s=wait_s, otherwise=Unknown(_UNKNOWN, Bill(None)))


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
