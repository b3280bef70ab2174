"""What to do about a cause of errors, and about a run that waits."""

from __future__ import annotations

from leadsync.core.engine.outcomes import HeldWhy
from leadsync.core.models import Reason

_AGAIN = "run it again with --scope failed"

_ERRORS = {
    Reason.INVALID: f"look at one with leadsync why, change the column or the lead, then {_AGAIN}",
    Reason.REFUSED: "the provider will not answer about these leads",
    Reason.THROTTLED: f"lower the concurrency, or wait, then {_AGAIN}",
    Reason.TRANSIENT: f"the provider had trouble: later, {_AGAIN}",
    Reason.UNKNOWN: f"it may have been billed; to ask again, {_AGAIN}",
}


def remedy_of_error(reason: str) -> str:
    """What to do about cells that failed for this reason."""
    return _ERRORS.get(Reason(reason), _AGAIN)


def remedy_of_hold(why: HeldWhy, run_id: int) -> str:
    """What to do about a run that waits."""
    resume = f"leadsync runs resume {run_id}"
    match why:
        case HeldWhy.AUTH:
            return f"mend the key or its rights, then: {resume}"
        case HeldWhy.EXHAUSTED:
            return f"top up at the provider, then: {resume}"
        case HeldWhy.CAP:
            return f"raise the cap ({resume} --max-cost AMOUNT), or a daily one, or wait a day"
        case HeldWhy.STOPPED:
            return f"to do the rest: {resume}"
