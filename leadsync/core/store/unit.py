"""A unit of work: one undoable write with its history, formulas and staleness.

Everything that changes a lead goes through `Unit`, on both engines. It reads what was there,
writes what differs, records (before, after) per lead, recomputes free formula columns and marks
paid cells whose inputs changed as stale. Engines only store (`tx_protocol.Tx`).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from leadsync.core.models import Value, now_iso, to_doc
from leadsync.core.store.filled_cells import is_own, with_marks
from leadsync.core.store.unit_documents import UnitDocuments, after_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.models import Call, Task
    from leadsync.core.store.derive import Changes, Facets

CHUNK = 1000  # leads per read-compare-write round: 2 MB of cells at 20 columns


class Unit(UnitDocuments):
    """One undoable write. Made by `Store.unit`; all of it is stored, or nothing.

    Attributes:
        id: the unit's id, known from the start.
        record: what history will say of it.
    """

    # leads -------------------------------------------------------------------------------
    def add_leads(
        self,
        campaign_id: int,
        fields: Sequence[str],
        rows: Sequence[Sequence[Value]],
        *,
        tags: Sequence[Sequence[str]] = (),
        keys: Sequence[Sequence[str]] | None = None,
    ) -> range:
        """Create leads from rows of cells in the order of `fields`; their ids.

        Formula cells are computed on the way; nothing paid runs.

        Args:
            campaign_id: where they go.
            fields: keys of own fields and columns.
            rows: cells, one sequence a lead.
            tags: of each lead; empty for none at all.
            keys: identity keys of each lead, from a caller that has found them already.
        """
        if not rows:
            return range(0)
        slots = [self.slot(field) for field in fields]
        if self._derivation.formulas:
            slots, rows = self._derivation.fill_rows(fields, slots, rows)
        if keys is None:
            keys = self._identity.keys_of_rows(slots, rows)
        first = self._tx.insert_leads(campaign_id, slots, rows, keys, tags)
        last = first + len(rows) - 1
        created = self.record.created
        if created and created[-1][1] == first - 1:
            created = (*created[:-1], (created[-1][0], last))
        else:
            created = (*created, (first, last))
        self.record = dataclasses.replace(self.record, created=created)
        self._count("created", len(rows))
        return range(first, last + 1)

    def edit(
        self,
        edits: Mapping[int, Mapping[str, Value]],
        *,
        tags: Mapping[int, Iterable[str]] | None = None,
        by_hand: bool = False,
    ) -> int:
        """Set cells, by lead and field key; the number of leads that changed.

        Args:
            edits: lead id -> field key -> new value (None: blank).
            tags: lead id -> tags that it gets beside those it has.
            by_hand: a person wrote it: filled cells of running columns become locked, cleared
                ones are unlocked and may run again; imports keep what was written by hand.
        """
        wanted: dict[int, dict[str, Any]] = {
            lead_id: {self.slot(key): value for key, value in cells.items()}
            for lead_id, cells in edits.items()
        }
        for lead_id, names in (tags or {}).items():
            wanted.setdefault(lead_id, {}).update({f"tag:{name}": 1 for name in names})
        if by_hand:
            for lead_id, cells in edits.items():
                for key, value in cells.items():
                    wanted[lead_id].update(self._derivation.hand_facets(key, value))
            self.record = dataclasses.replace(self.record, by_hand=True)
        return self._count("updated", self._apply(wanted))

    def tag(
        self, lead_ids: Iterable[int], *, add: Iterable[str] = (), drop: Iterable[str] = ()
    ) -> int:
        """Add and remove tags; the number of leads that changed."""
        facets: dict[str, Any] = {f"tag:{t}": 1 for t in add} | {f"tag:{t}": None for t in drop}
        return self._count("updated", self._apply(dict.fromkeys(lead_ids, facets)))

    def lock(self, lead_ids: Iterable[int], key: str, *, locked: bool) -> int:
        """Lock or unlock the cells of a running column against runs."""
        facet = {f"lock:{self.column(key).id}": 1 if locked else None}
        return self._count("updated", self._apply(dict.fromkeys(lead_ids, facet)))

    def move(self, lead_ids: Iterable[int], campaign_id: int) -> int:
        """Move leads to another campaign; the number that moved."""
        return self._count("moved", self._apply({i: {"campaignId": campaign_id} for i in lead_ids}))

    def trash(self, lead_ids: Iterable[int]) -> int:
        """Put leads in the trash; the number that were not there yet."""
        ids = list(lead_ids)
        there = {i for i, row in self._read(ids, ("deletedAt",)).items() if row[0] is not None}
        at = now_iso()
        return self._count(
            "trashed", self._apply({i: {"deletedAt": at} for i in ids if i not in there})
        )

    def restore(self, lead_ids: Iterable[int]) -> int:
        """Take leads out of the trash; the number that were in it."""
        return self._count("restored", self._apply({i: {"deletedAt": None} for i in lead_ids}))

    def settle(
        self,
        tasks: Sequence[Task],
        values: Mapping[int, Mapping[str, Value]],
        calls: Sequence[Call] = (),
        *,
        replaces: bool = False,
    ) -> None:
        """Write outcomes of a run: task records, the cells they fill, and their calls.

        The cells leave the queue in the same unit. Cells locked by hand keep their value, and so
        do filled ones that their column did not write, unless `replaces` is said; a blank never
        takes their place.
        """
        facets: Facets = {}
        for chunk in _chunks([task.lead_id for task in tasks]):
            facets |= self._tx.read_facets(chunk)
        written = self._fillable(values, facets, replaces=replaces)
        wanted: dict[int, dict[str, Any]] = {}
        for task in tasks:
            slot = f"task:{task.column_id}"
            before = facets.get(task.lead_id, {}).get(slot)
            cells = written.get((task.lead_id, task.column_id), {})
            body = to_doc(task)
            body["meta"] = with_marks(body["meta"], before and before["meta"], cells)
            wanted.setdefault(task.lead_id, {})[slot] = body
        for (lead_id, _), cells in written.items():
            wanted.setdefault(lead_id, {}).update(cells)
        if calls:
            self._tx.finish_calls(calls)
        self._apply(wanted, facets=facets)
        self._tx.dequeue([(task.lead_id, task.column_id) for task in tasks])
        self.touched = True

    def _fillable(
        self,
        values: Mapping[int, Mapping[str, Value]],
        facets: Facets,
        *,
        replaces: bool,
    ) -> dict[tuple[int, int], dict[str, Value]]:
        """Of a run's results what may be written: by lead and driving column, by slot."""
        columns = {key: self.column(key) for fields in values.values() for key in fields}
        there = self._read(list(values), [column.slot for column in columns.values()])
        found: dict[tuple[int, int], dict[str, Value]] = {}
        for lead_id, row in there.items():
            filled = dict(zip(columns, row, strict=True))
            known = facets.get(lead_id, {})
            for key, value in values[lead_id].items():
                column, driver_id = columns[key], self._derivation.driver_id(key)
                task = known.get(f"task:{driver_id}")
                is_free = (
                    (replaces and value is not None)
                    or filled[key] is None
                    or is_own(task and task["meta"], column.slot, filled[key])
                )
                if is_free and f"lock:{column.id}" not in known:
                    found.setdefault((lead_id, driver_id), {})[column.slot] = value
        return found

    # the one way to write ----------------------------------------------------------------
    def _apply(
        self,
        wanted: Mapping[int, Mapping[str, Any]],
        *,
        record: bool = True,
        facets: Facets | None = None,
    ) -> int:
        """Write what differs, with formulas, keys and staleness; the number of leads changed.

        `facets` are those of all the leads, from a caller that has read them already.
        """
        changed = 0
        for chunk in _chunks(list(wanted)):
            part = {i: wanted[i] for i in chunk}
            there = self._facets_for(part) if facets is None else facets
            changes = self._differences(part, there)
            if changes:
                self._write(changes, there, record=record)
                changed += len(changes)
        return changed

    def _facets_for(self, wanted: Mapping[int, Mapping[str, Any]]) -> Facets:
        """The facets that matter when these slots are written; none do where no column runs."""
        is_facet = any(":" in slot for cells in wanted.values() for slot in cells)
        needed = is_facet or self._derivation.has_running
        return self._tx.read_facets(list(wanted)) if needed else {}

    def _differences(self, wanted: Mapping[int, Mapping[str, Any]], facets: Facets) -> Changes:
        plain = sorted({s for cells in wanted.values() for s in cells if ":" not in s})
        before = self._read(list(wanted), plain)
        changes: Changes = {}
        for lead_id, row in before.items():
            old = dict(zip(plain, row, strict=True)) | facets.get(lead_id, {})
            cells = {s: (old.get(s), v) for s, v in wanted[lead_id].items() if old.get(s) != v}
            if cells:
                changes[lead_id] = cells
        return changes

    def _write(self, changes: Changes, facets: Facets, *, record: bool) -> None:
        identity = self._identity.affected(changes)
        keys_before = self._identity.keys(self._tx, identity)
        self._tx.write(after_of(changes))
        computed = self._derivation.formula_cells(self._tx, changes)
        if computed:
            self._tx.write(after_of(computed))
        touched = {i: c | computed.get(i, {}) for i, c in changes.items()}
        stale = self._derivation.stale_after(self._tx, touched, facets)
        if stale:
            self._tx.set_stale(stale)
        keys_after = self._identity.keys(self._tx, identity)
        for lead_id, old in keys_before.items():
            if old != keys_after[lead_id]:
                self._tx.replace_keys(lead_id, old, keys_after[lead_id])
        if record:
            self._record(touched)

    def _read(self, ids: Sequence[int], slots: Sequence[str]) -> dict[int, tuple[Any, ...]]:
        found: dict[int, tuple[Any, ...]] = {}
        for chunk in _chunks(ids):
            found |= self._tx.read(chunk, slots)
        return found

    def _count(self, what: str, number: int) -> int:
        if number:
            counts = dict(self.record.counts)
            counts[what] = counts.get(what, 0) + number
            self.record = dataclasses.replace(self.record, counts=counts)
            self.touched = True
        return number


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK))
