"""Requests of an HTTP column that must not be sent twice, and that an earlier process has sent.

What was answered then is taken as the answer now; what was not is maybe billed, and told as such.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.outcomes import Bill, NoMatch, Pending, Unknown, Value
from leadsync.enrichers.http_first import first_outcomes
from leadsync.enrichers.http_late import Waiting
from leadsync.enrichers.http_request import operation_of, price_of, provider_of, render
from leadsync.enrichers.paid_once import SENT_BEFORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.earlier import EarlierCall
    from leadsync.core.engine.enricher import Context, Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.http_config import HttpConfig

OK = 200
_CALLBACK = re.compile(r"\[callback ([0-9a-f-]*)\]")


async def settle_earlier(config: HttpConfig, jobs: Sequence[Job], ctx: Context) -> Sequence[Job]:
    """Hand in the outcomes of jobs whose request was sent before; the jobs that are left."""
    earlier = await ctx.earlier_calls(jobs, operation_of(config))
    left = {job.lead_id: job for job in jobs}
    sent_now = render(config, jobs).to_doc() if earlier else {}
    for call in reversed(earlier):
        mine = [job for job in left.values() if job.lead_id in call.open_for]
        for job, outcome in _outcomes(config, call, mine, sent_now, ctx):
            ctx.done(job, outcome)
            del left[job.lead_id]
    return list(left.values())


async def lost_calls(config: HttpConfig, jobs: Sequence[Job], ctx: Context) -> tuple[int, ...]:
    """Ids of requests about these jobs that were sent, never answered, and that no cell tells of."""
    earlier = await ctx.earlier_calls(jobs, operation_of(config))
    return tuple(call.id for call in earlier if call.answer is None and not call.is_told)


def _outcomes(
    config: HttpConfig,
    call: EarlierCall,
    jobs: Sequence[Job],
    sent_now: dict[str, Any],
    ctx: Context,
) -> list[tuple[Job, Outcome]]:
    """What an earlier request means for these jobs; nothing where it has to be sent."""
    parts = ("method", "url")
    is_at = all(_plain(call.request.get(p)) == _plain(sent_now.get(p)) for p in parts)
    if not jobs or call.is_told or not is_at:
        return []
    callback = _callback_of(config, call, ctx)
    if call.answer is None:
        bill = Bill(None, (call.id,))
        if callback is not None:
            return [(job, callback.pending(config, ctx.now(), bill)) for job in jobs]
        return [(job, Unknown(SENT_BEFORE, bill)) for job in jobs]
    if config.batch_size == 1 and _plain(call.request) != _plain(sent_now):
        return []  # the lead or the column is another one now
    bill = Bill(price_of(config, provider_of(config.url), ctx), (call.id,))
    found = first_outcomes(
        config,
        Answer(OK, call.answer, call_id=call.id),
        jobs,
        callback,
        ctx.now(),
        bill=bill,
    )
    is_fit = all(isinstance(outcome, (Value, NoMatch, Pending)) for _, outcome in found)
    return found if is_fit else []


def _callback_of(config: HttpConfig, call: EarlierCall, ctx: Context) -> Waiting | None:
    """What the callback of an earlier request is waited for with."""
    if config.mode != "callback":
        return None
    found = _CALLBACK.search(json.dumps(call.request))
    return Waiting("", found[1], ctx.now() + config.expires_s) if found else None


def _plain(request: Any) -> str:
    """A request as text, whatever its callback."""
    return _CALLBACK.sub("", json.dumps(request, sort_keys=True))
