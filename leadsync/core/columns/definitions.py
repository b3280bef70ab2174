"""Definitions of columns: adding, changing and removing them; each one unit."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from leadsync.core.columns.checking import Checked, ColumnSpec, check_spec, describe
from leadsync.core.columns.condition_fields import condition_fields
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.columns.graph import find_cycle
from leadsync.core.columns.keys import named
from leadsync.core.columns.retyping import retype
from leadsync.core.errors import BusyError, InputError
from leadsync.core.models import FREE_KINDS, ColumnType, RunState
from leadsync.core.store.derive import InputHasher
from leadsync.core.store.protocol import IDENTITY_KEYS
from leadsync.core.store.rehearsal import open_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.models import Column
    from leadsync.core.store.unit import Unit
    from leadsync.core.workspace import Workspace

__all__ = [
    "ColumnChanges",
    "ColumnSpec",
    "EditResult",
    "add_column",
    "edit_column",
    "remove_column",
    "spec_of",
]


@dataclass(frozen=True, slots=True)
class ColumnChanges:
    """What is to be different in a column; None leaves a part as it is.

    Attributes:
        config: settings to set; a setting of None is taken out. Others stay.
        outputs: all outputs, as in a `ColumnSpec`.
        condition: empty takes it away.
    """

    label: str | None = None
    kind: str | None = None
    type: ColumnType | None = None
    config: Mapping[str, Any] | None = None
    outputs: Mapping[str, str] | None = None
    condition: str | None = None
    caps: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EditResult:
    """What a changed definition entailed.

    Attributes:
        changed: whether the definition differs at all.
        stale: filled cells that are stale now; nothing paid runs by itself.
        recomputed: leads whose formula cells changed.
        converted: cells that became values of another type.
        unfit: cells that do not fit the new type and stay text.
    """

    column: Column
    changed: bool = False
    stale: int = 0
    recomputed: int = 0
    converted: int = 0
    unfit: int = 0


def add_column(workspace: Workspace, spec: ColumnSpec) -> Column:
    """Add a column, with the columns that its outputs fill; formulas are computed at once.

    Raises:
        InputError: the definition cannot be used, or the columns would need each other in a circle.
        NotFound: the kind is not installed.
    """
    with workspace.store.unit(workspace.actor, f"add column {spec.key}") as unit:
        columns = workspace.store.columns()
        checked = check_spec(spec, columns)
        check_graph([*columns, *checked.targets, checked.column])
        column = place(unit, checked)
        if column.kind == TEMPLATE:
            unit.recompute_formulas(record=False)
    return column


def edit_column(
    workspace: Workspace, key: str, changes: ColumnChanges, *, dry_run: bool = False
) -> EditResult:
    """Change a column's definition; what follows from it happens in the same unit.

    Formulas are computed anew. Filled cells of a running column become stale when its kind,
    config, outputs or condition changed. Cells of another type are converted. A dry run does all
    of it and takes it back.

    Raises:
        BusyError: it would be of another kind, and a run is filling it.
        InputError: the new definition cannot be used.
        NotFound: there is no such column, or the kind is not installed.
    """
    old = workspace.column(key)
    if changes.kind not in (None, old.kind):
        _check_not_filling(workspace, old)
    label = f"edit column {old.key}"
    with open_unit(workspace.store, workspace.actor, label, dry_run=dry_run) as unit:
        columns = workspace.store.columns()
        checked = check_spec(_changed(old, changes, columns), columns, old=old)
        others = [column for column in columns if column.id != old.id]
        check_graph([*others, *checked.targets, checked.column])
        return store_changed(unit, old, checked)


def remove_column(workspace: Workspace, key: str, *, dry_run: bool = False) -> Column:
    """Take a column away; undo brings it back with its cells. A dry run only checks.

    Raises:
        InputError: other columns or views need it; they are named.
        BusyError: a run is filling it.
        NotFound: there is no such column.
    """
    column = workspace.column(key)
    label = f"remove column {column.key}"
    with open_unit(workspace.store, workspace.actor, label, dry_run=dry_run) as unit:
        _check_unneeded(workspace, column)
        unit.remove_column(column)
    return column


def spec_of(column: Column) -> ColumnSpec:
    """The definition that would make this column again."""
    return ColumnSpec(
        key=column.key,
        label=column.label,
        kind=column.kind,
        type=column.type,
        config=column.config,
        outputs=column.outputs,
        condition=column.condition,
        caps=column.caps,
    )


def check_graph(columns: Iterable[Column]) -> None:
    """Make sure that no column needs itself.

    Raises:
        InputError: one does; the way from it to itself is named.
    """
    cycle = find_cycle(columns)
    if cycle:
        raise InputError(
            f"these columns would need each other: {' → '.join(cycle)}",
            next_step="take one of them out of the template or condition of the one before it",
        )


def place(unit: Unit, checked: Checked) -> Column:
    """Store a checked column behind the columns that it fills."""
    for target in checked.targets:
        unit.add_column(target)
    return unit.add_column(checked.column)


def store_changed(unit: Unit, old: Column, checked: Checked, *, compute: bool = True) -> EditResult:
    """Store a changed column with all that follows; nothing where nothing differs.

    `compute` is False where the caller computes formulas once for several columns.
    """
    if checked.column == old and not checked.targets:
        return EditResult(old)
    column = place(unit, checked)
    result = EditResult(column, changed=True)
    if TEMPLATE in (old.kind, column.kind):
        if compute:
            result = replace(result, recomputed=unit.recompute_formulas())
    elif column.type is not old.type:
        converted, unfit = retype(unit, column)
        result = replace(result, converted=converted, unfit=unfit)
    if column.is_running and InputHasher(old).definition != InputHasher(column).definition:
        result = replace(result, stale=unit.mark_stale(column.key))
    return result


def _changed(old: Column, changes: ColumnChanges, columns: Sequence[Column]) -> ColumnSpec:
    spec = spec_of(old)
    kind = changes.kind or old.kind
    if kind != old.kind:
        spec = replace(spec, config={}, outputs={}, condition="", caps={})
    given = {**spec.config, **(changes.config or {})}
    spec = replace(
        spec,
        label=old.label if changes.label is None else changes.label,
        kind=kind,
        type=changes.type or old.type,
        config={name: value for name, value in given.items() if value is not None},
        condition=spec.condition if changes.condition is None else changes.condition,
        caps=spec.caps if changes.caps is None else dict(changes.caps),
    )
    if changes.outputs is not None:
        return replace(spec, outputs=dict(changes.outputs))
    return replace(spec, outputs=_kept_outputs(old, spec, columns))


def _kept_outputs(old: Column, spec: ColumnSpec, columns: Sequence[Column]) -> dict[str, str]:
    """The outputs without those that the kind described before and does not any more."""
    if spec.config == old.config or spec.kind in FREE_KINDS or not spec.outputs:
        return spec.outputs
    before = describe(spec_of(old), columns).outputs
    now = describe(spec, columns).outputs
    return {path: key for path, key in spec.outputs.items() if path in now or path not in before}


def _check_unneeded(workspace: Workspace, column: Column) -> None:
    key = column.key
    if key in IDENTITY_KEYS:
        raise InputError(
            f'"{key}" tells leads apart, so it cannot be removed',
            next_step="a view can hide it: leadsync views save",
        )
    columns = workspace.store.columns()
    readers = [c.key for c in columns if key in c.inputs and c.key != key]
    if readers:
        raise InputError(
            f'"{key}" is read by {named(readers)}',
            next_step=f"leadsync columns edit {readers[0]}, or remove it first",
        )
    fillers = [c.key for c in columns if key in c.outputs.values() and c.key != key]
    if fillers:
        raise InputError(
            f'"{key}" is filled by {named(fillers)}',
            next_step=f"remove {fillers[0]} first, or let it fill another column",
        )
    catalog = workspace.store.catalog()
    for view in workspace.store.views():
        sorts = {sort.removeprefix("-") for sort in view.sort}
        if key in sorts or key in condition_fields(view.filter, catalog):
            raise InputError(
                f'the view "{view.name}" needs "{key}"',
                next_step=f'leadsync views rm "{view.name}"',
            )
    _check_not_filling(workspace, column)


def _check_not_filling(workspace: Workspace, column: Column) -> None:
    for run in workspace.store.runs():
        is_alive = run.state is RunState.RUNNING and any(
            until > time.time() for until in run.members.values()
        )
        if is_alive and column.id in run.column_ids:
            raise BusyError(
                f'run {run.id} is filling "{column.key}"', next_step=f"leadsync runs stop {run.id}"
            )
