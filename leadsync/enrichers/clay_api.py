"""Clay: its address and key, the check of the key, and what its answers mean.

Facts are of the description of Clay's public API v0, read in November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.http_reading import outcome_of
from leadsync.core.engine.key_checks import not_accepted
from leadsync.core.engine.outcomes import Invalid, Retry
from leadsync.enrichers.limits import backed_off
from leadsync.enrichers.provider_api import Api, Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx2

    from leadsync.core.engine.enricher import Answer, Context, Job, Settings
    from leadsync.core.engine.outcomes import Outcome

API = Api("clay", "CLAY_API_KEY", "https://api.clay.com/public/v0", "clay-api-key")
LOOKS = 6
"""So many answers in a row that cannot be read, and it is an error."""


class Clay:
    """The provider. See `key_checks.Provider`."""

    name = API.name
    secret = API.secret

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whose key it is; Clay tells no credits."""
        answer = await API.send(http, Ask("user", "GET", "/me"), settings, key)
        body = object_of(answer)
        if answer.status != 200 or not body:
            return not_accepted("clay", answer)
        user = cast("Mapping[str, Any]", body.get("user") or {})
        workspace = cast("Mapping[str, Any]", body.get("workspace") or {})
        whose = user.get("name") or user.get("id") or "somebody"
        return True, f"{whose}, workspace {workspace.get('id')}"


async def look(jobs: Sequence[Job], ctx: Context, ask: Ask) -> Answer:
    """The good answer to a question that costs nothing.

    Raises:
        CallFailed: with what any other answer means.
    """
    answer = await API.call(jobs, ctx, replace(ask, is_cacheable=False, is_look=True))
    outcome = failure_of(answer, jobs[0].attempt, ctx)
    if outcome is not None:
        raise CallFailed(outcome)
    return answer


def failure_of(answer: Answer, attempt: int, settings: Settings) -> Outcome | None:
    """What an answer means before anybody reads its data; None: it is an object to be read."""
    outcome = outcome_of(API.name, answer, bill=bill_of(answer))
    if outcome is None and not object_of(answer):
        words = "clay gave an invalid answer: it is no object"
        return Invalid(words, bill_of(answer))
    if isinstance(outcome, Retry) and outcome.tries:
        # What can be asked for again for nothing is not given up for one answer that is broken.
        return replace(outcome, tries=LOOKS)
    return backed_off(outcome, API.name, attempt, settings)


def object_of(answer: Answer) -> Mapping[str, Any]:
    """The answer's body; empty where it is no object."""
    return cast("Mapping[str, Any]", answer.body) if isinstance(answer.body, dict) else {}


def check_storage(url: object, settings: Settings) -> str:
    """An address of a file that Clay names, which gets no key.

    Raises:
        CallFailed: it is none that a file of leads may be sent to.
    """
    parts = urlsplit(str(url))
    is_own = parts.netloc == urlsplit(API.address(settings)).netloc
    if not isinstance(url, str) or not (parts.scheme == "https" or (is_own and parts.netloc)):
        raise CallFailed(Invalid("clay names an address for a file that is not https"))
    return url
