"""What a worker leaves alone for now: armed columns that rest, and late answers not yet due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leadsync.core.engine.daily_caps import daily_cap
from leadsync.core.engine.results import remedy_of
from leadsync.core.models import Reason, RunState, now_iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.models import Column, Run
    from leadsync.core.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Rest:
    """An armed column that is not filled.

    Attributes:
        words: why, and what to do about it.
        is_held: a key, credits or a cap holds it; else a person has stopped it.
    """

    words: str
    is_held: bool


def find_rest(store: Store, column: Column) -> Rest | None:
    """Why a column is left alone until somebody goes on with its last run; None: it is not.

    A cap holds it until the next day; a key, credits, or a person who stopped it, for longer.
    Without a daily cap it is never filled.
    """
    if daily_cap(column) is None:
        words = f"{column.key} rests: it has no daily cap"
        remedy = f"leadsync columns arm {column.key} --usd-per-day 5"
        return Rest(f"{words}; {remedy}", is_held=True)
    run = next((run for run in reversed(store.runs()) if column.id in run.column_ids), None)
    if run is None:
        return None
    if run.state is RunState.HELD:
        if run.reason.startswith("cap") and run.finished_at[:10] < now_iso()[:10]:
            return None
        return Rest(_words(column, run, f"is held: {run.reason}"), is_held=True)
    if run.state is RunState.STOPPED and run.stop_requested:
        return Rest(_words(column, run, "was stopped"), is_held=False)
    return None


def _words(column: Column, run: Run, why: str) -> str:
    return f"{column.key} rests: run {run.id} {why}; {remedy_of(run)}"


def next_looks(store: Store, now: float) -> Iterator[str]:
    """When late answers are asked for next, of each run that nobody works on."""
    for run in store.runs():
        left = store.queue_counts(run.id)
        waiting = sum(n for (_, reason), n in left.items() if reason == str(Reason.WAITING))
        if not waiting or run.state not in (RunState.HELD, RunState.STOPPED):
            continue
        moments = (store.next_due(run.id, column, late_only=True) for column in run.column_ids)
        due = min((moment for moment in moments if moment is not None), default=now)
        clock = datetime.fromtimestamp(due, UTC).strftime("%H:%M:%S")
        yield (
            f"run {run.id}: {waiting:,} wait for an answer that comes later; the next look at it"
            f" is due at {clock} UTC, in {max(0, due - now):,.0f} s"
        )
