"""The pace of a run: retries, leases, and the clock and chance they go by."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.config import Config

RETRY_BASE_SETTING = "LEADSYNC_RETRY_BASE_S"


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with full jitter, where a provider names no time itself."""

    base_s: float = 1.0
    cap_s: float = 60.0
    tries: int = 6

    def wait_s(self, failed_tries: int, chance: random.Random) -> float:
        """How long to wait after that many failed tries."""
        return chance.uniform(0, min(self.cap_s, self.base_s * 2 ** (failed_tries - 1)))


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of a run, in seconds; tests make them short.

    Attributes:
        lease_s: a run whose driver was not heard of for so long may be taken over.
        beat_s: how often the driver looks whether it was asked to stop.
        settle_s: how long outcomes are gathered before they are written.
        settle_cells: how many outcomes are written at once at most.
        grace_s: how long answers in flight are awaited after a stop.
        now: the clock, in epoch seconds.
    """

    backoff: Backoff = field(default_factory=Backoff)
    lease_s: float = 60.0
    beat_s: float = 0.5
    settle_s: float = 0.1
    settle_cells: int = 500
    grace_s: float = 10.0
    now: Callable[[], float] = time.time
    chance: random.Random = field(default_factory=random.Random)


def pace_of(config: Config) -> Pace:
    """The pace that the settings ask for.

    Raises:
        InputError: the base of retries is no number of seconds.
    """
    text = config.provider_setting(RETRY_BASE_SETTING)
    if not text:
        return Pace()
    try:
        base_s = float(text)
    except ValueError:
        base_s = -1.0
    if not 0 <= base_s <= 60:
        raise InputError(f'{RETRY_BASE_SETTING} must be 0 to 60 seconds, not "{text}"')
    return Pace(backoff=Backoff(base_s=base_s))
