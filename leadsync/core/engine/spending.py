"""What caps count: the calls of a run, or of a column or at a provider on one day (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.engine.journal import most_of
from leadsync.core.engine.remedies import DAILY
from leadsync.core.models import RunState

if TYPE_CHECKING:
    from leadsync.core.models import Column, Run
    from leadsync.core.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Scope:
    """The calls that one cap counts.

    Attributes:
        name: of the document in which processes share the cap.
        words: what messages call the cap.
        run_id: of this run; 0: of all.
        column_id: sent for this column; 0: for all.
        provider: sent to this one; empty: to all.
        since: at this moment or later.
    """

    name: str
    words: str
    run_id: int = 0
    column_id: int = 0
    provider: str = ""
    since: str = ""

    def used(self, store: Store, *, holder: str = "") -> int:
        """What they have cost, and those without an answer at most; of one process, or of all."""
        amount = 0
        for run_id in self._runs(store):
            paid, unanswered = store.spending(
                run_id,
                since=self.since,
                column_id=self.column_id,
                provider=self.provider,
                holder=holder,
            )
            amount += paid + sum(most_of(call) for call in unanswered)
        return amount

    def _runs(self, store: Store) -> list[int]:
        if self.run_id:
            return [self.run_id]
        return [run.id for run in store.runs() if self._may_count(run)]

    def _may_count(self, run: Run) -> bool:
        is_of_column = not self.column_id or self.column_id in run.column_ids
        is_over = run.state is not RunState.RUNNING and run.finished_at < self.since
        return is_of_column and not (is_over and run.finished_at)


def of_run(run_id: int) -> Scope:
    """All calls of a run."""
    return Scope(f"cap:run:{run_id}", "the cap of the run", run_id=run_id)


def of_column(column: Column, day: str) -> Scope:
    """The calls for a column on a day."""
    words = f'{DAILY} "{column.key}"'
    return Scope(f"cap:column:{column.id}:{day}", words, column_id=column.id, since=day)


def of_provider(provider: str, day: str) -> Scope:
    """The calls to a provider on a day."""
    words = f"{DAILY} {provider}"
    return Scope(f"cap:provider:{provider}:{day}", words, provider=provider, since=day)
