"""The settling of outcomes: gathered for a moment, written in one unit, counted."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.engine.events import FirstError
from leadsync.core.engine.filled import replaces_all
from leadsync.core.models import Run, from_doc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.engine.events import Event
    from leadsync.core.engine.members import Membership
    from leadsync.core.engine.pace import Pace
    from leadsync.core.engine.store_thread import StoreThread
    from leadsync.core.engine.tally import Tally
    from leadsync.core.models import DeferredCell, Doc, Task, Value
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

    @property
    def not_before(self) -> float:
        """When it is looked at again."""
        return self.cell.not_before


@dataclass(frozen=True, slots=True)
class Unasked:
    """A cell that needs no answer: why."""

    cell: Cell
    why: str


Item = Settled | Again | Later | Unasked


class Settler:
    """Writes what became of cells: at most a moment later, hundreds at once.

    Attributes:
        run: the run as it was when this process wrote last; its counts are those of all.
    """

    def __init__(  # noqa: PLR0913 - what one write of a run touches
        self,
        store: Store,
        thread: StoreThread,
        run: Run,
        *,
        member: Membership,
        label: str,
        tally: Tally,
        pace: Pace,
        on_event: Callable[[Event], None],
    ) -> None:
        """Take a run that this process is a member of."""
        self.run = run
        self._member = member
        self._store = store
        self._thread = thread
        self._label = label
        self._tally = tally
        self._told_cost = 0
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
        before = self._tally.counts.copy()
        for item in items:
            self._count(item)
        counted = self._tally.counts - before
        cost = self._tally.cost_usd_micros - self._told_cost
        self._told_cost += cost
        await self._thread.do(lambda: self._write(items, counted, cost))
        for _, written in batch:
            written()

    def _count(self, item: Item) -> None:
        if isinstance(item, Unasked):
            self._tally.skip(item.why)
        elif isinstance(item, Settled):
            group = self._tally.count(item.task)
            if group is not None:
                self._on_event(FirstError(self.run.id, group))

    def _write(self, items: Sequence[Item], counted: Counter[str], cost: int) -> None:
        """On the store's thread."""
        settled = [item for item in items if isinstance(item, Settled)]
        if settled:
            self._write_settled(settled, counted, cost)
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
            self._add(counted, cost)

    def _write_settled(self, settled: Sequence[Settled], counted: Counter[str], cost: int) -> None:
        """In the one unit of the run, which whoever settles first begins."""
        values: dict[int, dict[str, Value]] = {}
        for item in settled:
            values.setdefault(item.task.lead_id, {}).update(item.values)
        replaces = replaces_all(self.run)
        while True:
            known = self.run.unit_id
            try:
                with self._store.unit(self.run.actor, self._label, into=known) as unit:
                    if not known:
                        self._look_for_unit()
                    unit.settle([item.task for item in settled], values, replaces=replaces)
                    # In the same transaction where the engine has one, so that undo finds the unit.
                    self._add(counted, cost, unit_id=unit.id)
            except _OtherUnitError:
                continue
            return

    def _look_for_unit(self) -> None:
        """Under the lock of a unit: another process may have begun the run's unit meanwhile."""
        found = self._store.get_document("runs", self.run.id)
        if found is not None and found.get("unitId"):
            self.run = from_doc(Run, found)
            raise _OtherUnitError

    def _add(self, counted: Counter[str], cost: int, *, unit_id: int = 0) -> None:
        def added(run: Run) -> Doc:
            self._member.check(run)
            changes: Doc = {
                "counts": dict(Counter(run.counts) + counted),
                "costUsdMicros": run.cost_usd_micros + cost,
            }
            return changes | ({"unitId": unit_id} if unit_id else {})

        self.run = self._store.change_run(self.run.id, added)


class _OtherUnitError(Exception):
    """The unit of the run is another than the one that was opened."""
