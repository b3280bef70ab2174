"""Hunter: its address and key, the check of the key, and what its answers mean.

Facts are of hunter.io/api-documentation/v2, read in November 2026. "No more credits" comes as 403
or as 429 there, as rate limits do, so either is settled by a look at the account, which is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.engine.http_reading import outcome_of
from leadsync.core.engine.key_checks import not_accepted
from leadsync.core.engine.outcomes import Held, HeldWhy, Refused, Retry, RetryWhy
from leadsync.enrichers.answer_fields import number_at, table_at
from leadsync.enrichers.limits import rate_limit
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Api, Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx2

    from leadsync.core.engine.enricher import Answer, Context, Job, RateLimit, Settings
    from leadsync.core.engine.outcomes import Outcome

HUNTER = Api("hunter", "HUNTER_API_KEY", "https://api.hunter.io/v2", "X-API-KEY")
SEARCH = "search"
VERIFICATION = "verification"
ENRICHMENT = "enrichment"
ALL = "all"  # one limit for whatever is asked
ACCOUNT_AGE_S = 5.0  # many requests that are refused together look once
_METERS = {SEARCH: "searches", VERIFICATION: "verifications", ENRICHMENT: "credits"}
_ACCOUNT = Ask("account", "GET", "/account", max_age_s=ACCOUNT_AGE_S)
_LIMITED = frozenset({403, 429})
_LATER = 222  # the mail server refused to talk
_RESTRICTED = (
    "hunter was asked not to process this person's data; to leave the person alone, too: "
    "leadsync suppress add ADDRESS"
)


class Hunter:
    """The provider. See `key_checks.Provider`."""

    name = HUNTER.name
    secret = HUNTER.secret

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whose key it is, and what is left until when."""
        answer = await HUNTER.send(http, _ACCOUNT, settings, key)
        account = data_of(answer)
        if answer.status != 200 or not account:
            return not_accepted("hunter", answer)
        left = [
            f"{meter['available']} of {meter['used'] + meter['available']} {name}"
            for name in ("searches", "verifications", "credits")
            if (meter := _meter(account, name))
        ]
        until = f" until {account['reset_date']}" if account.get("reset_date") else ""
        return True, f"{account.get('email', 'no name')}: {', '.join(left)} left{until}"


def limit(settings: Settings) -> RateLimit:
    """How often Hunter may be asked."""
    return rate_limit(HUNTER.name, ALL, settings)


async def failure_of(
    answer: Answer, jobs: Sequence[Job], ctx: Context, unit: str, *, is_look_up: bool = True
) -> Outcome | None:
    """What an answer means before its data is read; None: it has data to be read.

    Args:
        answer: of any request to Hunter.
        jobs: whom it was about.
        ctx: of the run; a refusal may need a look at the account.
        unit: what the request is counted in.
        is_look_up: 404 says that Hunter knows nothing.
    """
    if answer.status in _LIMITED:
        return await _limit(answer, jobs, ctx, unit)
    if answer.status == 451:
        return Refused(_RESTRICTED, bill_of(answer))
    if answer.status == _LATER:
        detail = "the mail server did not talk to hunter"
        return Retry(RetryWhy.TRANSIENT, detail, after_s=poll_wait_s(4, ctx))
    return outcome_of(HUNTER.name, answer, is_look_up=is_look_up, bill=bill_of(answer))


async def _limit(answer: Answer, jobs: Sequence[Job], ctx: Context, unit: str) -> Outcome | None:
    """A limit of the rate, or the end of the credits: only the account knows."""
    looked = await HUNTER.call(jobs, ctx, _ACCOUNT)
    if looked.status != 200:
        return outcome_of(HUNTER.name, looked, bill=bill_of(looked))
    account = data_of(looked)
    name = _METERS[unit]
    meter = _meter(account, name) or _meter(account, "credits")
    if meter and meter["available"] <= 0:
        until = account.get("reset_date") or "an unknown date"
        return Held(HeldWhy.EXHAUSTED, f"hunter has no {name} left until {until}")
    if answer.status == 403:
        return Retry(RetryWhy.THROTTLED, "hunter answers with 403, and has credits left")
    return outcome_of(HUNTER.name, answer, bill=bill_of(answer))


def data_of(answer: Answer) -> Mapping[str, Any]:
    """The `data` of an answer; empty where it is no table."""
    return table_at(answer.body, "data")


def _meter(account: Mapping[str, Any], name: str) -> Mapping[str, int] | None:
    """How much is used and available of something; None where the account does not say."""
    found = table_at(account, "requests", name)
    used, available = number_at(found, "used"), number_at(found, "available")
    if used is None or available is None:
        return None
    return {"used": round(used), "available": round(available)}
