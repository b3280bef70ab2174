"""How a process comes near a limit that nobody has told: in steps, then one request at a time."""

from __future__ import annotations

FIRST_PER_S = 50.0
DOUBLES_S = 0.2
"""The rate doubles in so many seconds. All places in flight filled at once would be refused at once,
too: of 1,000 requests at a limit of 50 a second, 14 in the first half second.
"""
MOST_DOUBLES = 12.0
"""After that nothing is held back any more."""
IDLE_S = 1.0
"""After a pause of so many seconds it begins anew."""
DOUBT_S = 0.05
ROUND_TRIPS = 2.0
"""A refusal is doubted for `DOUBT_S` and so many times as long as it took: then the next would have been
refused, too, if a limit was reached.
"""


class Approach:
    """When a request may leave while no limit is known; moments are seconds of one clock."""

    def __init__(self) -> None:
        """Nothing has left yet."""
        self._began = self._left_at = float("-inf")
        self._next = self._doubt_until = self._round_trip_s = 0.0

    def due(self) -> float:
        """The moment before which nothing leaves."""
        return self._next

    def left(self, now: float) -> None:
        """A request leaves."""
        if now - self._left_at > IDLE_S:
            self._began = now
        self._left_at = now
        doubled = (now - self._began) / DOUBLES_S
        if now < self._doubt_until:
            self._next = now + self._round_trip_s
        elif doubled < MOST_DOUBLES:
            self._next = now + 1 / (FIRST_PER_S * 2**doubled)

    def refused(self, now: float, sent_at: float) -> None:
        """One that left at that moment was refused: until that is understood, one at a time."""
        self._round_trip_s = now - sent_at
        self._doubt_until = now + DOUBT_S + ROUND_TRIPS * self._round_trip_s
        self._next = now
