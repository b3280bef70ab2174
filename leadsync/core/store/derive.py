"""What follows from a change: formula cells, stale marks, locks of cells written by hand."""

from __future__ import annotations

import hashlib
import json
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from leadsync.core.models import OWN_FIELDS, Column, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Value
    from leadsync.core.store.tx_protocol import Formulas, Tx

READ_SLOTS = {
    "email": "email",
    "name": "name",
    "linkedin_url": "linkedinUrl",
    "source": "source",
}

_ENCODER = json.JSONEncoder()

Changes = dict[int, dict[str, tuple[Any, Any]]]
Cell = tuple[int, int]
"""(lead id, column id)."""

Facets = dict[int, dict[str, Any]]
"""By lead id, its tags, locks and tasks as slots (`tag: lock: task:`)."""


class InputHasher:
    """Hashes what the cells of one column are made from: its definition and its input cells.

    Tags, campaign and dates of a lead do not count: changing them makes nothing stale.
    """

    def __init__(self, column: Column) -> None:
        """Take the column as it is defined now."""
        self._keys = [k for k in column.inputs if k in READ_SLOTS or k not in OWN_FIELDS]
        definition = [column.kind, column.config, column.outputs, column.condition]
        self._start = hashlib.blake2b(
            json.dumps(definition, sort_keys=True).encode(), digest_size=12
        )

    def of(self, values: Mapping[str, Any]) -> str:
        """A short hash for one lead; equal definitions and inputs have equal hashes."""
        found = self._start.copy()
        cells = ", ".join([_json_of(values.get(key)) for key in self._keys])
        found.update(f"[{cells}]".encode())
        return found.hexdigest()

    @property
    def definition(self) -> str:
        """A short hash of the definition alone."""
        return self._start.hexdigest()


def _json_of(value: Any) -> str:
    # Most cells are text, and an encoder costs more than all the rest of a hash.
    return encode_basestring_ascii(value) if type(value) is str else _ENCODER.encode(value)


def input_hash(column: Column, values: Mapping[str, Any]) -> str:
    """What `Task.input_hash` holds for a cell made from these input cells."""
    return InputHasher(column).of(values)


class Derivation:
    """Knows the workspace's columns and says what a change of cells entails."""

    def __init__(self, columns: Sequence[Column], formulas: Formulas | None) -> None:
        """Take the columns of the workspace, and its formulas where it has any."""
        self.formulas = formulas if formulas and formulas.writes else None
        self._slots = READ_SLOTS | {column.key: column.slot for column in columns}
        self._running = tuple(c for c in columns if c.is_running)
        self.has_running = bool(self._running)
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

    def driver_id(self, key: str) -> int:
        """The running column that fills a column, itself perhaps; 0: none does."""
        driver = self._drivers.get(key)
        return driver.id if driver else 0

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

    def formula_cells(self, tx: Tx, changes: Changes) -> Changes:
        """Formula cells that these changes, which are written already, alter."""
        if not self.formulas:
            return {}
        reads = {self._slots[key] for key in self.formulas.reads if key in self._slots}
        reads |= self._formula_slots
        return self.recomputed(tx, [i for i, c in changes.items() if not reads.isdisjoint(c)])

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

    def restaled(self, tx: Tx, column: Column, lead_ids: Sequence[int]) -> dict[Cell, bool]:
        """Cells of a running column whose staleness differs from what is stored."""
        facets = tx.read_facets(lead_ids)
        return self._stale_among(tx, {lead_id: [column] for lead_id in lead_ids}, facets)

    def stale_after(self, tx: Tx, changes: Changes, facets: Facets) -> dict[Cell, bool]:
        """Cells whose staleness these changes, which are written already, have altered.

        `facets` are those that the leads had before.
        """
        watching = [
            (
                column,
                {self._slots[k] for k in column.inputs if k in self._slots} | {f"task:{column.id}"},
            )
            for column in self._running
        ]
        affected: dict[int, list[Column]] = {}
        for lead_id, cells in changes.items():
            columns = [c for c, watched in watching if not watched.isdisjoint(cells)]
            if columns:
                affected[lead_id] = columns
        after = {i: facets.get(i, {}) | _facets_of(changes[i]) for i in affected}
        return self._stale_among(tx, affected, after)

    def _stale_among(
        self, tx: Tx, affected: Mapping[int, Sequence[Column]], facets: Facets
    ) -> dict[Cell, bool]:
        found: dict[Cell, bool] = {}
        if not affected:
            return found
        every = {c.id: c for columns in affected.values() for c in columns}
        hashers = {number: InputHasher(column) for number, column in every.items()}
        known = sorted({k for c in every.values() for k in c.inputs if k in self._slots})
        rows = tx.read(list(affected), [self._slots[key] for key in known])
        for lead_id, columns in affected.items():
            values = dict(zip(known, rows[lead_id], strict=True))
            for column in columns:
                task = facets.get(lead_id, {}).get(f"task:{column.id}")
                if task and task["status"] == Status.SUCCESS and task.get("inputHash"):
                    stale = task["inputHash"] != hashers[column.id].of(values)
                    if stale != bool(task.get("stale")):
                        found[lead_id, column.id] = stale
        return found


def _facets_of(cells: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """What changed cells leave behind in slots of facets."""
    return {slot: after for slot, (_, after) in cells.items() if ":" in slot}
