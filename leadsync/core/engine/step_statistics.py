"""Statistics of the steps of a waterfall: how often each was asked, hit and accepted, at what cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.journal import MAX_KEY
from leadsync.core.engine.trace import Verdict, read_trace
from leadsync.core.models import CallState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leadsync.core.engine.trace import StepTrace
    from leadsync.core.models import Column, Doc, Task
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

TASKS_AT_ONCE = 1000
CALLS_AT_ONCE = 500
_NOT_ASKED = frozenset({Verdict.SKIPPED, Verdict.HELD})


@dataclass(slots=True)
class StepStatistics:
    """What one step did for the leads whose cells stand now.

    Attributes:
        asked: leads that it was asked about.
        hit: those that it had an answer for.
        accepted: those whose answer was taken.
        verdicts: leads by what became of the step.
        cost_usd_micros: what its calls have cost, what followed them included, each call once;
            None where a price is not known.
        units: what providers counted for these calls.
    """

    step: str
    kind: str
    asked: int = 0
    hit: int = 0
    accepted: int = 0
    verdicts: Counter[str] = field(default_factory=Counter[str])
    cost_usd_micros: int | None = 0
    units: Counter[str] = field(default_factory=Counter[str])

    @property
    def per_accepted_usd_micros(self) -> int | None:
        """What an accepted answer costs; None where none was, or a price is not known."""
        if self.cost_usd_micros is None or not self.accepted:
            return None
        return round(self.cost_usd_micros / self.accepted)

    def to_doc(self) -> Doc:
        """As JSON."""
        return {
            "step": self.step,
            "kind": self.kind,
            "asked": self.asked,
            "hit": self.hit,
            "accepted": self.accepted,
            "verdicts": dict(self.verdicts),
            "costUsdMicros": self.cost_usd_micros,
            "perAcceptedUsdMicros": self.per_accepted_usd_micros,
            "units": dict(self.units),
        }


def step_statistics(workspace: Workspace, column_key: str) -> list[StepStatistics]:
    """Statistics of the steps of a column, in the order in which leads came to them.

    Reads the settled cells of the column, a thousand at a time; empty where it has no steps.

    Raises:
        NotFound: there is no such column.
    """
    store = workspace.store
    column = workspace.column(column_key)
    found: dict[str, StepStatistics] = {}
    seen: set[int] = set()
    for tasks in _tasks(store, column):
        asked: dict[int, StepStatistics] = {}
        for trace in (read_trace(task.meta) for task in tasks):
            for step in trace:
                one = found.setdefault(step.step, StepStatistics(step.step, step.kind))
                _count(one, step)
                asked |= dict.fromkeys(_call_ids(step) - seen, one)
        seen |= asked.keys()
        _add_costs(store, asked)
    return list(found.values())


def _tasks(store: Store, column: Column) -> Iterator[list[Task]]:
    ids: list[int] = []
    for (lead_id,) in store.scan({}, ["id"]):
        ids.append(lead_id)
        if len(ids) == TASKS_AT_ONCE:
            yield store.tasks(ids, [column.id])
            ids = []
    if ids:
        yield store.tasks(ids, [column.id])


def _count(one: StepStatistics, step: StepTrace) -> None:
    one.verdicts[step.verdict] += 1
    if step.verdict in _NOT_ASKED and not step.cells:
        return
    one.asked += 1
    one.hit += bool(step.cells)
    one.accepted += step.verdict is Verdict.ACCEPTED


def _call_ids(step: StepTrace) -> set[int]:
    then = _call_ids(step.then) if step.then else set[int]()
    return {*step.bill.call_ids} | then


def _add_costs(store: Store, asked: dict[int, StepStatistics]) -> None:
    """Add what calls have cost when they were sent, also those that the cache served again."""
    for call_ids in _parts(list(asked)):
        for call in store.calls(call_ids=call_ids):
            one = asked[call.id]
            if call.cost_usd_micros is None:
                one.cost_usd_micros = None
            elif one.cost_usd_micros is not None:
                one.cost_usd_micros += call.cost_usd_micros
            if call.state is CallState.ANSWERED:
                one.units.update(_numbers(call.units))


def _numbers(units: Doc) -> dict[str, Any]:
    """What was counted; a price that is not known keeps its bound there, too."""
    return {
        name: number
        for name, number in units.items()
        if isinstance(number, (int, float)) and name != MAX_KEY
    }


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + CALLS_AT_ONCE] for at in range(0, len(ids), CALLS_AT_ONCE))
