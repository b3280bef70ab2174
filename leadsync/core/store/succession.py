"""Runs that fill the same column: one that lives keeps others off, a dead one gives way."""

from __future__ import annotations

from leadsync.core.errors import BusyError
from leadsync.core.models import Run, RunState

_CONTINUED = "continued by run "


def busy(run: Run) -> BusyError:
    """The error for a run that somebody drives."""
    return BusyError(
        f"run {run.id} is filling this column already",
        next_step=f"leadsync runs show {run.id}, or stop it: leadsync runs stop {run.id}",
    )


def continued_by(run_id: int, other: Run, left: int) -> str:
    """The reason of a run that gives way to a newer one; why it was held is kept.

    Args:
        run_id: the newer run.
        other: the run that gives way.
        left: its cells that nobody has asked; the newer run takes those that its plan has.
    """
    was_held = f"; it was held: {other.reason}" if other.state is RunState.HELD else ""
    cells = f"; it left {left:,} unasked" if left else ""
    return f"{_CONTINUED}{run_id}{was_held}{cells}"


def is_continued(run: Run) -> bool:
    """Whether a run has given way to a newer one."""
    return run.state is RunState.STOPPED and run.reason.startswith(_CONTINUED)
