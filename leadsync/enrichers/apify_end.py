"""Ends of runs at Apify: their state, the items that they have found, what they have cost.

Facts are of docs.apify.com/api/v2, read in November 2026.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import Answer, CallFailed
from leadsync.core.engine.http_client import AnswerTooLong
from leadsync.core.engine.http_outcomes import one_line
from leadsync.core.engine.outcomes import Bill, Invalid, Pending
from leadsync.enrichers.apify_api import API, USD_MICROS, data_of, failure_of, look
from leadsync.enrichers.apify_kept import keep_items, outcome_of_items
from leadsync.enrichers.apify_run import RESULT
from leadsync.enrichers.apify_stopped import ABORTED, asked_anew, is_ours
from leadsync.enrichers.limits import rate_limit
from leadsync.enrichers.match_rule import match_items
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Ask
from leadsync.enrichers.unit_prices import cost_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Context, Job
    from leadsync.core.engine.outcomes import Json, Outcome
    from leadsync.enrichers.apify_config import ApifyConfig
    from leadsync.enrichers.apify_kept import Questions
    from leadsync.enrichers.apify_run import ActorRun
    from leadsync.enrichers.match_rule import Matched

logger = logging.getLogger(__name__)

WAIT_FOR_FINISH_S = 5
"""How long Apify may hold a look back; it takes 60, but a stop would have to wait for it."""
ITEMS_AT_ONCE = 1000
MOST_ITEMS = 100_000
GOING_ON = frozenset({"READY", "RUNNING", "TIMING-OUT", "ABORTING"})
GOOD = "SUCCEEDED"
_WORDS = {"FAILED": "failed", "TIMED-OUT": "ran out of time", ABORTED: "was aborted"}
_TOO_LONG = "page too long"


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended.

    Attributes:
        status: as Apify has it: SUCCEEDED FAILED TIMED-OUT ABORTED.
        message: what the actor said at last.
        cost: in millionths of a dollar; None where Apify does not say.
        cap: what it was allowed to cost; None: anything.
    """

    status: str
    message: str
    cost: int | None
    cap: int | None

    @property
    def fault(self) -> str:
        """Why leads without an item were perhaps not looked at; empty where they were."""
        if self.status != GOOD:
            words = _WORDS.get(self.status, self.status.lower())
            return f"the actor's run {words}" + (f": {self.message}" if self.message else "")
        if self.cap is not None and self.cost is not None and self.cost >= self.cap:
            return "the run reached what it may cost before it came to this lead"
        return ""


async def read_run(
    run: ActorRun, jobs: Sequence[Job], config: ApifyConfig, questions: Questions, ctx: Context
) -> dict[int, Outcome]:
    """What a run has found, by lead id, as values of whole items; or that it goes on.

    What it tells of the leads of these questions is kept as their answer.

    Raises:
        CallFailed: Apify cannot be asked, or does not know the run any more.
    """
    ask = Ask(
        "look at run", "GET", f"/v2/actor-runs/{run.id}", {"waitForFinish": str(WAIT_FOR_FINISH_S)}
    )
    answer = await look(jobs, ctx, ask)
    data = data_of(answer)
    status = str(data.get("status") or "")
    if not status or status in GOING_ON:
        return {job.lead_id: _not_yet(run, data, ctx) for job in jobs}
    items = await _read_items(run, jobs, ctx)
    ended = await _settle(run, data, len(items), config, ctx)
    matched = match_items(config.match, items, jobs)
    note = _note(run, config, len(items), matched, is_whole=len(jobs) == run.leads)
    told = {job.lead_id: matched.by_lead.get(job.lead_id, ()) for job in jobs}
    if ended.fault:
        told = {lead_id: found for lead_id, found in told.items() if found}
    await keep_items(jobs, told, questions, note, ctx)
    # Where its cost is not known, the start does not tell of its end, and would be taken over again.
    was_ended = ended.status == ABORTED and ended.cost is not None
    is_anew = was_ended and await is_ours(run, jobs, ctx)
    outcomes: dict[int, Outcome] = {}
    for number, lead_id in enumerate(sorted(job.lead_id for job in jobs)):
        bill = Bill(_share(ended.cost, run.leads, number), (answer.call_id,))
        if lead_id in told:
            outcomes[lead_id] = outcome_of_items(told[lead_id], config, bill, note)
        else:
            outcomes[lead_id] = asked_anew(bill) if is_anew else Invalid(ended.fault, bill)
    return outcomes


