"""The first answer of an HTTP column: a result, a failure, or what the result is waited for with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.engine.http_reading import is_readable, unreadable
from leadsync.core.engine.outcomes import NoMatch, Value
from leadsync.enrichers.http_answer import Misfit, failure_of, outcomes_of, shares_of
from leadsync.enrichers.http_late import Waiting, handle_of
from leadsync.enrichers.http_request import UNIT, price_of, provider_of
from leadsync.enrichers.provider_api import bill_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import Answer, Job, Settings
    from leadsync.core.engine.outcomes import Bill, Outcome
    from leadsync.enrichers.http_config import HttpConfig

BAD_STATUS = 400


def priced(config: HttpConfig, answer: Answer, settings: Settings) -> Answer:
    """The answer with what it cost: an error nothing; of one that is no JSON nobody knows."""
    if answer.status >= BAD_STATUS:
        return answer
    cost = price_of(config, provider_of(config.url), settings)
    if cost and not is_readable(answer):
        return replace(answer, cost_usd_micros=None)
    return replace(answer, cost_usd_micros=cost, units={UNIT: 1})


def judged(config: HttpConfig, answer: Answer, jobs: Sequence[Job]) -> Answer:
    """The answer with whether it may serve equal requests: as a value, or as a miss."""
    if config.mode != "sync" or not config.is_cacheable:
        return answer
    outcomes = [outcome for _, outcome in first_outcomes(config, answer, jobs, None, 0.0)]
    is_reusable = all(isinstance(outcome, (Value, NoMatch)) for outcome in outcomes)
    is_miss = all(isinstance(outcome, NoMatch) for outcome in outcomes)
    return replace(answer, is_reusable=is_reusable, is_miss=is_miss)


def first_outcomes(
    config: HttpConfig,
    answer: Answer,
    jobs: Sequence[Job],
    callback: Waiting | None,
    now: float,
    *,
    bill: Bill | None = None,
) -> list[tuple[Job, Outcome]]:
    """What the answer to a request means for each job.

    Args:
        config: of the column.
        answer: of any status.
        jobs: whom the request was about.
        callback: what a callback is waited for with; None where there is none.
        now: epoch seconds.
        bill: of the request; None: that of the answer.
    """
    paid = bill or bill_of(answer)
    shares = list(shares_of(paid, len(jobs)))
    try:
        failures = [failure_of(config, answer, share) for share in shares[:1]]
        if failures[0] is not None:
            failures += [failure_of(config, answer, share) for share in shares[1:]]
            return [(j, f) for j, f in zip(jobs, failures, strict=True) if f is not None]
        if config.mode == "sync":
            return list(outcomes_of(config, answer, jobs, paid))
        waiting = callback or Waiting(handle_of(config, answer), "", now + config.expires_s)
    except Misfit as misfit:
        provider = provider_of(config.url)
        return [
            (job, unreadable(provider, answer, str(misfit), bill=share))
            for job, share in zip(jobs, shares, strict=True)
        ]
    return [
        (job, waiting.pending(config, now, share)) for job, share in zip(jobs, shares, strict=True)
    ]
