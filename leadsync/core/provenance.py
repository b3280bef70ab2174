"""The story of a cell: where its value came from, as `leadsync why` tells it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import NotFound
from leadsync.core.models import CallState, CellState, to_doc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Call, Change, Column, Doc, Task, UnitRecord, Value
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

OWN_SLOTS = {"linkedin_url": "linkedinUrl"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One value that the cell had, and what gave it that.

    Attributes:
        label: what was done, in the words of history: `import apollo.csv`.
    """

    value: Value
    at: str
    actor: str
    label: str
    unit_id: int


@dataclass(frozen=True, slots=True)
class AskedCall:
    """One request behind the value, as it was sent, and what came back.

    Attributes:
        messages: the prompt exactly as it was sent; empty where it was no chat.
        answer: the text that came back, or the whole body of another kind of answer.
        cost_usd_micros: None where the price is not known.
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


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is known of one cell.

    Attributes:
        origin: `hand`, `run`, `formula`, `import` or another act of history, or `blank`.
        driver_key: the running column that fills it; empty where none does.
        inputs: what it was made from, by field, then.
        changed_inputs: those that are different now: the reason why it is stale.
        age_s: seconds since the value came; None where that is not known.
        moments: all values that stand in history, the newest first.
    """

    lead_id: int
    column_key: str
    value: Value
    origin: str
    driver_key: str = ""
    state: CellState = field(default_factory=CellState)
    run_id: int = 0
    model: str = ""
    source: str = ""
    template: str = ""
    at: str = ""
    age_s: int | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    changed_inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    cost_usd_micros: int | None = None
    calls: tuple[AskedCall, ...] = ()
    moments: tuple[Moment, ...] = ()

    def to_doc(self) -> Doc:
        """The story as JSON."""
        return to_doc(self) | {
            "state": to_doc(self.state),
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
    slot = column.slot if column else OWN_SLOTS.get(reference.key, reference.key)
    moments = _moments(store, lead_id, slot, value)
    driver = catalog.driver(reference.key)
    if driver is not None:
        return _of_run(store, lead_id, reference.key, column, driver, value, moments)
    at = moments[0].at if moments else ""
    if column is not None and column.kind == "template":
        inputs = _current(store, lead_id, column.inputs)
        text = str(column.config.get("template", ""))
        return Story(
            lead_id, reference.key, value, "formula", template=text, inputs=inputs, moments=moments
        )
    origin = _origin(value, moments)
    return Story(lead_id, reference.key, value, origin, at=at, age_s=_age_s(at), moments=moments)


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
    if tasks and not is_locked:
        return _of_task(store, key, driver, value, state, tasks[0], moments)
    at = moments[0].at if moments else ""
    origin = "hand" if is_locked else _origin(value, moments)
    shown = replace(state, locked=is_locked)
    return Story(
        lead_id, key, value, origin, driver.key, shown, at=at, age_s=_age_s(at), moments=moments
    )


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
        model=str(task.meta.get("model") or ""),
        source=str(task.meta.get("source") or ""),
        at=task.updated_at,
        age_s=_age_s(task.updated_at),
        inputs=then,
        changed_inputs={k: v for k, v in now.items() if v != then[k]},
        cost_usd_micros=_cost(task),
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
        units=call.units,
        cost_usd_micros=call.cost_usd_micros,
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


def _moments(store: Store, lead_id: int, slot: str, value: Value) -> tuple[Moment, ...]:
    """All values of a cell that stand in history, the newest first."""
    units = {unit.id: unit for unit in store.units()}
    found: list[Moment] = []
    first: Value = value
    seen = False
    for change in store.changes(lead_id=lead_id):
        if slot not in change.fields:
            continue
        if not seen:
            first, seen = change.fields[slot][0], True
        unit = units.get(change.unit_id)
        if unit is not None and not unit.undone_by:
            found.append(_moment(change, slot, unit))
    maker = next((u for u in units.values() if _made(u, lead_id)), None)
    if maker is not None and first is not None:
        found.insert(0, Moment(first, maker.at, maker.actor, maker.label, maker.id))
    return tuple(reversed(found))


def _moment(change: Change, slot: str, unit: UnitRecord) -> Moment:
    return Moment(change.fields[slot][1], unit.at, unit.actor, unit.label, unit.id)


def _made(unit: UnitRecord, lead_id: int) -> bool:
    return any(first <= lead_id <= last for first, last in unit.created)


def _origin(value: Value, moments: Sequence[Moment]) -> str:
    if value is None:
        return "blank"
    words = moments[0].label.split() if moments else []
    return "import" if words[:1] == ["import"] else "hand"


def _age_s(at: str) -> int | None:
    if not at:
        return None
    moment = datetime.fromisoformat(at.replace("Z", "+00:00"))
    return max(0, round((datetime.now(UTC) - moment).total_seconds()))
