"""The story of a cell: where its value came from, as `leadsync why` tells it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.columns.formulas import TEMPLATE, find_fault
from leadsync.core.engine.journal import MAX_KEY, most_of
from leadsync.core.engine.trace import read_trace
from leadsync.core.errors import LeadSyncError, NotFound
from leadsync.core.models import CallState, CellState, Status, to_doc
from leadsync.core.moments import read_moments
from leadsync.core.store.filled_cells import is_own

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.trace import StepTrace
    from leadsync.core.models import Call, Column, Doc, Task, Value
    from leadsync.core.moments import Moment
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

_NOT_BY_HAND = frozenset({"import", "hook", "pull"})
"""First words of what history calls such acts."""


@dataclass(frozen=True, slots=True)
class AskedCall:
    """One request behind the value, as it was sent, and what came back.

    Attributes:
        messages: the prompt exactly as it was sent; empty where it was no chat.
        answer: the text that came back, or the whole body of another kind of answer.
        units: what the provider counted.
        cost_usd_micros: None where the price is not known.
        at_most_usd_micros: what it may have cost where that is not known; 0: nobody knows.
    """

    id: int
    provider: str
    operation: str
    state: str
    status: int | None
    sent_at: str
    messages: tuple[Mapping[str, str], ...]
    request: Doc
    answer: Any
    units: Doc
    cost_usd_micros: int | None
    at_most_usd_micros: int


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is known of one cell.

    Attributes:
        origin: `hand`, `run`, `formula`, `import`, `hook`, `pull`, or `blank`.
        driver_key: the running column that fills it; empty where none does.
        blank_because: why a computed cell is blank, or one that a run fills was not asked.
        inputs: what it was made from, by field, then.
        changed_inputs: those that are different now: the reason why it is stale.
        is_older: the last run failed, and what is told here is of it; the value was there before.
        note: what its kind says of the answer beside, in words.
        age_s: seconds since the value came; None where that is not known.
        trace: the steps of a column that asks several providers, in their order.
        moments: all values that stand in history, the newest first.
    """

    lead_id: int
    column_key: str
    value: Value
    origin: str
    driver_key: str = ""
    state: CellState = field(default_factory=CellState)
    run_id: int = 0
    is_older: bool = False
    model: str = ""
    source: str = ""
    note: str = ""
    template: str = ""
    blank_because: str = ""
    at: str = ""
    age_s: int | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    changed_inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    cost_usd_micros: int | None = None
    trace: tuple[StepTrace, ...] = ()
    calls: tuple[AskedCall, ...] = ()
    moments: tuple[Moment, ...] = ()

    def to_doc(self) -> Doc:
        """The story as JSON."""
        return to_doc(self) | {
            "state": to_doc(self.state),
            "trace": [step.to_doc() for step in self.trace],
            "calls": [to_doc(call) for call in self.calls],
            "moments": [to_doc(moment) for moment in self.moments],
        }


def explain(workspace: Workspace, lead_id: int, column_key: str) -> Story:
    """The story of a cell, of a column of any kind or an own field. A few queries by id.

    Raises:
        NotFound: there is no such lead or column.
    """
    store = workspace.store
    catalog = store.catalog()
    reference = catalog.find(column_key)
    if reference is None:
        raise NotFound("column", column_key, known=catalog.names, next_step="leadsync columns list")
    rows = store.rows([lead_id], [reference.key])
    if not rows:
        raise NotFound("lead", lead_id, next_step="leadsync leads list")
    value = rows[0][0]
    column = reference.column
    moments = read_moments(store, lead_id, reference, value)
    driver = catalog.driver(reference.key)
    if driver is not None:
        return _of_run(store, lead_id, reference.key, column, driver, value, moments)
    at = moments[0].at if moments else ""
    if column is not None and column.kind == TEMPLATE:
        return _of_formula(store, lead_id, column, value, moments)
    origin = _origin(value, moments)
    return Story(lead_id, reference.key, value, origin, at=at, age_s=_age_s(at), moments=moments)


def _of_formula(
    store: Store, lead_id: int, column: Column, value: Value, moments: tuple[Moment, ...]
) -> Story:
    inputs = _current(store, lead_id, column.inputs)
    fault = None if value is not None else find_fault(column, inputs, store.columns())
    return Story(
        lead_id,
        column.key,
        value,
        "formula",
        template=str(column.config.get(TEMPLATE, "")),
        blank_because=fault.why if fault else "",
        inputs=inputs,
        moments=moments,
    )


