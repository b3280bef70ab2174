"""The default reading of an HTTP status, used where a provider's own words do not say more."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from leadsync.core.engine.limiter import retry_after_s
from leadsync.core.engine.outcomes import (
    Bill,
    Held,
    HeldWhy,
    Invalid,
    Refused,
    Retry,
    RetryWhy,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.engine.outcomes import Outcome

AGAIN = frozenset({408, 425, 429})
MONEY_WORDS = re.compile(r"\b(credits?|quota|billing|payment|plan limit|balance)\b", re.IGNORECASE)
DETAIL_CHARS = 300


def outcome_of_failure(
    provider: str,
    status: int,
    message: str,
    *,
    headers: Mapping[str, str],
    bill: Bill | None = None,
) -> Outcome:
    """What a status of 300 and more means for the job that asked.

    Args:
        provider: who answered.
        status: the HTTP status.
        message: the provider's own words, where it has any.
        headers: of the answer, lower-case.
        bill: the call, for outcomes that are kept.
    """
    words = one_line(message)
    said = f"{provider} says: {words}" if words else f"{provider} answers with {status}"
    paid = bill or Bill()
    if status == 402 or (400 <= status < 500 and status != 429 and MONEY_WORDS.search(message)):
        return Held(HeldWhy.EXHAUSTED, said)
    if status in (401, 403):
        return Held(HeldWhy.AUTH, said)
    if status == 451:
        return Refused(said, paid)
    if status in AGAIN or status >= 500:
        why = RetryWhy.THROTTLED if status == 429 else RetryWhy.TRANSIENT
        # The number only: each lead's own words would make a cause of errors of its own.
        detail = f"{provider} answers with {status}"
        return Retry(why, detail, after_s=retry_after_s(headers, time.time()))
    if 300 <= status < 400:
        return Held(HeldWhy.AUTH, f"{provider} redirects to another address; mend the base URL")
    return Invalid(said, paid)


def one_line(text: str) -> str:
    """A provider's words, short and on one line."""
    words = " ".join(text.split())
    return words if len(words) <= DETAIL_CHARS else f"{words[:DETAIL_CHARS]}…"
