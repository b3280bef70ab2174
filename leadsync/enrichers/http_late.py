"""Results of HTTP columns that come later: what is kept until then, and what a look finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.http_reading import is_readable, unreadable
from leadsync.core.engine.outcomes import Bill, Invalid, NoMatch, Pending, Retry, Unknown, Value
from leadsync.enrichers.http_answer import (
    Misfit,
    holds,
    outcome_of_part,
    outcomes_of,
    refusal_of,
    search,
    whole_of,
    words_of,
)
from leadsync.enrichers.http_request import provider_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.http_config import HttpConfig


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the store keeps of a cell whose result comes later.

    Attributes:
        handle: what the result is asked for with; empty where it is called back.
        callback: name of the ticket of a callback; empty where the result is asked for.
        until: epoch seconds after which it is given up.
        is_lost: its request may have got no answer, so that nobody knows what it cost.
    """

    handle: str
    callback: str
    until: float
    is_lost: bool = False

    def pending(self, config: HttpConfig, now: float, bill: Bill) -> Pending:
        """Look again after the column's interval, or at the end."""
        body = {"handle": self.handle, "callback": self.callback, "until": self.until}
        if self.is_lost or bill.cost_usd_micros is None:
            body["lost"] = True
        return Pending(body, max(now, min(now + config.interval_s, self.until)), bill)


def read_waiting(body: Mapping[str, Any]) -> Waiting:
    """What the store has kept."""
    handle, callback, until = str(body["handle"]), str(body["callback"]), float(body["until"])
    return Waiting(handle, callback, until, is_lost="lost" in body)


def handle_of(config: HttpConfig, answer: Answer) -> str:
    """What an answer says that its result is asked for with.

    Raises:
        Misfit: nothing.
    """
    found = search(config.handle, whole_of(answer))
    if not isinstance(found, (str, int)) or isinstance(found, bool) or found == "":
        raise Misfit(f"it has no handle at {config.handle}")
    return str(found)


def late_outcomes(
    config: HttpConfig, answer: Answer | None, jobs: Sequence[Job], waiting: Waiting, now: float
) -> list[tuple[Job, Outcome]]:
    """The outcome of each job by a look for its result; None: nothing has come."""
    bill = Bill(0, (answer.call_id,) if answer and answer.call_id else ())
    found = None if answer is None else _read(config, answer, jobs, bill)
    still_waits = found is None or any(isinstance(outcome, Retry) for _, outcome in found)
    if still_waits and now >= waiting.until:
        return [(job, given_up(config, bill)) for job in jobs]
    if found is None:
        return [(job, waiting.pending(config, now, Bill(0))) for job in jobs]
    return found


def reads_text(config: HttpConfig, text: str) -> bool:
    """Whether a callback that is no JSON may be the answer."""
    if config.batch_size > 1:
        return False
    try:
        outcome = outcome_of_part(config, Answer(200, text), Bill())
    except Misfit:
        return False
    return not isinstance(outcome, Retry) and bool(text.strip() or isinstance(outcome, Value))


def given_up(config: HttpConfig, bill: Bill) -> Unknown:
    """The outcome of what is not waited for any longer."""
    return Unknown(f"no result came within {config.expires_s:g} s, maybe billed", bill)


def _read(
    config: HttpConfig, answer: Answer, jobs: Sequence[Job], bill: Bill
) -> list[tuple[Job, Outcome]] | None:
    """What an answer about the result says of each job; None: not yet."""
    try:
        outcome = _outcome_of_all(config, answer, bill)
        if outcome is not None:
            return [(job, outcome) for job in jobs]
        if config.done and not holds(config.done, whole_of(answer)):
            return None
        return list(outcomes_of(config, answer, jobs, bill))
    except Misfit as misfit:
        unread = unreadable(provider_of(config.url), answer, str(misfit), bill=bill)
        return [(job, unread) for job in jobs]


def _outcome_of_all(config: HttpConfig, answer: Answer, bill: Bill) -> Outcome | None:
    """The outcome where there is no result; None: there is one, or there will be."""
    whole = whole_of(answer)
    if config.no_match and holds(config.no_match, whole):
        return NoMatch(bill)
    words = words_of(config, answer)
    if not 200 <= answer.status < 300:
        return refusal_of(config, answer, words, bill)
    if not is_readable(answer):
        return unreadable(provider_of(config.url), answer, "it is no JSON", bill=bill)
    if config.failed and holds(config.failed, whole):
        said = f": {words}" if words else ""
        return Invalid(f"{provider_of(config.url)} has no result{said}", bill)
    return None
