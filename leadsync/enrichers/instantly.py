"""Instantly: its address and key, the check of the key, and what it says of addresses.

Facts are of developer.instantly.ai/api/v2, read in November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from leadsync.core.engine.enricher import RateLimit
from leadsync.core.engine.http_reading import outcome_of, unreadable
from leadsync.core.engine.key_checks import not_accepted
from leadsync.core.engine.outcomes import Pending
from leadsync.enrichers.email_verdict import DAY_S, Reason
from leadsync.enrichers.limits import limit_of
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Api, Ask, bill_of
from leadsync.enrichers.verifier import Verification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx2

    from leadsync.core.engine.enricher import Answer, CallRequest, Context, Job, Settings
    from leadsync.core.engine.outcomes import Outcome

API = Api("instantly", "INSTANTLY_API_KEY", "https://api.instantly.ai", "Authorization", "Bearer ")
CREDIT = "credit"
ANSWER_AGE_S = 7 * DAY_S  # as long as the shortest sure verdict holds
MOST_LOOKS = 12  # nine minutes
PENDING = "pending"
WORDS = ("verified", "invalid", PENDING)


class Instantly:
    """The provider. See `key_checks.Provider`."""

    name = API.name
    secret = API.secret

    async def check_key(
        self, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> tuple[bool | None, str]:
        """Whose key it is; Instantly tells credits only with a verification."""
        ask = Ask("workspace", "GET", "/api/v2/workspaces/current")
        answer = await API.send(http, ask, settings, key)
        if answer.status != 200 or not isinstance(answer.body, dict):
            return not_accepted("instantly", answer)
        return True, f'workspace "{answer.body.get("name")}"'


class InstantlyVerifier:
    """Its verification of addresses. See `verifier.Verifier`."""

    name = API.name
    secrets = (API.secret,)

    def request(self, email: str, settings: Settings) -> CallRequest:
        """The question about an address."""
        return API.request(_question(email, settings), settings)

    async def ask(self, jobs: Sequence[Job], email: str, ctx: Context) -> Verification | Outcome:
        """What Instantly says; it needs more than ten seconds for some addresses."""
        answer = await API.call(jobs, ctx, _question(email, ctx), _counted)
        return _read(answer, {"email": email, "looks": 0}, ctx)

    async def ask_again(
        self, jobs: Sequence[Job], handle: Mapping[str, Any], ctx: Context
    ) -> Verification | Outcome:
        """What it says by now; after nine minutes without a word nobody knows."""
        email, looks = str(handle["email"]), int(handle["looks"]) + 1
        path = f"/api/v2/email-verification/{quote(email, safe='')}"
        limit = workspace_limit(ctx)
        ask = Ask(
            "look at verification", "GET", path, is_cacheable=False, is_look=True, rate_limit=limit
        )
        answer = await API.call(jobs, ctx, ask)
        if answer.status == 404:  # not known yet, or not any more
            return _wait(answer, {"email": email, "looks": looks}, ctx)
        return _read(answer, {"email": email, "looks": looks}, ctx)


def workspace_limit(settings: Settings) -> RateLimit:
    """Of a workspace, over all its keys and requests."""
    return RateLimit(limit_of(API.name, "per_s", settings))


def _question(email: str, settings: Settings) -> Ask:
    return Ask(
        "verify email",
        "POST",
        "/api/v2/email-verification",
        body={"email": email},
        min_units={CREDIT: 1},
        max_units={CREDIT: 1},
        max_age_s=ANSWER_AGE_S,
        rate_limit=workspace_limit(settings),
    )


def _counted(answer: Answer) -> Answer:
    """The answer with the credits that it took; one where it does not say."""
    if answer.status >= 300 or not isinstance(answer.body, dict):
        return answer
    is_reusable = answer.body.get("verification_status") in WORDS
    used: Any = answer.body.get("credits_used")
    is_number = isinstance(used, (int, float)) and not isinstance(used, bool)
    units = {CREDIT: float(used) if is_number else 1.0}
    return replace(answer, units=units, is_reusable=is_reusable)


def _read(answer: Answer, handle: Mapping[str, Any], ctx: Context) -> Verification | Outcome:
    """The verdict is in `verification_status`; `status` is only about the request."""
    bill = bill_of(answer)
    outcome = outcome_of(API.name, answer, bill=bill)
    if outcome is not None:
        return outcome
    found: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    word, catch_all = found.get("verification_status"), found.get("catch_all")
    if word == "invalid":
        return Verification(Reason.NO_SUCH_MAILBOX, word, bill=bill)
    if word == PENDING or (word == "verified" and catch_all == PENDING):
        return _wait(answer, handle, ctx)
    if word != "verified":
        return unreadable(API.name, answer, "it has no verification_status", bill=bill)
    if catch_all is True:
        return Verification(Reason.CATCH_ALL, word, flags={"catch_all": True}, bill=bill)
    return Verification(Reason.MAILBOX_EXISTS, word, bill=bill)


def _wait(answer: Answer, handle: Mapping[str, Any], ctx: Context) -> Verification | Pending:
    looks = int(handle["looks"])
    if looks >= MOST_LOOKS:
        return Verification(Reason.PROVIDER_UNSURE, PENDING, bill=bill_of(answer))
    return Pending(handle, ctx.now() + poll_wait_s(looks, ctx), bill_of(answer))
