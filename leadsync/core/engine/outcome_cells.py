"""From an outcome to what is stored: the task of a cell, and the cells that its result fills."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never, cast

from leadsync.core.engine.outcomes import (
    Held,
    Invalid,
    NoMatch,
    Pending,
    Refused,
    Retry,
    RetryWhy,
    Unknown,
    Value,
)
from leadsync.core.models import ColumnType, Reason, Status, Task, now_iso
from leadsync.core.values import convert, show, storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Job
    from leadsync.core.engine.outcomes import Bill, Json
    from leadsync.core.models import Column, Doc
    from leadsync.core.models import Value as Cell

Settling = Value | NoMatch | Retry | Refused | Invalid | Unknown
"""Outcomes that end a cell; `Retry` only where no try is left."""


def ended(outcome: Settling | Held | Pending) -> Settling:
    """The outcome as it ends a cell: a retry that is not done any more is an error of its kind."""
    match outcome:
        case Retry():
            return outcome.otherwise or outcome
        case Pending():
            return Invalid("this kind of column cannot fetch answers that come later", outcome.bill)
        case Held():
            raise AssertionError(f"a held cell stays in the queue: {outcome}")
        case _:
            return outcome


def task_of(
    job: Job,
    outcome: Settling,
    *,
    run_id: int,
    input_hash: str,
    inputs: Mapping[str, Any],
    detail: str,
) -> Task:
    """The task of a settled cell, with where it came from."""
    status, reason = _state(outcome)
    return Task(
        lead_id=job.lead_id,
        column_id=job.column.id,
        status=status,
        reason=reason,
        detail=detail,
        input_hash=input_hash,
        meta=_meta(outcome, run_id, inputs),
        attempts=job.attempt,
        updated_at=now_iso(),
    )


def detail_of(outcome: Settling) -> str:
    """What is said of a cell beside its value."""
    return "" if isinstance(outcome, (Value, NoMatch)) else outcome.detail


def cells_after(column: Column, targets: Sequence[Column], outcome: Settling) -> dict[str, Cell]:
    """The cells that an outcome changes: no match makes all blank, a failure leaves them."""
    if isinstance(outcome, NoMatch):
        return {target.key: None for target in targets}
    return cells_of(column, targets, outcome.result) if isinstance(outcome, Value) else {}


def cells_of(column: Column, targets: Sequence[Column], result: Json) -> dict[str, Cell]:
    """The cells that a result fills, by column key, each as its column's type."""
    if not column.outputs:
        return {column.key: to_cell(result, column.type)}
    types = {target.key: target.type for target in targets}
    return {
        key: to_cell(_at(path, result), types[key])
        for path, key in column.outputs.items()
        if key in types
    }


def to_cell(found: Json, kind: ColumnType) -> Cell:
    """Plain JSON as a cell of that type; what does not convert stays text."""
    if found is None:
        return None
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, (dict, list)):
        return storable(json.dumps(found, ensure_ascii=False))
    text = storable(show(cast("Cell", found)).strip())
    return None if text is None else convert(text, kind)[0]


def _state(outcome: Settling) -> tuple[Status, Reason]:
    match outcome:
        case Value():
            cached = outcome.bill.from_cache
            return Status.SUCCESS, Reason.CACHED if cached else Reason.VALUE
        case NoMatch():
            return Status.SUCCESS, Reason.NO_MATCH
        case Retry():
            throttled = outcome.why is RetryWhy.THROTTLED
            return Status.ERROR, Reason.THROTTLED if throttled else Reason.TRANSIENT
        case Refused():
            return Status.ERROR, Reason.REFUSED
        case Invalid():
            return Status.ERROR, Reason.INVALID
        case Unknown():
            return Status.ERROR, Reason.UNKNOWN
        case _:
            assert_never(outcome)


def inputs_of(job: Job) -> Doc:
    """The cells that a job was asked about, as they are kept."""
    return {key: _plain(job.values.get(key)) for key in job.column.inputs}


def _meta(outcome: Settling, run_id: int, inputs: Mapping[str, Any]) -> Doc:
    meta: Doc = {"runId": run_id, "inputs": dict(inputs)}
    bill: Bill = outcome.bill
    cost = {"callIds": list(bill.call_ids), "costUsdMicros": bill.cost_usd_micros}
    return meta | dict(outcome.meta) | cost


def _plain(value: Any) -> Any:
    return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value


def _at(path: str, result: Json) -> Json:
    if path.isidentifier():
        return cast("Mapping[str, Json]", result).get(path) if isinstance(result, dict) else None
    import jmespath

    return cast("Json", jmespath.search(path, result))  # type: ignore[no-untyped-call]  # has no types
