"""People Data Labs: its address and key, the check of the key, and what its failures mean.

Facts are of docs.peopledatalabs.com, read in November 2026. The sandbox knows made-up people only
and is free: `LEADSYNC_PDL_BASE_URL=https://sandbox.api.peopledatalabs.com`.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from leadsync.core.engine.http_reading import outcome_of
from leadsync.core.engine.key_checks import not_accepted
from leadsync.enrichers.answer_fields import table_at
from leadsync.enrichers.provider_api import Api, Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from leadsync.core.engine.enricher import Answer, Settings
    from leadsync.core.engine.outcomes import Outcome

PDL = Api("pdl", "PDL_API_KEY", "https://api.peopledatalabs.com", "X-Api-Key")
SANDBOX = Api("pdl_sandbox", PDL.secret, "https://sandbox.api.peopledatalabs.com", PDL.key_header)
CREDIT = "credit"
_KNOWN_PERSON = Ask(
    "person/enrich", "GET", "/v5/person/enrich", params={"email": "ada@pdl.example"}
)
_KNOWS_THE_KEY = frozenset({200, 404})
_NUMBER = re.compile(r"\d+")
_EPOCH = 1_000_000_000
"""Numbers from here on are moments, and those below are seconds to wait."""


class PeopleDataLabs:
    """The provider. See `key_checks.Provider`."""

    name = PDL.name
    secret = PDL.secret

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whether the sandbox takes the key; what is left comes with paid answers only.

        Where the user has set another address for PDL, that is asked: it may be the only one in
        reach. It is asked about a mailbox that nobody has, and a miss is free.
        """
        is_moved = PDL.own_address(settings) and not SANDBOX.own_address(settings)
        answer = await (PDL if is_moved else SANDBOX).send(http, _KNOWN_PERSON, settings, key)
        if answer.status not in _KNOWS_THE_KEY or not table_at(answer.body):
            return not_accepted("pdl", answer)
        left = answer.headers.get("x-totallimit-remaining")
        return True, f"{left} credits left" if left else "the key is accepted"


def is_free(settings: Settings) -> bool:
    """Whether the address in force is that of the sandbox."""
    host = urlsplit(PDL.address(settings)).hostname or ""
    return host.startswith("sandbox.")


def failure_of(answer: Answer, *, is_look_up: bool = True) -> Outcome | None:
    """What an answer means before its data is read; None: it has data to be read."""
    return outcome_of(PDL.name, answer, is_look_up=is_look_up, bill=bill_of(answer))


def paced(answer: Answer) -> Answer:
    """The answer with what PDL says about the pace in words that the limiter knows."""
    headers = answer.headers
    left = _NUMBER.findall(headers.get("x-ratelimit-remaining", ""))
    if "0" not in left:
        return answer
    wait_s = reset_s(headers.get("x-ratelimit-reset", ""), time.time())
    if wait_s is None:
        return answer
    wait: Mapping[str, str] = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": f"{wait_s:.3f}",
    }
    return replace(answer, headers={**headers, **wait})


def reset_s(text: str, now: float) -> float | None:
    """Seconds until a reset: given as seconds, as a moment in epoch seconds, or as a date."""
    with contextlib.suppress(ValueError):
        number = float(text)
        return max(0.0, number - now if number >= _EPOCH else number)
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, aware.timestamp() - now)
    return None


def kept_back(data: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, ...]:
    """Our names of what stands there as `true`: it exists, and the plan does not include it."""
    found = (ours for theirs, ours in names.items() if table_at(data).get(theirs) is True)
    return tuple(dict.fromkeys(found))
