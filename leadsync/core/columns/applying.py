"""Applying definitions: bringing a workspace's columns to what a column file says."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from leadsync.core.columns.checking import Checked, ColumnSpec, check_spec
from leadsync.core.columns.definitions import EditResult, check_graph, place, store_changed
from leadsync.core.columns.fields import label_of
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.models import Column
from leadsync.core.store.rehearsal import open_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.store.unit import Unit
    from leadsync.core.workspace import Workspace


class Applied(StrEnum):
    """What became of one definition."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class AppliedColumn(NamedTuple):
    """One definition, what became of it, and what that entailed."""

    key: str
    outcome: Applied
    result: EditResult


def apply_columns(
    workspace: Workspace,
    specs: Sequence[ColumnSpec],
    *,
    label: str = "apply columns",
    dry_run: bool = False,
) -> list[AppliedColumn]:
    """Add and change columns so that they are as defined; one unit, none where nothing differs.

    Columns that are not mentioned stay. Definitions may name each other in any order. A dry run
    does all of it and takes it back.

    Raises:
        InputError: a definition cannot be used; nothing is stored then.
        NotFound: a kind is not installed.
    """
    done: list[AppliedColumn] = []
    with open_unit(workspace.store, workspace.actor, label, dry_run=dry_run) as unit:
        columns = workspace.store.columns()
        there = {column.key: column for column in columns}
        checked = _check_all(specs, columns)
        done = [_store(unit, there.get(each.column.key), each) for each in checked]
        touched = [c for c, d in zip(checked, done, strict=True) if d.outcome != Applied.UNCHANGED]
        kinds = {each.column.kind for each in touched}
        kinds |= {there[each.column.key].kind for each in touched if each.column.key in there}
        if TEMPLATE in kinds:
            number = unit.recompute_formulas()
            done = [
                d._replace(result=replace(d.result, recomputed=number))
                if d.result.column.kind == TEMPLATE and d.outcome != Applied.UNCHANGED
                else d
                for d in done
            ]
    return done


def _check_all(specs: Sequence[ColumnSpec], columns: Sequence[Column]) -> list[Checked]:
    there = {column.key: column for column in columns}
    defined = {spec.key for spec in specs}
    others = [column for column in columns if column.key not in defined]
    planned = {spec.key: _placeholder(spec) for spec in specs}
    checked: list[Checked] = []
    for spec in specs:
        found = check_spec(spec, others, old=there.get(spec.key), planned=list(planned.values()))
        planned[spec.key] = found.column
        others += found.targets
        checked.append(found)
    check_graph([*others, *planned.values()])
    return checked


def _placeholder(spec: ColumnSpec) -> Column:
    return Column(
        0, spec.key, spec.label or label_of(spec.key), spec.kind, spec.type, outputs=spec.outputs
    )


def _store(unit: Unit, old: Column | None, checked: Checked) -> AppliedColumn:
    key = checked.column.key
    if old is None:
        return AppliedColumn(key, Applied.ADDED, EditResult(place(unit, checked), changed=True))
    result = store_changed(unit, old, checked, compute=False)
    outcome = Applied.CHANGED if result.changed else Applied.UNCHANGED
    return AppliedColumn(key, outcome, result)
