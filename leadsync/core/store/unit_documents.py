"""The columns and other documents of an open unit, and the taking back of units.

A changed column changes what follows from cells: its formula cells are computed anew, and cells
that a run has filled are stale while their definition is another one.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError, NotFound
from leadsync.core.models import ACCESS_KINDS, OWN_FIELDS, Column, from_doc, now_iso, to_doc
from leadsync.core.store.derive import READ_SLOTS, Derivation, InputHasher
from leadsync.core.store.identity_slots import IdentitySlots
from leadsync.core.store.undo import restore_unit
from leadsync.core.store.unit_reads import UnitReads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadsync.core.models import Doc, UnitRecord
    from leadsync.core.store.derive import Changes
    from leadsync.core.store.tx_protocol import Formulas, Tx

    FormulaFactory = Callable[[Sequence[Column]], Formulas | None]

COLUMNS = "columns"
LEADS_AT_ONCE = 1000  # leads per round of what follows from a changed column


class UnitDocuments(UnitReads):
    """The part of `Unit` that knows the workspace's documents.

    Attributes:
        id: the unit's id, known from the start.
        record: what history will say of it.
        touched: whether anything was written; a unit that did nothing leaves no trace.
    """

    def __init__(
        self, tx: Tx, record: UnitRecord, columns: Sequence[Column], make_formulas: FormulaFactory
    ) -> None:
        """Begin over an open engine transaction; `columns` are those of the workspace now."""
        self._tx = tx
        self.id = record.id
        self.record = record
        self.touched = False
        self._make_formulas = make_formulas
        self._set_columns(columns)

    def _set_columns(self, columns: Sequence[Column]) -> None:
        self._columns = {column.key: column for column in columns}
        self._identity = IdentitySlots(columns)
        self._derivation = Derivation(columns, self._make_formulas(columns))

    def column(self, key: str) -> Column:
        """The column of that key.

        Raises:
            NotFound: with the nearest key.
        """
        if key not in self._columns:
            raise NotFound("column", key, known=self._columns, next_step="leadsync columns list")
        return self._columns[key]

    def slot(self, key: str) -> str:
        """The name under which the store keeps a field's values."""
        if key in READ_SLOTS:
            return READ_SLOTS[key]
        assert key not in OWN_FIELDS, f"{key} cannot be written as a cell"
        return self.column(key).slot

    # documents ---------------------------------------------------------------------------
    def put(self, kind: str, body: Doc) -> int:
        """Store a document (campaign, view) with its history; its id."""
        assert kind not in ACCESS_KINDS, "hashes do not go into history"
        doc_id = int(body.get("id") or 0)
        before = self._tx.get_document(kind, doc_id) if doc_id else None
        new_id = self._tx.put_document(kind, body)
        after = {**body, "id": new_id}
        if before != after:
            self._record({0: {f"doc:{kind}/{new_id}": (before, after)}})
        return new_id

    def remove(self, kind: str, doc_id: int) -> None:
        """Take a document away; undo brings it back."""
        before = self._tx.get_document(kind, doc_id)
        if before is not None:
            self._tx.remove_document(kind, doc_id)
            self._record({0: {f"doc:{kind}/{doc_id}": (before, None)}})

    def add_column(self, column: Column) -> Column:
        """Store a new or changed column; with its id.

        Args:
            column: id 0 makes a new one. After changed definitions call `recompute_formulas` or
                `mark_stale`; new columns without cells need neither.
        """
        body = to_doc(column)
        if not column.id:
            body |= {"createdAt": now_iso(), "createdUnit": self.id}
        column_id = self.put(COLUMNS, body)
        if not column.id:
            self._tx.add_column_slot(column_id)
        stored = from_doc(Column, {**body, "id": column_id})
        others = [c for c in self._columns.values() if c.id != column_id]
        self._set_columns([*others, stored])
        return stored

    def remove_column(self, column: Column) -> None:
        """Take a column away. Its cells stay in the store, unseen, for undo."""
        self.remove(COLUMNS, column.id)
        self._set_columns([c for c in self._columns.values() if c.id != column.id])

    def recompute_formulas(self, *, record: bool = True) -> int:
        """Compute the formula cells of all leads anew; the number of leads that changed.

        Leads in the trash are among them. Reads every lead once.
        """
        changed = 0
        for chunk in _chunks(self._tx.lead_ids()):
            cells = self._derivation.recomputed(self._tx, chunk)
            if cells:
                changed += len(cells)
                self._tx.write(after_of(cells))
                facets = self._tx.read_facets(list(cells))
                stale = self._derivation.stale_after(self._tx, cells, facets)
                if stale:
                    self._tx.set_stale(stale)
                if record:
                    self._record(cells)
        return changed

    def mark_stale(self, key: str) -> int:
        """Compare the cells that runs have filled with the column's definition now.

        Returns:
            The number of cells that became stale.
        """
        column, number = self.column(key), 0
        for chunk in _chunks(self._tx.lead_ids(with_task=column.id)):
            differing = self._derivation.restaled(self._tx, column, chunk)
            if differing:
                number += sum(differing.values())
                self._tx.set_stale(differing)
        return number

    def finalise(self, what: str, number: int) -> None:
        """Keep this unit in history though it changed no lead; it cannot be taken back."""
        counts = {**self.record.counts, what: number}
        self.record = dataclasses.replace(self.record, counts=counts, final=True)
        self.touched = True

    # undo --------------------------------------------------------------------------------
    def undo(self, unit_id: int) -> None:
        """Take a unit back (or, where that unit was an undo, bring its unit back).

        Cells get the value that the units still standing give them: of several units that
        wrote a cell, the latest one that stands; none stands: what was there at first. So any
        units can be undone in any order.

        Raises:
            InputError: it would bring a column back whose key another column has now.
            NotFound: there is no such unit.
        """
        target = self._tx.get_unit(unit_id)
        if target is None:
            raise NotFound("unit", unit_id, next_step="leadsync history")
        self.record = dataclasses.replace(self.record, undoes=unit_id)
        self.touched = True
        columns_before = {column.id: column for column in self._columns.values()}
        restore_unit(self._tx, target, self, undone_by=self.id)
        self._follow_columns(columns_before)

    def restore_cells(self, values: Mapping[int, Mapping[str, Any]]) -> None:
        """Set slots of leads as undo found them; formulas are computed, not restored."""
        formulas = {c.slot for c in self._columns.values() if c.kind == "template"}
        self._apply(
            {i: {s: v for s, v in row.items() if s not in formulas} for i, row in values.items()},
            record=False,
        )

    def columns_restored(self, bodies: Mapping[int, Doc | None]) -> None:
        """Go on with these columns as they are now; None: it is gone."""
        if not bodies:
            return
        columns = {c.id: c for c in self._columns.values() if c.id not in bodies}
        columns |= {i: from_doc(Column, body) for i, body in bodies.items() if body is not None}
        ordered = [columns[number] for number in sorted(columns)]
        keys = [column.key for column in ordered]
        for column in ordered:
            if keys.count(column.key) > 1:
                raise InputError(
                    f'there would be two columns "{column.key}" then',
                    next_step="undo the unit that added the present one first: leadsync history",
                )
        self._set_columns(ordered)

    def _follow_columns(self, before: Mapping[int, Column]) -> None:
        """Bring formula cells and stale marks to what the restored columns say."""
        changed = [c for c in self._columns.values() if c != before.get(c.id)]
        if any(column.kind == "template" for column in changed):
            self.recompute_formulas(record=False)
        for column in changed:
            old = before.get(column.id)
            same = old and InputHasher(old).definition == InputHasher(column).definition
            if column.is_running and not same:
                self.mark_stale(column.key)

    def _record(self, changes: Changes) -> None:
        self._tx.add_changes(list(changes.items()))
        self.touched = True

    def _apply(self, wanted: Mapping[int, Mapping[str, Any]], *, record: bool = True) -> int:
        """Write what differs, with all that follows; the number of leads changed."""
        raise NotImplementedError


def after_of(changes: Changes) -> dict[int, dict[str, Any]]:
    """What changes write: slot -> new value, by lead."""
    return {i: {slot: new for slot, (_, new) in cells.items()} for i, cells in changes.items()}


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[at : at + LEADS_AT_ONCE] for at in range(0, len(ids), LEADS_AT_ONCE)]