def _of_run(
    store: Store,
    lead_id: int,
    key: str,
    column: Column | None,
    driver: Column,
    value: Value,
    moments: tuple[Moment, ...],
) -> Story:
    """A cell that a running column fills: written by its run, or by hand over it."""
    own_id = column.id if column else driver.id
    states = store.states([lead_id], sorted({driver.id, own_id}))
    state = states.get((lead_id, driver.id), CellState())
    is_locked = states.get((lead_id, own_id), CellState()).locked
    tasks = store.tasks([lead_id], [driver.id])
    is_of_task = tasks and (value is None or is_own(tasks[0].meta, (column or driver).slot, value))
    if is_of_task and not is_locked:
        return _of_task(store, key, driver, value, state, tasks[0], moments)
    at = moments[0].at if moments else ""
    origin = "hand" if is_locked else _origin(value, moments)
    return Story(
        lead_id,
        key,
        value,
        origin,
        driver.key,
        replace(state, locked=is_locked),
        blank_because="" if is_locked or value is not None else _not_asked(store, lead_id, driver),
        at=at,
        age_s=_age_s(at),
        moments=moments,
    )


def _not_asked(store: Store, lead_id: int, driver: Column) -> str:
    """Why no run has asked for a cell: what a run would say of it now."""
    from leadsync.core.engine.cells import BlankField, CellReader, Scope, Skip, read_subjects
    from leadsync.core.engine.gate import LeftOut

    try:
        subject = read_subjects(store, [driver])[0]
    except LeadSyncError as error:
        return error.message
    reader = CellReader(store, [subject])
    lead = reader.read([lead_id]).get(lead_id)
    verdict = reader.judge(subject, lead, scope=Scope.ALL) if lead else Skip.GONE
    if isinstance(verdict, (BlankField, LeftOut)):
        return str(verdict)
    words: dict[str, str] = {
        "run": "no run has come to it",
        Skip.CONDITION: f"the lead does not match {driver.condition}",
        Skip.SUPPRESSED: "the lead must not be touched: leadsync suppress",
        Skip.GONE: "the lead is in the trash",
        Skip.WAITING: "its answer is awaited",
    }
    return words.get(verdict, "")


def _of_task(
    store: Store,
    key: str,
    driver: Column,
    value: Value,
    state: CellState,
    task: Task,
    moments: tuple[Moment, ...],
) -> Story:
    then: dict[str, Any] = dict(task.meta.get("inputs") or {})
    now = _current(store, task.lead_id, tuple(then))
    calls = store.calls(call_ids=task.meta.get("callIds") or [])
    return Story(
        lead_id=task.lead_id,
        column_key=key,
        value=value,
        origin="run",
        driver_key=driver.key,
        state=state,
        run_id=int(task.meta.get("runId") or 0),
        is_older=value is not None and task.status is Status.ERROR,
        model=str(task.meta.get("model") or ""),
        source=str(task.meta.get("source") or ""),
        note=str(task.meta.get("note") or ""),
        at=task.updated_at,
        age_s=_age_s(task.updated_at),
        inputs=then,
        changed_inputs={k: v for k, v in now.items() if v != then[k]},
        cost_usd_micros=_cost(task),
        trace=tuple(read_trace(task.meta)),
        calls=tuple(_asked(call) for call in calls),
        moments=moments,
    )


def _cost(task: Task) -> int | None:
    cost = task.meta.get("costUsdMicros")
    return cost if isinstance(cost, int) else None


def _asked(call: Call) -> AskedCall:
    messages = cast("list[dict[str, str]]", call.request.get("messages") or [])
    answer: Any = (call.response or {}).get("body", call.response)
    if call.state is CallState.ANSWERED and messages:
        answer = _text_of(answer) or answer
    return AskedCall(
        id=call.id,
        provider=call.provider,
        operation=call.operation,
        state=str(call.state),
        status=call.status,
        sent_at=call.started_at,
        messages=tuple(messages),
        request={k: v for k, v in call.request.items() if k != "messages"},
        answer=answer,
        units={unit: number for unit, number in call.units.items() if unit != MAX_KEY},
        cost_usd_micros=call.cost_usd_micros,
        at_most_usd_micros=most_of(call),
    )


def _text_of(body: Any) -> str | None:
    try:
        return body["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return None


def _current(store: Store, lead_id: int, keys: Sequence[str]) -> dict[str, Any]:
    catalog = store.catalog()
    known = [key for key in keys if catalog.find(key)]
    rows = store.rows([lead_id], known) if known else [()]
    found: dict[str, Any] = dict(zip(known, rows[0], strict=True))
    return {key: _written(found.get(key)) for key in keys}


def _written(value: Any) -> Any:
    """A cell as a task keeps it: tags as a list."""
    return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value


def _origin(value: Value, moments: Sequence[Moment]) -> str:
    if value in (None, ()):
        return "blank"
    word = moments[0].label.partition(" ")[0] if moments else ""
    return word if word in _NOT_BY_HAND else "hand"


def _age_s(at: str) -> int | None:
    if not at:
        return None
    moment = datetime.fromisoformat(at.replace("Z", "+00:00"))
    return max(0, round((datetime.now(UTC) - moment).total_seconds()))
