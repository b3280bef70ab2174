"""What follows from a change: formula cells, stale marks, locks of cells written by hand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadsync.core.models import Column, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Value
    from leadsync.core.store.protocol import Formulas, Tx

READ_SLOTS = {
    "email": "email",
    "name": "name",
    "linkedin_url": "linkedinUrl",
    "source": "source",
}

Changes = dict[int, dict[str, tuple[Any, Any]]]


def input_hash(inputs: Sequence[str], values: Mapping[str, Any]) -> str:
    """A short hash of the input cells of one lead; equal inputs have equal hashes."""
    cells = [values.get(key) for key in inputs]
    return hashlib.blake2b(json.dumps(cells).encode(), digest_size=12).hexdigest()


@dataclass(slots=True)
class Derived:
    """Formula cells that changed, and tasks whose staleness changed."""

    cells: Changes = field(default_factory=dict[int, dict[str, tuple[Any, Any]]])
    stale: dict[tuple[int, int], bool] = field(default_factory=dict[tuple[int, int], bool])


class Derivation:
    """Knows the workspace's columns and says what a change of cells entails."""

    def __init__(self, columns: Sequence[Column], formulas: Formulas | None) -> None:
        """Take the columns of the workspace, and its formulas where it has any."""
        self.formulas = formulas if formulas and formulas.writes else None
        self._slots = READ_SLOTS | {column.key: column.slot for column in columns}
        self._running = tuple(c for c in columns if c.is_running)
        self._by_key = {column.key: column for column in columns}
        self._drivers = {
            key: column
            for column in self._running
            for key in (*column.outputs.values(), column.key)
        }
        self._formula_slots = (
            {c.slot for c in self.formulas.writes} if self.formulas else set[str]()
        )

    def hand_facets(self, key: str, value: Value) -> dict[str, Any]:
        """Locks and tasks that a cell written by hand changes."""
        driver = self._drivers.get(key)
        if driver is None:
            return {}
        if value is None:
            return {f"lock:{self._by_key[key].id}": None, f"task:{driver.id}": None}
        return {f"lock:{self._by_key[key].id}": 1}

    def fill_rows(
        self, fields: Sequence[str], slots: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> tuple[list[str], list[Sequence[Value]]]:
        """New rows with their formula cells appended."""
        assert self.formulas
        keep = [n for n, slot in enumerate(slots) if slot not in self._formula_slots]
        kept_fields = [fields[n] for n in keep]
        written = self.formulas.writes
        filled: list[Sequence[Value]] = []
        for row in rows:
            cells = [row[n] for n in keep]
            computed = self.formulas.compute(dict(zip(kept_fields, cells, strict=True)))
            filled.append([*cells, *(computed[column.key] for column in written)])
        return [slots[n] for n in keep] + [column.slot for column in written], filled

    def after(self, tx: Tx, changes: Changes) -> Derived:
        """What these written changes entail, compared with what is stored."""
        derived = Derived()
        if self.formulas:
            reads = {self._slots[key] for key in self.formulas.reads if key in self._slots}
            reads |= self._formula_slots
            ids = [i for i, cells in changes.items() if not reads.isdisjoint(cells)]
            derived.cells = self.recomputed(tx, ids)
        self._find_stale(tx, changes, derived)
        return derived

    def recomputed(self, tx: Tx, lead_ids: Sequence[int]) -> Changes:
        """Formula cells of these leads that differ from what is stored."""
        if not self.formulas or not lead_ids:
            return {}
        written = self.formulas.writes
        keys = sorted(
            {k for k in self.formulas.reads if k in self._slots} | {c.key for c in written}
        )
        slots = [self._slots[key] for key in keys]
        changes: Changes = {}
        for lead_id, row in tx.read(lead_ids, slots).items():
            values = dict(zip(keys, row, strict=True))
            computed = self.formulas.compute(values)
            cells = {
                c.slot: (values[c.key], computed[c.key])
                for c in written
                if values[c.key] != computed[c.key]
            }
            if cells:
                changes[lead_id] = cells
        return changes

    def _find_stale(self, tx: Tx, changes: Changes, derived: Derived) -> None:
        watching = [
            (
                column,
                {self._slots[k] for k in column.inputs if k in self._slots} | {f"task:{column.id}"},
            )
            for column in self._running
        ]
        affected: dict[int, list[Column]] = {}
        for lead_id, cells in changes.items():
            touched = cells.keys() | derived.cells.get(lead_id, {}).keys()
            columns = [column for column, watched in watching if not watched.isdisjoint(touched)]
            if columns:
                affected[lead_id] = columns
        if not affected:
            return
        ids = list(affected)
        facets = tx.read_facets(ids)
        keys = sorted({k for columns in affected.values() for c in columns for k in c.inputs})
        known = [key for key in keys if key in self._slots]
        rows = tx.read(ids, [self._slots[key] for key in known])
        for lead_id, columns in affected.items():
            values = dict(zip(known, rows[lead_id], strict=True))
            for column in columns:
                task = facets.get(lead_id, {}).get(f"task:{column.id}")
                if task and task["status"] == Status.SUCCESS and task.get("inputHash"):
                    stale = task["inputHash"] != input_hash(column.inputs, values)
                    if stale != bool(task.get("stale")):
                        derived.stale[lead_id, column.id] = stale
