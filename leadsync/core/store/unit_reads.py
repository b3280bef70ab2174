"""What an open unit can read: cells, tags and cells written by hand, its own writes included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import UnitRecord
    from leadsync.core.store.protocol import Row
    from leadsync.core.store.tx_protocol import Tx

READ_AT_ONCE = 1000  # leads per statement: 2 MB of cells at 20 columns


class UnitReads:
    """The part of `Unit` that reads."""

    _tx: Tx

    def slot(self, key: str) -> str:
        """The name under which the store keeps a field's values."""
        raise NotImplementedError

    def cells(self, lead_ids: Sequence[int], fields: Sequence[str]) -> dict[int, Row]:
        """Cells by lead, in the order of the fields (own ones and columns, no tags)."""
        slots = [self.slot(field) for field in fields]
        found: dict[int, Row] = {}
        for at in range(0, len(lead_ids), READ_AT_ONCE):
            found |= self._tx.read(lead_ids[at : at + READ_AT_ONCE], slots)
        return found

    def lead_ids(self) -> array[int]:
        """Ids of all leads, those in the trash included."""
        return self._tx.lead_ids()

    def tags_of(self, lead_ids: Sequence[int]) -> dict[int, set[str]]:
        """The tags of these leads; leads without any are left out."""
        return {
            lead_id: {slot[4:] for slot in facets if slot.startswith("tag:")}
            for lead_id, facets in self._facets(lead_ids).items()
        }

    def hand_written(
        self, lead_ids: Sequence[int], fields: Sequence[str]
    ) -> dict[int, frozenset[str]]:
        """The fields among these that a person wrote last, by lead; leads without any are left out.

        A cell is written by hand when it is locked, or when the latest standing unit that wrote
        it says so.
        """
        key_of = {self.slot(field): field for field in fields}
        found: dict[int, set[str]] = {}
        for lead_id, facets in self._facets(lead_ids).items():
            locked = {f"c{slot[5:]}" for slot in facets if slot.startswith("lock:")}
            found[lead_id] = {key_of[slot] for slot in locked & key_of.keys()}
        units: dict[int, UnitRecord | None] = {}
        for at in range(0, len(lead_ids), READ_AT_ONCE):
            for change in self._tx.changes(lead_ids=lead_ids[at : at + READ_AT_ONCE]):
                if change.unit_id not in units:
                    units[change.unit_id] = self._tx.get_unit(change.unit_id)
                unit = units[change.unit_id]
                if unit is not None and not unit.undone_by:
                    own = found.setdefault(change.lead_id, set())
                    _note(own, change.fields, key_of, by_hand=unit.by_hand)
        return {lead_id: frozenset(keys) for lead_id, keys in found.items() if keys}

    def _facets(self, lead_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for at in range(0, len(lead_ids), READ_AT_ONCE):
            found |= self._tx.read_facets(lead_ids[at : at + READ_AT_ONCE])
        return found


def _note(
    own: set[str], slots: Mapping[str, Any], key_of: Mapping[str, str], *, by_hand: bool
) -> None:
    keys = {key_of[slot] for slot in slots.keys() & key_of.keys()}
    if by_hand:
        own |= keys
    else:
        own -= keys
