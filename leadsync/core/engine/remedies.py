"""What to do about a cause of errors, and about a run that waits."""

from __future__ import annotations

import re

from leadsync.core.engine.outcomes import HeldWhy
from leadsync.core.models import Reason

DAILY = "the daily cap of"
"""So messages about a daily cap begin to name it."""
NO_PRICE = "is not known, so"
"""So messages say that a cap cannot be kept, as nobody has named a price."""
NAMES_PRICES = "a price file: leadsync config set prices FILE"
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
            return _remedy_of_cap(detail, resume)
        case HeldWhy.STOPPED:
            return f"to do the rest: {resume}"


def no_price(provider: str, price_note: str, so: str) -> str:
    """That no price is known, what follows from that, and where the price is named.

    Args:
        provider: whose price.
        price_note: as `enricher.CallRequest` has it.
        so: what follows.
    """
    where = price_note or "in the column or in a price file"
    return f"the price at {provider} {NO_PRICE} {so}; name the price: {where}"


def _remedy_of_cap(detail: str, resume: str) -> str:
    if NO_PRICE in detail:
        return _remedy_of_no_price(detail, resume)
    if DAILY in detail:
        raised = "--usd-per-day, or provider_caps in the config"
        return f"raise the daily cap ({raised}), or wait until tomorrow (UTC), then: {resume}"
    return f"raise the cap: {resume} --max-cost AMOUNT"


def _remedy_of_no_price(detail: str, resume: str) -> str:
    """What helps is the price, or to be without the cap that needs it, which is named."""
    named = f"with the price ({NAMES_PRICES})"
    column = re.search(f'{DAILY} "([^"]+)"', detail)
    if column:
        without = f"leadsync columns edit {column[1]} --usd-per-day none"
        return f"{named}, or without the daily cap ({without}): {resume}"
    if DAILY in detail:
        return f"{named}, or without the cap in provider_caps of the config: {resume}"
    return f"{named}: {resume}"
