"""Identity keys of stored leads: which slots they are read from.

A lead's keys are its e-mail, its alternate addresses, its LinkedIn profile and member id; where it
has none of these, its name with its company. Cells may have been typed by hand, so addresses are
made canonical here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.identity import NO_EMAIL, clean_email_cell, identity_keys
from leadsync.core.store.protocol import IDENTITY_KEYS, IDENTITY_SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.models import Column, Value
    from leadsync.core.store.tx_protocol import Tx

_OWN_FIELDS = ("email", "linkedin_url", "name")
"""The fields of `IDENTITY_SLOTS`."""

Owned = tuple[int, tuple[str, ...]]
"""A lead's campaign id and its identity keys there."""


class IdentitySlots:
    """Reads identity keys out of rows, knowing which columns hold them.

    Attributes:
        fields: keys of the fields that identity is read from.
        slots: the same as slots of the store.
    """

    def __init__(self, columns: Iterable[Column]) -> None:
        """Find the columns that take part in identity."""
        by_key = {column.key: column.slot for column in columns}
        self._slots = (*IDENTITY_SLOTS, *(by_key.get(key) for key in IDENTITY_KEYS))
        self._known = tuple(slot for slot in self._slots if slot)
        self.fields = (*_OWN_FIELDS, *(key for key in IDENTITY_KEYS if key in by_key))

    @property
    def slots(self) -> tuple[str, ...]:
        """Slots that identity is read from."""
        return self._known

    def affected(self, changes: Mapping[int, Mapping[str, Any]]) -> list[int]:
        """The leads whose keys these changes may alter."""
        watched = {*self._known, "campaignId"}
        return [lead_id for lead_id, cells in changes.items() if not watched.isdisjoint(cells)]

    def keys(self, tx: Tx, lead_ids: Sequence[int]) -> dict[int, Owned]:
        """The keys of stored leads, as the unit sees them now."""
        if not lead_ids:
            return {}
        rows = tx.read(lead_ids, ("campaignId", *self._known))
        at = {slot: index for index, slot in enumerate(self._known, start=1)}
        return {i: (row[0], self._of(row, at)) for i, row in rows.items()}

    def keys_of_rows(
        self, slots: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> list[tuple[str, ...]]:
        """The keys of rows that are not stored yet."""
        at = {slot: slots.index(slot) for slot in self._known if slot in slots}
        return [self._of(row, at) for row in rows]

    def _of(self, row: Sequence[Any], at: Mapping[str, int]) -> tuple[str, ...]:
        email, linkedin, name, alternates, member, company = (
            row[at[slot]] if slot and slot in at else None for slot in self._slots
        )
        first = clean_email_cell(str(email)) if email else NO_EMAIL
        others = first.alternates
        if alternates:
            more = clean_email_cell(str(alternates))
            others = (*others, *filter(None, (more.email,)), *more.alternates)
        return identity_keys(
            first.email,
            others,
            str(linkedin) if linkedin else None,
            str(member) if member else None,
            str(name) if name else None,
            str(company) if company else None,
        )
