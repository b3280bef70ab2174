"""Lines on what a run waits for, where no bar shows that it lives."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.events import Progress

FIRST_AFTER_S = 5.0
"""Shorter waits are none of anybody's business."""
EVERY_S = 30.0


class WaitLines:
    """Says why a run stands still: soon, and then now and again."""

    def __init__(
        self, say: Callable[[str], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        """Take where to say it, and a clock."""
        self._say = say
        self._now = now
        self._due: dict[int, float] = {}

    def show(self, progress: Progress) -> None:
        """Say what a run waits for, if it is time."""
        if not progress.waiting_for:
            return
        now = self._now()
        if now < self._due.setdefault(progress.run_id, now + FIRST_AFTER_S):
            return
        self._due[progress.run_id] = now + EVERY_S
        causes = "; ".join(progress.waiting_for)
        self._say(f"run {progress.run_id}: {progress.settled:,} of {progress.total:,}; {causes}")
