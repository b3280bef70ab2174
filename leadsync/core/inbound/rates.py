"""Rates: how many messages an address, or a hook, may send a minute."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDING = 1e-6  # of what flows in while somebody waits as long as they were told
MOST_NAMES = 10_000
"""So many are remembered; the one that was quiet longest is forgotten first."""


class Rates:
    """A bucket for each name, which fills evenly and holds a minute's worth. For one thread."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nobody known."""
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_minute: int) -> int:
        """0: it may; else in how many seconds it may again."""
        now = self._clock()
        level, at = self._buckets.pop(name, (float(per_minute), now))
        level = min(float(per_minute), level + (now - at) * per_minute / 60)
        allowed = level >= 1 - ROUNDING
        self._buckets[name] = (level - 1 if allowed else level, now)
        if len(self._buckets) > MOST_NAMES:
            self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - level) * 60 / per_minute - ROUNDING))
