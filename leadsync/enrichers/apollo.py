"""Apollo: its address and key, the check of the key, and what its failures mean.

Facts are of docs.apollo.io/reference, read in November 2026. Who is asked about again within the
provider's period is not charged again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.engine.http_outcomes import outcome_of_failure
from leadsync.core.engine.http_reading import message_of, outcome_of
from leadsync.core.engine.key_checks import not_accepted
from leadsync.core.engine.outcomes import Held, HeldWhy, Retry
from leadsync.enrichers.answer_fields import number_at, table_at, text_at
from leadsync.enrichers.provider_api import Api, Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from leadsync.core.engine.enricher import Answer, Settings
    from leadsync.core.engine.outcomes import Outcome

APOLLO = Api("apollo", "APOLLO_API_KEY", "https://api.apollo.io/api/v1", "x-api-key")
CREDIT = "credit"
AT_ONCE = 10
"""People, or companies, of one request."""

_SPENT = re.compile(r"insufficient|credit", re.IGNORECASE)
_WINDOW = re.compile(r"per (minute|hour|day)", re.IGNORECASE)
_PAUSES_S = {"minute": 60, "hour": 600, "day": 3600}
"""By the window that a refusal names; nothing says when it began."""
_MINUTE_LEFT = "x-minute-requests-left"


class Apollo:
    """The provider. See `key_checks.Provider`."""

    name = APOLLO.name
    secret = APOLLO.secret

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whether the key logs in; what is left where it is a master key."""
        health = await APOLLO.send(http, Ask("health", "GET", "/auth/health"), settings, key)
        found = table_at(health.body)
        if health.status != 200 or not found:
            return not_accepted("apollo", health)
        if found.get("is_logged_in") is not True:
            return False, words_of(health) or "apollo does not know the key"
        usage = Ask("credit usage", "POST", "/usage_stats/credit_usage_stats", body={})
        return True, _left(await APOLLO.send(http, usage, settings, key))


def _left(usage: Answer) -> str:
    credits_ = table_at(usage.body, "credit_usage_stats", "lead_credit")
    limit, left = number_at(credits_, "limit"), number_at(credits_, "left_over")
    if usage.status != 200 or limit is None or left is None:
        return "the key logs in; only a master key may ask what is left"
    end = text_at(usage.body, "current_credit_cycle", "end_date")
    until = f" until {end[:10]}" if end else ""
    return f"{left:g} of {limit:g} credits left{until}"


def failure_of(answer: Answer, *, is_look_up: bool = False) -> Outcome | None:
    """What an answer means before its data is read; None: it has data to be read."""
    bill = bill_of(answer)
    if answer.status < 300 or (answer.status == 404 and is_look_up):
        return outcome_of(APOLLO.name, answer, is_look_up=is_look_up, bill=bill)
    words = words_of(answer)
    if answer.status == 422 and _SPENT.search(words):
        return Held(HeldWhy.EXHAUSTED, f"apollo says: {words}")
    outcome = outcome_of_failure(
        APOLLO.name, answer.status, words, headers=answer.headers, bill=bill
    )
    if isinstance(outcome, Retry) and answer.status == 429 and outcome.after_s is None:
        return replace(outcome, after_s=_pause_s(words))
    return outcome


def paced(answer: Answer) -> Answer:
    """The answer with what Apollo says about the pace in words that the limiter knows."""
    headers = answer.headers
    if answer.status == 429 and "retry-after" not in headers:
        if pause_s := _pause_s(words_of(answer)):
            return replace(answer, headers={**headers, "retry-after": str(pause_s)})
    elif answer.status < 400 and headers.get(_MINUTE_LEFT) == "0":
        wait: Mapping[str, str] = {
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": str(_PAUSES_S["minute"]),
        }
        return replace(answer, headers={**headers, **wait})
    return answer


def words_of(answer: Answer) -> str:
    """Apollo's own words in an answer that says no."""
    return text_at(answer.body, "error_message") or message_of(answer.body)


def _pause_s(words: str) -> float | None:
    window = _WINDOW.search(words)
    return float(_PAUSES_S[window[1].lower()]) if window else None
