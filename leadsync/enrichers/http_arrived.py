"""Requests of an HTTP column without an answer, of which their callback says that they arrived."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leadsync.core.engine.enricher import Answer
from leadsync.enrichers.http_request import UNIT, operation_of, price_of, provider_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import Context, Job
    from leadsync.enrichers.http_config import HttpConfig
    from leadsync.enrichers.http_late import Waiting

ACCEPTED = 202


async def settle_arrived(
    config: HttpConfig, jobs: Sequence[Job], waiting: Waiting, ctx: Context
) -> None:
    """Count the lost request that a callback is about as answered: whoever calls back has got it.

    Raises:
        CallFailed: the run stops.
    """
    if not waiting.is_lost:
        return
    name = f"[callback {waiting.callback}]"
    for call in await ctx.earlier_calls(jobs, operation_of(config)):
        if call.answer is None and name in json.dumps(call.request):
            cost = price_of(config, provider_of(config.url), ctx)
            said = {"answered": "by its callback"}
            answer = Answer(ACCEPTED, said, units={UNIT: 1}, cost_usd_micros=cost)
            await ctx.amend(call.id, answer)
