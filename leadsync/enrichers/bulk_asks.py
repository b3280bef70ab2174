"""Questions that a provider takes many of at once, each of which stays a call of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.engine.enricher import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.engine.enricher import Answer, Context, Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.provider_api import Api, Ask


async def ask_each(
    api: Api,
    jobs: Sequence[Job],
    ctx: Context,
    asks: Sequence[Ask],
    join: Callable[[Sequence[int]], Ask],
    split: Callable[[Answer, Sequence[int]], Sequence[Answer]],
) -> list[Answer | Outcome]:
    """The answer to each question, or what came of it.

    Args:
        api: the provider.
        jobs: whom each question is about.
        ctx: of the run.
        asks: each question as it would be asked alone: that is what the cache knows it by.
        join: those at these places as one request.
        split: its answer as one for each of these places, with its units; costs follow from them.
    """

    async def send(places: Sequence[int]) -> Answers:
        ask = join(places)
        whole = await api.send(ctx.http(api.name), ask, ctx, ctx.secret(api.secret))
        told = zip(places, split(whole, places), strict=True)
        parts = [
            replace(part, cost_usd_micros=api.cost(part, requests[place], ctx))
            for place, part in told
        ]
        return Answers(whole, parts)

    requests = [api.request(ask, ctx) for ask in asks]
    return await ctx.call_each(jobs, requests, send)
