"""The pace of one provider key, as all processes of the workspace share it: pure functions.

The shared document holds: `nextFree`, the moment after the last one that was given away;
`pausedUntil`; and, once the provider has refused, `rate` at `rateAt`, which climbs by itself.
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
CUT = 0.95
CUTS_APART_S = 2.0
"""Single refusals cut once in so many seconds: they may have other causes than our rate."""
ENOUGH = 20
SOME = 0.2
"""A share of refusals, among enough requests, that tells of a limit where none is known."""
MANY = 0.3
"""A share of refusals that can have no other cause."""
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
        sent_at: when that request left.
        sent: how many it has sent lately.
        accepted_per_s: how many of its requests the provider has taken lately.
        refused_share: how many it has not, of all.
    """

    sent_at: float
    sent: int
    accepted_per_s: float
    refused_share: float


def rate_of(state: Doc, ceiling: float | None, now: float) -> float | None:
    """The rate that holds now; None where nothing is known."""
    most = None if ceiling is None else ceiling * HEADROOM
    if "rate" not in state:
        return most
    seconds = min(max(0.0, now - state["rateAt"]), 600.0)
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
        if seen.sent < ENOUGH or seen.refused_share < SOME:
            return state  # fewer at once may do
        base = seen.accepted_per_s
    elif seen.refused_share > MANY:
        base = min(rate, max(rate / 2, seen.accepted_per_s))
    elif now - cut_at < CUTS_APART_S:
        return state
    else:
        base = rate
    return {**state, "rate": max(LOWEST, base * CUT), "rateAt": now}


def paused(state: Doc, until: float) -> Doc:
    """Nobody sends before that moment."""
    return {**state, "pausedUntil": max(until, state.get("pausedUntil", 0.0))}
