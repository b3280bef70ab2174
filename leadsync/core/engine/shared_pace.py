"""The pace of one provider key, as all processes of the workspace share it: pure functions.

The shared document holds: `nextFree`, the moment after the last one that was given away;
`pausedUntil`; once the provider has refused, `rate` at `rateAt`, which climbs by itself; once it has
refused an even rate, that rate as `high`, and the most that it took in a second, `best` at `bestAt`;
`shares`, what each process had sent when the limit was found;
and `ceiling`, the limit as the provider told it.
Moments are epoch seconds, rates requests a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.models import Doc

HEADROOM = 0.98
"""Of a known limit: requests that left evenly do not arrive evenly."""
CLIMB = 1.02
"""How much a learned rate grows in a second, at first."""
FAST_CLIMB = 1.15
FAST_AFTER_S = 5.0
"""After so many seconds without a refusal the limit must be far away."""
CUT = 0.98
CUTS_APART_S = 1.0
"""Refusals cut once in so many seconds: more of them tell of the same burst."""
NEAR = 0.98
"""Of a rate that was refused: so near to it the rate climbs back."""
TRUST_S = 60.0
"""So long a refused rate counts; then the limit may have become another."""
PROBE = 1.01
"""How much the rate grows in a second after that."""
ENOUGH = 20
SOME = 0.3
"""A share of refusals, among enough requests, that tells of a limit where none is known."""
WINDOW_S = 1.0
"""So long nothing is sent once a limit is found: what was taken at once counts until then. Without the
pause 34 of 1,000 requests were refused.
"""
KEPT = 0.8
"""Of what a provider took lately: a few refusals below that are not about the pace, but its trouble.

Each would cut the rate once more: with one request in a hundred refused at random, 50 a second became
9 within two minutes.
"""
REMEMBERED_S = 600.0
SOME_OF_FEW = 0.5
STRAY = 0.05
"""So many refusals in a second, as a share of the rate, do not cut it below a limit that is known: two
in a thousand came at 50 a second, and each took 4 % of the rate for a minute.
"""
LOWEST = 0.2
AHEAD_S = 1.0
"""Moments further ahead are not given away: whoever stops would take them along."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """What a process got.

    Attributes:
        moments: when it may send, in order; empty: nothing before `free_at`.
        rate: None: no limit is known, and any moment is good.
        free_at: when to ask for more, at the earliest.
    """

    moments: tuple[float, ...]
    rate: float | None
    free_at: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What a process saw when a request was refused.

    Attributes:
        member: who it is among the processes that share the pace.
        sent_at: when that request left.
        sent: how many it has sent lately.
        accepted_per_s: how many of its requests the provider has taken lately.
        refused_share: how many it has not, of all.
        is_run: the newest requests were refused, hardly one between them taken: a limit is reached.
    """

    member: str
    sent_at: float
    sent: int
    accepted_per_s: float
    refused_share: float
    is_run: bool = False


def rate_of(state: Doc, ceiling: float | None, now: float) -> float | None:
    """The rate that holds now; None where nothing is known."""
    limits = [limit for limit in (ceiling, state.get("ceiling")) if limit is not None]
    most = min(limits) * HEADROOM if limits else None
    if "rate" not in state:
        return most
    seconds = min(max(0.0, now - state["rateAt"]), 600.0)
    if "high" in state:
        near = state["high"] * NEAR * PROBE ** max(0.0, seconds - TRUST_S)
        climbed = min(near, state["rate"] * CLIMB**seconds)
    else:
        fast = max(0.0, seconds - FAST_AFTER_S)
        climbed = state["rate"] * CLIMB ** (seconds - fast) * FAST_CLIMB**fast
    return climbed if most is None else min(climbed, most)


def reserve(state: Doc, ceiling: float | None, now: float, wanted: int) -> tuple[Doc, Reserved]:
    """Take the next free moments, evenly apart."""
    rate = rate_of(state, ceiling, now)
    start = max(now, state.get("pausedUntil", 0.0))
    if rate is None:
        return state, Reserved((), None, start)
    start = max(start, state.get("nextFree", 0.0))
    number = min(wanted, int((now + AHEAD_S - start) * rate) + 1)
    if start > now + AHEAD_S or number < 1:
        return state, Reserved((), rate, start - AHEAD_S)
    moments = tuple(start + n / rate for n in range(number))
    return {**state, "nextFree": start + number / rate}, Reserved(moments, rate, moments[-1])


def refused(state: Doc, ceiling: float | None, now: float, seen: Seen) -> Doc:
    """The provider said "slow down" to a request."""
    cut_at = state.get("rateAt", 0.0)
    if seen.sent_at < cut_at:
        return state  # sent before the last cut; it says nothing about the rate since
    rate = rate_of(state, ceiling, now)
    if rate is None:
        is_much = seen.sent >= ENOUGH and seen.refused_share >= SOME
        if not (seen.is_run or is_much):
            return state  # trouble of the provider, or fewer at once may do
        found = {**state, "rateAt": now, **_shared({seen.member: seen.accepted_per_s})}
        return paused(found, now + WINDOW_S)
    is_told = ceiling is not None or "ceiling" in state
    number = seen.refused_share * seen.sent
    # Requests were bunched on their way. One of three processes sends a third of all.
    is_stray = is_told and number <= max(1.0, STRAY * rate)
    if is_stray or now - cut_at < CUTS_APART_S:
        return state
    state = _with_best(state, seen.accepted_per_s, now)
    taken = max(LOWEST, rate * max(0.5, 1 - number / max(rate, seen.sent)))
    if seen.refused_share < (SOME if seen.sent >= ENOUGH else SOME_OF_FEW):
        kept = KEPT * state["best"]
        if rate <= kept:
            return state
        taken = max(taken, kept)
    return {**state, "rate": taken * CUT, "rateAt": now, "high": taken}


def joined(state: Doc, now: float, seen: Seen) -> Doc:
    """Of a limit that another process has just found, with what this one has sent as well.

    Each knows of its own requests alone: one of three would take a third of the limit for the whole.
    """
    is_being_found = now - state.get("rateAt", 0.0) < WINDOW_S and "high" not in state
    if not (seen.sent and is_being_found and "shares" in state):
        return state
    return {**state, **_shared({seen.member: seen.accepted_per_s, **state["shares"]})}


def _shared(shares: dict[str, float]) -> Doc:
    return {"shares": shares, "rate": max(LOWEST, sum(shares.values()) * CUT)}


def _with_best(state: Doc, accepted_per_s: float, now: float) -> Doc:
    """With the most that the provider took in a second of late, of requests that left evenly."""
    is_known = now - state.get("bestAt", 0.0) < REMEMBERED_S
    if is_known and state.get("best", 0.0) >= accepted_per_s:
        return state
    return {**state, "best": accepted_per_s, "bestAt": now}


def told(state: Doc, per_s: float) -> Doc:
    """The provider named its limit."""
    return {**state, "ceiling": per_s}


def paused(state: Doc, until: float) -> Doc:
    """Nobody sends before that moment."""
    return {**state, "pausedUntil": max(until, state.get("pausedUntil", 0.0))}
