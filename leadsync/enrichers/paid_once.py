"""Questions that are charged again when they are asked again: nobody asks twice unknowingly.

One that a process sent before it died, or that was never answered, may be billed. Its cell says so,
and it goes out again only when a person asks for the cell once more.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.outcomes import Bill, Unknown
from leadsync.enrichers.bulk_asks import ask_each

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadsync.core.engine.enricher import Answer, CallRequest, Context, Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.provider_api import Api, Ask

SENT_BEFORE = "sent before, and no answer was written down: maybe billed"


async def ask_each_once(
    api: Api,
    jobs: Sequence[Job],
    ctx: Context,
    asks: Sequence[Ask],
    join: Callable[[Sequence[int]], Ask],
    split: Callable[[Answer, Sequence[int]], Sequence[Answer]],
) -> list[Answer | Outcome]:
    """As `bulk_asks.ask_each`, without those that were sent before and are maybe billed."""
    requests = [api.request(ask, ctx) for ask in asks]
    before = await _unanswered(jobs, requests, ctx)
    left = [place for place in range(len(jobs)) if place not in before]
    found: dict[int, Answer | Outcome] = {
        place: Unknown(SENT_BEFORE, Bill(None, ids)) for place, ids in before.items()
    }
    if left:
        answers = await ask_each(
            api,
            [jobs[place] for place in left],
            ctx,
            [asks[place] for place in left],
            lambda places: join([left[place] for place in places]),
            split,
        )
        found |= dict(zip(left, answers, strict=True))
    if any(isinstance(found[place], Unknown) for place in left):
        # Named, so that whoever asks again is not held for one that nobody knows of.
        lost = await _unanswered(jobs, requests, ctx)
        for place in left:
            answer = found[place]
            if isinstance(answer, Unknown):
                found[place] = replace(answer, bill=Bill(None, lost.get(place, ())))
    return [found[place] for place in range(len(jobs))]


async def _unanswered(
    jobs: Sequence[Job], requests: Sequence[CallRequest], ctx: Context
) -> dict[int, tuple[int, ...]]:
    """Equal requests that were sent and never answered, and that no cell tells of, by place."""
    earlier = [
        call
        for call in await ctx.earlier_calls(jobs, requests[0].operation)
        if call.answer is None and not call.is_told
    ]
    found: dict[int, tuple[int, ...]] = {}
    for place, (job, request) in enumerate(zip(jobs, requests, strict=True)):
        body = _plain(request.body)
        ids = [c.id for c in earlier if job.lead_id in c.open_for and _plain(c.request) == body]
        if ids:
            found[place] = tuple(ids)
    return found


def _plain(request: Mapping[str, Any]) -> str:
    return json.dumps(request, sort_keys=True)
