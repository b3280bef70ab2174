"""What Hunter says of addresses: whether a mailbox exists.

Facts are of hunter.io/api-documentation/v2, read in November 2026: 202 means that Hunter is still
at it, and the same request again is not charged again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.http_reading import unreadable
from leadsync.core.engine.outcomes import Pending
from leadsync.enrichers.answer_fields import number_at
from leadsync.enrichers.email_verdict import DAY_S, Reason
from leadsync.enrichers.hunter import HUNTER, VERIFICATION, data_of, failure_of, limit
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Ask, bill_of
from leadsync.enrichers.verifier import Verification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Answer, CallRequest, Context, Job, Settings
    from leadsync.core.engine.outcomes import Outcome

ANSWER_AGE_S = 7 * DAY_S  # as long as the shortest sure verdict holds
MOST_LOOKS = 5  # after 5, 10, 20, 40 and 60 seconds
STILL_AT_IT = 202
WEBMAIL = "webmail"
SURE_SCORE = 80  # of 100, from which on a mailbox of free mail counts as there
_REASONS = {
    "valid": Reason.MAILBOX_EXISTS,
    "invalid": Reason.NO_SUCH_MAILBOX,
    "accept_all": Reason.CATCH_ALL,
    WEBMAIL: Reason.PROVIDER_UNSURE,
    "disposable": Reason.DISPOSABLE,
    "unknown": Reason.PROVIDER_UNSURE,
}
_FLAGS = {"accept_all": "catch_all", "disposable": "disposable", "webmail": "free_mail"}


class HunterVerifier:
    """Its verification of addresses. See `verifier.Verifier`."""

    name = HUNTER.name
    secrets = (HUNTER.secret,)

    def request(self, email: str, settings: Settings) -> CallRequest:
        """The question about an address."""
        return HUNTER.request(verify_ask(email, settings), settings)

    async def ask(self, jobs: Sequence[Job], email: str, ctx: Context) -> Verification | Outcome:
        """What Hunter says; it is charged for the question, whatever the answer."""
        answer = await HUNTER.call(jobs, ctx, verify_ask(email, ctx), _counted)
        return await _read(answer, {"email": email, "looks": 0}, jobs, ctx)

    async def ask_again(
        self, jobs: Sequence[Job], handle: Mapping[str, Any], ctx: Context
    ) -> Verification | Outcome:
        """What it says by now; after the fifth look nobody knows."""
        email, looks = str(handle["email"]), int(handle["looks"]) + 1
        answer = await HUNTER.call(jobs, ctx, verify_ask(email, ctx, is_paid=False), _uncounted)
        return await _read(answer, {"email": email, "looks": looks}, jobs, ctx)


def verify_ask(email: str, settings: Settings, *, is_paid: bool = True) -> Ask:
    """The question about an address; the same again is free while Hunter is at it."""
    units = {VERIFICATION: 1.0} if is_paid else None
    return Ask(
        "email-verifier",
        "GET",
        "/email-verifier",
        params={"email": email},
        min_units=units,
        max_units=units,
        is_look=not is_paid,
        max_age_s=ANSWER_AGE_S,
        rate_limit=limit(settings),
    )


def _counted(answer: Answer) -> Answer:
    is_taken = answer.status in (200, STILL_AT_IT)
    return replace(_uncounted(answer), units={VERIFICATION: 1.0} if is_taken else {})


def _uncounted(answer: Answer) -> Answer:
    is_verdict = answer.status == 200 and data_of(answer).get("status") in _REASONS
    return replace(answer, is_reusable=is_verdict)


async def _read(
    answer: Answer, handle: Mapping[str, Any], jobs: Sequence[Job], ctx: Context
) -> Verification | Outcome:
    bill = bill_of(answer)
    if answer.status == STILL_AT_IT:
        looks = int(handle["looks"])
        if looks >= MOST_LOOKS:
            return Verification(Reason.PROVIDER_UNSURE, "still at it", bill=bill)
        return Pending(handle, ctx.now() + poll_wait_s(looks, ctx), bill)
    outcome = await failure_of(answer, jobs, ctx, VERIFICATION, is_look_up=False)
    if outcome is not None:
        return outcome
    found = data_of(answer)
    word, score = str(found.get("status")), number_at(found, "score")
    if word not in _REASONS:
        return unreadable(HUNTER.name, answer, "it has no known status", bill=bill)
    flags = {ours: True for theirs, ours in _FLAGS.items() if found.get(theirs) is True}
    reason = _REASONS[word]
    if word == WEBMAIL:
        reason = Reason.MAILBOX_EXISTS if (score or 0) >= SURE_SCORE else reason
        flags["free_mail"] = True
    return Verification(reason, word, score, flags, bill)
