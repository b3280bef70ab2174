"""The settling of outcomes: gathered for a moment, written in one unit, counted."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.events import FirstError
from leadsync.core.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.engine.budget import Budget
    from leadsync.core.engine.events import Event
    from leadsync.core.engine.pace import Pace
    from leadsync.core.engine.store_thread import StoreThread
    from leadsync.core.engine.tally import Tally
    from leadsync.core.models import DeferredCell, Run, Task, Value
    from leadsync.core.store.protocol import Store

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Settled:
    """A cell that is done, with the cells that its result fills."""

    task: Task
    values: dict[str, Value] = field(default_factory=dict[str, "Value"])


@dataclass(frozen=True, slots=True)
class Again:
    """A cell that is asked again, not before that moment."""

    cell: Cell
    attempts: int
    not_before: float


@dataclass(frozen=True, slots=True)
class Later:
    """A cell whose answer comes later."""

    cell: DeferredCell


@dataclass(frozen=True, slots=True)
class Unasked:
    """A cell that needs no answer: why."""

    cell: Cell
    why: str


Item = Settled | Again | Later | Unasked


class Settler:
    """Writes what became of cells: at most a moment later, hundreds at once.

    Attributes:
        unit_id: the unit of work that the whole run belongs to.
    """

    def __init__(  # noqa: PLR0913 - what one write of a run touches
        self,
        store: Store,
        thread: StoreThread,
        run: Run,
        *,
        label: str,
        tally: Tally,
        budget: Budget,
        pace: Pace,
        on_event: Callable[[Event], None],
    ) -> None:
        """Take a run that this process holds."""
        self.unit_id = run.unit_id
        self._store = store
        self._thread = thread
        self._run = run
        self._label = label
        self._tally = tally
        self._budget = budget
        self._pace = pace
        self._on_event = on_event
        self._items: list[tuple[Item, Callable[[], None]]] = []
        self._some = asyncio.Event()
        self._full = asyncio.Event()
        self._closed = False

    def put(self, item: Item, written: Callable[[], None]) -> None:
        """Take an outcome; `written` is called when it is stored."""
        self._items.append((item, written))
        self._some.set()
        if len(self._items) >= self._pace.settle_cells:
            self._full.set()

    async def serve(self) -> None:
        """Write until closed, and then until nothing is left."""
        while self._items or not self._closed:
            await self._some.wait()
            self._some.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.settle_s):
                    await self._full.wait()
            while self._items:
                await self._settle()

    def close(self) -> None:
        """Let `serve` end when all that was put is written."""
        self._closed = True
        self._some.set()
        self._full.set()

    async def _settle(self) -> None:
        size = self._pace.settle_cells
        batch, self._items = self._items[:size], self._items[size:]
        if not self._closed and len(self._items) < size:
            self._full.clear()
        items = [item for item, _ in batch]
        for item in items:
            self._count(item)
        counts, cost = dict(self._tally.counts), self._budget.spent
        await self._thread.do(lambda: self._write(items, counts, cost))
        for _, written in batch:
            written()

    def _count(self, item: Item) -> None:
        if isinstance(item, Unasked):
            self._tally.skip(item.why)
        elif isinstance(item, Settled):
            group = self._tally.count(item.task)
            if group is not None:
                self._on_event(FirstError(self._run.id, group))

    def _write(self, items: Sequence[Item], counts: dict[str, int], cost: int) -> None:
        """On the store's thread."""
        state: dict[str, Any] = {"counts": counts, "costUsdMicros": cost}
        settled = [item for item in items if isinstance(item, Settled)]
        if settled:
            values: dict[int, dict[str, Value]] = {}
            for item in settled:
                values.setdefault(item.task.lead_id, {}).update(item.values)
            with self._store.unit(self._run.actor, self._label, into=self.unit_id) as unit:
                unit.settle([item.task for item in settled], values)
                # In the same transaction where the engine has one, so that undo finds the unit.
                self._update_run({**state, "unitId": unit.id})
            self.unit_id = unit.id
        again: dict[tuple[int, float], list[Cell]] = {}
        for item in items:
            if isinstance(item, Again):
                again.setdefault((item.attempts, item.not_before), []).append(item.cell)
        for (attempts, not_before), cells in again.items():
            self._store.requeue(cells, not_before=not_before, attempts=attempts)
        if later := [item.cell for item in items if isinstance(item, Later)]:
            self._store.defer(later)
        if unasked := [item.cell for item in items if isinstance(item, Unasked)]:
            self._store.drop_cells(unasked)
        if not settled:
            self._update_run(state)

    def _update_run(self, state: dict[str, Any]) -> None:
        run = self._store.update_run(self._run.id, state)
        if run.holder != self._run.holder:
            raise BusyError(f"run {run.id} was taken over by another process")
