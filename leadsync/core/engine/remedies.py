"""What to do about a cause of errors, and about a run that waits."""

from __future__ import annotations

from leadsync.core.engine.outcomes import HeldWhy
from leadsync.core.models import Reason

DAILY = "the daily cap of"
"""So messages about a daily cap begin to name it."""
BROKEN_ANSWER = "gave an invalid answer"
"""So messages about an answer that nobody can read say it."""
_MENDS = ("leadsync config set", "; mend ")
"""What is missing is no key where the words about it say something of these."""
_AGAIN = "run it again with --scope failed"
_LOOK = "leadsync why"

_ERRORS = {
    Reason.INVALID: "look at one with {look}, change the column or the lead, then {again}",
    Reason.REFUSED: "the provider will not answer about these leads",
    Reason.THROTTLED: "lower the concurrency, or wait, then {again}",
    Reason.TRANSIENT: "the provider had trouble: later, {again}",
    Reason.UNKNOWN: "it may have been billed; to ask again, {again}",
}


def remedy_of_error(
    reason: str, detail: str = "", *, again: str = _AGAIN, look: str = _LOOK
) -> str:
    """What to do about cells that failed for this reason.

    Args:
        reason: of the cells.
        detail: says more of it.
        again: how they are asked again.
        look: what shows where a cell came from.
    """
    if reason == Reason.INVALID and BROKEN_ANSWER in detail:
        return f"the provider's answer is at fault: later, {again}"
    return _ERRORS.get(Reason(reason), "{again}").format(again=again, look=look)


def remedy_of_hold(why: HeldWhy, run_id: int, detail: str = "") -> str:
    """What to do about a run that waits; `detail` says what for."""
    resume = f"leadsync runs resume {run_id}"
    match why:
        case HeldWhy.AUTH if any(words in detail for words in _MENDS):
            return f"when that is mended: {resume}"
        case HeldWhy.AUTH:
            return f"mend the key or its rights, then: {resume}"
        case HeldWhy.EXHAUSTED:
            return f"top up at the provider, then: {resume}"
        case HeldWhy.CAP:
            if DAILY in detail:
                raised = "--usd-per-day, or provider_caps in the config"
                return (
                    f"raise the daily cap ({raised}), or wait until tomorrow (UTC), then: {resume}"
                )
            return f"raise the cap: {resume} --max-cost AMOUNT"
        case HeldWhy.STOPPED:
            return f"to do the rest: {resume}"
