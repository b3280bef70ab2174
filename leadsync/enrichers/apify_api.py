"""Apify: its address and key, the check of the key, and what its answers mean.

Facts are of docs.apify.com/api/v2, read in November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.http_reading import outcome_of
from leadsync.core.engine.key_checks import not_accepted
from leadsync.core.engine.outcomes import Retry, RetryWhy
from leadsync.core.money import show_usd
from leadsync.enrichers.limits import backed_off, rate_limit
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Api, Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx2

    from leadsync.core.engine.enricher import Answer, Context, Job, Settings
    from leadsync.core.engine.outcomes import Outcome

API = Api("apify", "APIFY_TOKEN", "https://api.apify.com", "Authorization", "Bearer ")
USD_MICROS = 1_000_000
MEMORY = "memory-limit"
"""In the type of a 402 that is about the memory of runs that go on, not about money (seen as
`actor-memory-limit-exceeded` in apify-mcp-server #820, read in November 2026)."""
BUSY_LOOKS = 4
"""Such a start waits as long as a look at a run that takes minutes: a minute."""
_BUSY = "apify has no memory left for another run; it waits for those that go on"
LOOKS = 6
"""So many answers in a row that cannot be read, and it is an error."""


class Apify:
    """The provider. See `key_checks.Provider`."""

    name = API.name
    secret = API.secret

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whose token it is, and what may still be spent in this cycle."""
        me = await API.send(http, Ask("user", "GET", "/v2/users/me"), settings, key)
        if me.status != 200 or not data_of(me):
            return not_accepted("apify", me)
        whose = str(data_of(me).get("username") or "")
        limits = await API.send(http, Ask("limits", "GET", "/v2/users/me/limits"), settings, key)
        used = await API.send(
            http, Ask("usage", "GET", "/v2/users/me/usage/monthly"), settings, key
        )
        return True, ", ".join(part for part in (whose, _left(data_of(limits), used)) if part)


def _left(limits: Mapping[str, Any], used: Answer) -> str:
    """`$45.80 of $49.00 left until 2026-12-01`; empty where Apify does not say."""
    most = _number(_part(limits, "limits").get("maxMonthlyUsageUsd"))
    billed = _number(data_of(used).get("totalUsageCreditsUsdAfterVolumeDiscount"))
    current = _number(_part(limits, "current").get("monthlyUsageUsd"))
    spent = current if billed is None else billed
    if most is None or spent is None:
        return ""
    until = str(_part(limits, "monthlyUsageCycle").get("endAt") or "")[:10]
    left = show_usd(max(0, round((most - spent) * USD_MICROS)))
    return f"{left} of {show_usd(round(most * USD_MICROS))} left" + (
        f" until {until}" if until else ""
    )


async def look(jobs: Sequence[Job], ctx: Context, ask: Ask) -> Answer:
    """The good answer to a question that costs nothing.

    Raises:
        CallFailed: with what any other answer means.
    """
    limit = rate_limit(API.name, "look", ctx)
    ask = replace(ask, is_cacheable=False, is_look=True, rate_limit=limit)
    answer = await API.call(jobs, ctx, ask)
    outcome = failure_of(answer, jobs[0].attempt, ctx)
    if outcome is not None:
        raise CallFailed(outcome)
    return answer


def failure_of(answer: Answer, attempt: int, settings: Settings) -> Outcome | None:
    """What an answer of 300 and more means; None for a good one, also for an empty one."""
    if answer.status < 300 and answer.body in ([], {}):
        return None
    if answer.status == 402 and MEMORY in str(_part(answer.body, "error").get("type")):
        return Retry(RetryWhy.THROTTLED, _BUSY, after_s=poll_wait_s(BUSY_LOOKS, settings))
    outcome = outcome_of(API.name, answer, bill=bill_of(answer))
    if isinstance(outcome, Retry) and outcome.tries:
        # What can be asked for again for nothing is not given up for one answer that is broken.
        return replace(outcome, tries=LOOKS)
    return backed_off(outcome, API.name, attempt, settings)


def data_of(answer: Answer) -> Mapping[str, Any]:
    """What stands under `data`; empty where nothing of use does."""
    return _part(answer.body, "data")


def _part(found: Any, name: str) -> Mapping[str, Any]:
    part: Any = cast("Any", found).get(name) if isinstance(found, dict) else None
    return cast("Mapping[str, Any]", part) if isinstance(part, dict) else {}


def _number(found: Any) -> float | None:
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return float(found) if is_number else None