def _note(
    run: ActorRun, config: ApifyConfig, items: int, matched: Matched, *, is_whole: bool
) -> str:
    """Which run it was, and how many of its items belong to nobody, where all leads are here."""
    words = f"run {run.id} of {config.actor}"
    strangers = len(matched.without_lead) if is_whole else 0
    if not strangers:
        return words
    logger.warning("apify run %s: %d of %d items belong to no lead", run.id, strangers, items)
    return f"{words}; {strangers} of its {items} items belong to none of its leads"


def _not_yet(run: ActorRun, data: Mapping[str, Any], ctx: Context) -> Pending:
    """Looks come less often the longer it works; all of its leads are looked at together."""
    minutes = 0
    if isinstance(data.get("startedAt"), str):
        began = datetime.fromisoformat(data["startedAt"]).timestamp()
        minutes = max(0, int((ctx.now() - began) // 60))
    pending = run.pending(ctx)
    return replace(pending, not_before=ctx.now() + poll_wait_s(minutes, ctx), bill=Bill())


async def _settle(
    run: ActorRun, data: Mapping[str, Any], items: int, config: ApifyConfig, ctx: Context
) -> Ended:
    """Write down at the start what it has cost; where nobody knows, the most stays booked."""
    options = cast("dict[str, Any]", data.get("options") or {})
    cost = _micros(data.get("usageTotalUsd"))
    if cost is None:
        cost = cost_of(f"{API.name}/{config.actor}", {RESULT: items}, ctx)
    if cost is not None:
        events = cast("dict[str, Any]", data.get("chargedEventCounts") or {})
        units = {name: float(number) for name, number in events.items() if number}
        answer = Answer(201, {"data": data}, units=units or {RESULT: items}, cost_usd_micros=cost)
        await ctx.amend(run.start_id, answer)
    message = one_line(str(data.get("statusMessage") or ""))
    cap = _micros(options.get("maxTotalChargeUsd"))
    return Ended(str(data["status"]), message, cost, cap)


def _micros(found: Any) -> int | None:
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return round(found * USD_MICROS) if is_number else None


def _share(cost: int | None, leads: int, number: int) -> int | None:
    """What one of so many leads bears; the first ones bear what does not divide."""
    if not leads:
        return 0
    if cost is None:
        return None
    each, rest = divmod(cost, leads)
    return each + (1 if number < rest else 0)


async def _read_items(run: ActorRun, jobs: Sequence[Job], ctx: Context) -> list[Json]:
    """All items of the run's dataset, page by page; fewer at once where a page is too long.

    Raises:
        CallFailed: Apify cannot be asked.
    """
    items: list[Json] = []
    offset, size = 0, ITEMS_AT_ONCE
    while offset < MOST_ITEMS:
        answer = await _read_page(run, jobs, offset, size, ctx)
        if answer.body == _TOO_LONG:
            if size == 1:
                offset += 1  # one item of more than 10 MB is no profile
            size = max(1, size // 2)
            continue
        page = cast("list[Json]", answer.body) if isinstance(answer.body, list) else []
        items += page
        offset += size
        total = answer.headers.get("x-apify-pagination-total", "")
        # A page may be short because empty items are left out, so that only the total ends it.
        if offset >= int(total) if total.isdigit() else len(page) < size:
            break
    return items


async def _read_page(
    run: ActorRun, jobs: Sequence[Job], offset: int, size: int, ctx: Context
) -> Answer:
    params = {"clean": "1", "format": "json", "offset": str(offset), "limit": str(size)}
    ask = Ask(
        "read items",
        "GET",
        f"/v2/datasets/{run.dataset}/items",
        params,
        is_cacheable=False,
        is_look=True,
        rate_limit=rate_limit(API.name, "look", ctx),
    )

    async def send() -> Answer:
        try:
            return await API.send(ctx.http(API.name), ask, ctx, ctx.secret(API.secret))
        except AnswerTooLong:
            return Answer(200, _TOO_LONG, cost_usd_micros=0)

    answer = await ctx.call(jobs, API.request(ask, ctx), send)
    outcome = failure_of(answer, jobs[0].attempt, ctx)
    if outcome is not None:
        raise CallFailed(outcome)
    return answer
