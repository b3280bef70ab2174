"""The end of a drive: which state a run is in when a process has left it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.engine.outcomes import HeldWhy
from leadsync.core.models import RunState
from leadsync.core.store.succession import is_continued

if TYPE_CHECKING:
    from leadsync.core.engine.outcomes import Held
    from leadsync.core.models import Run


WORKER_ENDED = "its worker ended"
DISARMED = "its column was disarmed"
LEFT = (WORKER_ENDED, DISARMED)
"""The reasons of a run that nobody stopped, and that the next worker goes on with if it may."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A run at the moment at which a process leaves it.

    Attributes:
        left: cells in the queue.
        is_last: no other process works on it.
    """

    run: Run
    left: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """What a drive came to.

    Attributes:
        why: what to do about it hangs on this; None: nothing is to be done.
    """

    state: RunState
    why: HeldWhy | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drive:
    """What one process knows at the end of its drive.

    Attributes:
        held: why a column of it is held.
        is_stopped: it was asked to stop.
        is_unwanted: what a worker began by itself, and its column is armed no more.
        is_stopped_by_hand: a person asked, which stops the run for all; not the end of a worker.
        waits: it would have waited for late answers.
        collected_for: the run as it was found, where only late answers were fetched.
    """

    held: Held | None
    is_stopped: bool
    is_unwanted: bool
    is_stopped_by_hand: bool
    waits: bool
    collected_for: Run | None

    def ending(self, at: Leaving) -> Ending:
        """How it ends."""
        before = self.collected_for
        if not at.left:
            if before is not None and is_continued(before):
                return Ending(RunState.STOPPED, reason=before.reason)
            return Ending(RunState.DONE)
        if before is not None:
            state = RunState.HELD if before.state is RunState.HELD else RunState.STOPPED
            return Ending(state, HeldWhy.STOPPED, before.reason)
        if not at.is_last and not self.is_stopped_by_hand and self.held is None:
            return Ending(RunState.RUNNING, reason="others go on with it")
        if self.held is not None and not self.is_stopped:
            return Ending(RunState.HELD, self.held.why, f"{self.held.why}: {self.held.detail}")
        return Ending(RunState.STOPPED, HeldWhy.STOPPED, self._why_stopped(at.run))

    def _why_stopped(self, run: Run) -> str:
        if self.is_stopped:
            if self.is_stopped_by_hand or run.stop_requested:
                return "stopped"
            return DISARMED if self.is_unwanted else WORKER_ENDED
        return "a column of it was removed" if self.waits else "its answers come later"
