"""The purses of a run: for each of its columns what all caps together leave."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from leadsync.core.engine.budget import Budget
from leadsync.core.engine.daily_caps import daily_cap
from leadsync.core.engine.purse import Purse
from leadsync.core.engine.spending import of_column, of_provider, of_run
from leadsync.core.models import now_iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.members import Membership
    from leadsync.core.engine.spending import Scope
    from leadsync.core.engine.store_thread import StoreThread
    from leadsync.core.models import Column, Run
    from leadsync.core.workspace import Workspace


class Purses:
    """The caps of a run, of its columns and of providers, as one process uses them."""

    def __init__(
        self,
        workspace: Workspace,
        run: Run,
        *,
        thread: StoreThread,
        member: Membership,
        now: Callable[[], float],
    ) -> None:
        """Take a run that this process is a member of."""
        self._store = workspace.store
        self._of_providers = workspace.config.provider_caps
        self._run = run
        self._thread = thread
        self._member = member
        self._now = now
        self._open: list[Budget] = []
        self._of_columns: dict[int, Budget] = {}
        self._looked_at = now_iso()

    def purse(self, column: Column) -> Purse:
        """On the store's thread: what requests for a column are paid from."""
        return Purse(*self._for_run, self._for_column(column), of_providers=self._for_providers)

    async def follow(self) -> None:
        """Keep to daily caps of columns as they are now; one that was taken out is kept to the end."""
        before, self._looked_at = self._looked_at, now_iso()
        for column in await self._thread.do(self._store.columns):
            budget, cap = self._of_columns.get(column.id), daily_cap(column)
            if budget is None or cap is None or cap == budget.cap:
                continue
            await budget.keep(cap, since=before)
            if budget not in self._open:
                self._open.append(budget)

    async def state(self) -> None:
        """Report what was used of all caps, and give back what is not."""
        for budget in self._open:
            await budget.state()

    def close(self) -> None:
        """On the store's thread: report the last, once, and hold nothing any more."""
        budgets, self._open = self._open, []
        for budget in budgets:
            budget.close()

    @cached_property
    def _for_run(self) -> list[Budget]:
        cap = self._run.caps.get("usdMicros")
        return [] if cap is None else [self._budget(cap, partial(of_run, self._run.id))]

    @cached_property
    def _for_providers(self) -> dict[str, Budget]:
        return {
            provider: self._budget(
                cap, lambda provider=provider: of_provider(provider, self._today())
            )
            for provider, cap in self._of_providers.items()
        }

    def _for_column(self, column: Column) -> Budget:
        budget = self._budget(daily_cap(column), lambda: of_column(column, self._today()))
        self._of_columns[column.id] = budget
        return budget

    def _today(self) -> str:
        return datetime.fromtimestamp(self._now(), UTC).date().isoformat()

    def _budget(self, cap: int | None, scope: Callable[[], Scope]) -> Budget:
        budget = Budget(cap, scope, store=self._store, thread=self._thread, member=self._member)
        if cap is not None:
            budget.open()
            self._open.append(budget)
        return budget
