"""Taking units back: the value that the units still standing give a cell."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Change, Doc, UnitRecord
    from leadsync.core.store.tx_protocol import Tx

LEADS_AT_ONCE = 1000
DOCUMENT = "doc:"
COLUMNS = "doc:columns/"
_NAMED = frozenset({"campaigns", "views"})
NO_LEAD = 0
"""The lead id under which history keeps changes of documents."""


class Restoring(Protocol):
    """What undo asks of the unit that it happens in."""

    def restore_cells(self, values: Mapping[int, Mapping[str, Any]]) -> None:
        """Set slots of leads with all that follows from them."""
        ...

    def columns_restored(self, bodies: Mapping[int, Doc | None]) -> None:
        """Go on with these columns as they are now; None: it is gone."""
        ...


def restore_unit(tx: Tx, target: UnitRecord, unit: Restoring, *, undone_by: int) -> None:
    """Toggle a unit: one that stands is taken back, one that was an undo brings its unit back."""
    undone = not target.undone_by
    tx.put_unit(dataclasses.replace(target, undone_by=undone_by if undone else 0))
    _set_standing(tx, target, unit, undone=undone)
    if target.undoes:
        first = tx.get_unit(target.undoes)
        if first is not None:
            tx.put_unit(dataclasses.replace(first, undone_by=0 if undone else target.id))
            _set_standing(tx, first, unit, undone=not undone)


def _set_standing(tx: Tx, target: UnitRecord, unit: Restoring, *, undone: bool) -> None:
    inactive = tx.undone_units()
    documents = _Documents(tx, target.id, inactive)
    # Columns come first, because formulas are computed with the cells, and those that leads may
    # still use go last, when it is known whether they do.
    unit.columns_restored(documents.restore_defined())
    at = 0
    while batch := tx.changes(unit_id=target.id, after=at):
        at = batch[-1].seq
        touched: dict[int, set[str]] = {}
        for change in batch:
            if change.lead_id != NO_LEAD:
                touched.setdefault(change.lead_id, set()).update(change.fields)
        ids = list(touched)
        for start in range(0, len(ids), LEADS_AT_ONCE):
            chunk = ids[start : start + LEADS_AT_ONCE]
            history = _by_lead(tx.changes(lead_ids=chunk))
            unit.restore_cells(
                {i: _standing_values(history[i], touched[i], inactive) for i in chunk}
            )
    for first, last in target.created:
        tx.set_created_undone(first, last, undone=undone)
    unit.columns_restored(documents.restore_orphans())
    documents.check_names()


class _Documents:
    """The documents that one unit wrote, and those whose creation is undone.

    A column or campaign whose creation is undone stays while leads of other units use it, and
    comes back when one of those is redone: nobody else's cells vanish with it. Cells of formulas
    are nobody's.
    """

    def __init__(self, tx: Tx, unit_id: int, inactive: set[int]) -> None:
        self._tx = tx
        self._history = tx.changes(lead_ids=[NO_LEAD])
        created_by = {
            s: c.unit_id for c in reversed(self._history) for s, (b, _) in c.fields.items() if not b
        }
        created_undone = {
            slot
            for slot, number in created_by.items()
            if number in inactive and slot.startswith((COLUMNS, "doc:campaigns/"))
        }
        self._renamed: set[str] = set()
        written = {s for c in self._history if c.unit_id == unit_id for s in c.fields}
        self._values = _standing_values(self._history, written | created_undone, inactive)
        self._orphans = {
            slot
            for slot in created_undone
            if self._values[slot] is None and not self._is_formula(slot)
        }

    def restore_defined(self) -> dict[int, Doc | None]:
        """Bring documents to what the standing units say; the columns that changed."""
        wanted = {s: body for s, body in self._values.items() if s not in self._orphans}
        return self._put(wanted)

    def restore_orphans(self) -> dict[int, Doc | None]:
        """Remove what no standing unit made and nobody uses; the columns that changed."""
        wanted: dict[str, Doc | None] = {}
        for slot in self._orphans:
            kind, number = _place(slot)
            used = self._tx.in_use(kind, number)
            kept = self._tx.get_document(kind, number) or self._images(slot)[-1]
            wanted[slot] = kept if used else None
        return self._put(wanted)

    def check_names(self) -> None:
        """Make sure that no two campaigns or views have one name now.

        Raises:
            InputError: two have; the name is said.
        """
        for kind in self._renamed:
            seen: set[str] = set()
            slots = {s for c in self._history for s in c.fields if s.startswith(f"doc:{kind}/")}
            for slot in slots:
                body = self._tx.get_document(*_place(slot)) or {"name": slot}
                name = str(body["name"])
                if name.casefold() in seen:
                    raise InputError(
                        f'there would be two {kind} "{name}" then',
                        next_step="give the present one another name first",
                    )
                seen.add(name.casefold())

    def _put(self, wanted: Mapping[str, Doc | None]) -> dict[int, Doc | None]:
        columns: dict[int, Doc | None] = {}
        for slot, body in wanted.items():
            kind, number = _place(slot)
            if body == self._tx.get_document(kind, number):
                continue
            if kind in _NAMED:
                self._renamed.add(kind)
            if body is None:
                self._tx.remove_document(kind, number)
            else:
                self._tx.put_document(kind, body)
            if slot.startswith(COLUMNS):
                columns[number] = body
        return columns

    def _is_formula(self, slot: str) -> bool:
        return all(image.get("kind") == "template" for image in self._images(slot))

    def _images(self, slot: str) -> list[Doc]:
        return [c.fields[slot][1] for c in self._history if slot in c.fields and c.fields[slot][1]]


def _place(slot: str) -> tuple[str, int]:
    kind, _, number = slot.removeprefix(DOCUMENT).partition("/")
    return kind, int(number)


def _standing_values(
    history: Sequence[Change], slots: set[str], inactive: set[int]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for change in history:
        for slot in slots & change.fields.keys():
            before, after = change.fields[slot]
            values.setdefault(slot, before)
            if change.unit_id not in inactive:
                values[slot] = after
    return values


def _by_lead(changes: Sequence[Change]) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = {}
    for change in changes:
        found.setdefault(change.lead_id, []).append(change)
    return found
