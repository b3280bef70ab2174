"""One batch of rows merged into leads: those that are there, and those that the batch makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.identity import identity_keys
from leadsync.core.importing.merge import ALTERNATES, OnDuplicate, addresses, merge
from leadsync.core.importing.rows import IDENTITY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadsync.core.importing.placing import Placer
    from leadsync.core.importing.rows import Batch
    from leadsync.core.models import Value
    from leadsync.core.store.unit import Unit

Cells = tuple["Value", ...]


@dataclass(slots=True)
class Merged:
    """What became of the rows of one batch.

    Attributes:
        created: numbers of the rows that made a lead.
        conflicts: row number -> reason.
    """

    created: list[int] = field(default_factory=list[int])
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    conflicts: dict[int, str] = field(default_factory=dict[int, str])


class BatchMerge:
    """Gathers what a batch does, and writes it at the end.

    An owner of a key is a lead's id, or -1, -2 … for the first, second … lead that the batch
    itself is going to make.
    """

    def __init__(
        self,
        placer: Placer,
        unit: Unit,
        batch: Batch,
        fields: Sequence[str],
        lines: Sequence[int],
    ) -> None:
        """Begin with nothing to write."""
        self._placer = placer
        self._unit = unit
        self._batch = batch
        self._fields = fields
        self._lines = lines
        self._rows = batch.rows(fields)
        self._policy = placer.policy
        self._result = Merged()
        self._owners: dict[str, int] = {}
        self._new: list[Cells] = []
        self._new_keys: list[tuple[str, ...]] = []
        self._new_tags: list[tuple[str, ...]] = []
        self._leads: dict[int, Cells] = {}
        self._tags: dict[int, set[str]] = {}
        self._by_hand: dict[int, frozenset[str]] = {}
        self._edits: dict[int, dict[str, Value]] = {}
        self._tag_edits: dict[int, list[str]] = {}
        self._later_keys: dict[str, int] = {}

    def add_all(self, numbers: Sequence[int]) -> None:
        """Every row is a new lead."""
        batch = self._batch
        self._result.created = list(numbers)
        if len(numbers) == batch.count:
            self._new, self._new_keys, self._new_tags = self._rows, batch.keys, batch.tags
            return
        self._new = [self._rows[n] for n in numbers]
        self._new_keys = [batch.keys[n] for n in numbers]
        self._new_tags = [batch.tags[n] for n in numbers] if batch.tags else []

    def leave_out_equal(self, numbers: Sequence[int], owners: dict[str, int]) -> list[int]:
        """Count the rows that are cell by cell the owner of their first key; the other rows.

        The plain case of a second import, which is to be no slower than the first. Only where
        blank cells are filled: otherwise it counts in which order rows meet their lead.
        """
        leads, rows, keys = self._read_leads(owners), self._rows, self._batch.keys
        different = [
            n
            for n in numbers
            if (owner := owners.get(keys[n][0])) is None or leads[owner] != rows[n]
        ]
        self._result.unchanged += len(numbers) - len(different)
        return different

    def merge(self, numbers: Sequence[int], owners: dict[str, int]) -> None:
        """Every row goes to the owner of its keys, or is a new lead."""
        self._owners = owners
        self._leads = self._read_leads(owners)
        self._make_room_for_alternates()
        if self._batch.tags:
            found = self._unit.tags_of(list(self._leads))
            self._tags = {lead_id: found.get(lead_id, set()) for lead_id in self._leads}
        if self._policy.may_overwrite and not self._policy.force:
            self._read_hands(numbers)
        for n in numbers:
            self._place(n)

    def _read_leads(self, owners: dict[str, int]) -> dict[int, Cells]:
        """The owners' cells; blank ones for columns that are not there yet, which stand last."""
        known = self._placer.existing(self._fields)
        leads = self._unit.cells(sorted(set(owners.values())), known)
        if len(known) == len(self._fields):
            return leads
        blank = (None,) * (len(self._fields) - len(known))
        return {lead_id: row + blank for lead_id, row in leads.items()}

    def _make_room_for_alternates(self) -> None:
        """Add the field to which an address of a row may have to go."""
        if ALTERNATES in self._fields:
            return
        self._fields = [*self._fields, ALTERNATES]
        self._rows = [(*row, None) for row in self._rows]
        if self._placer.existing([ALTERNATES]):
            alternates = self._unit.cells(list(self._leads), [ALTERNATES])
            self._leads = {i: row + alternates[i] for i, row in self._leads.items()}
        else:
            self._leads = {i: (*row, None) for i, row in self._leads.items()}

    def _read_hands(self, numbers: Sequence[int]) -> None:
        different = {
            owner
            for n in numbers
            for owner in self._owners_of(n)
            if self._leads[owner] != self._rows[n]
        }
        known = self._placer.existing(self._fields)
        self._by_hand = self._unit.hand_written(sorted(different), known)

    def _owners_of(self, n: int) -> set[int]:
        return {self._owners[key] for key in self._batch.keys[n] if key in self._owners}

    def _place(self, n: int) -> None:
        keys = self._batch.keys[n]
        found = self._owners_of(n)
        if not found:
            self._new.append(self._rows[n])
            self._new_keys.append(keys)
            self._new_tags.append(self._batch.tags[n] if self._batch.tags else ())
            self._result.created.append(n)
            self._owners |= dict.fromkeys(keys, -len(self._new))
        elif len(found) > 1:
            self._result.conflicts[n] = self._conflict(keys)
        else:
            owner = found.pop()
            self._merge_into(owner, n)
            later = [key for key in keys if key not in self._owners]
            self._owners |= dict.fromkeys(later, owner)
            self._later_keys |= dict.fromkeys(later, owner)

    def _conflict(self, keys: Iterable[str]) -> str:
        by_owner: dict[int, str] = {}
        for key in keys:
            if key in self._owners:
                by_owner.setdefault(self._owners[key], key[2:])
        who = [
            f"lead {owner} ({key})" if owner > 0
            else f"the row of line {self._lines[self._result.created[-owner - 1]]} ({key})"
            for owner, key in by_owner.items()
        ]  # fmt: skip
        return "belongs to more than one lead: " + ", ".join(who)

    def _merge_into(self, owner: int, n: int) -> None:
        """Merge a row into its lead, and count it."""
        if owner < 0:
            self._count(self._merge_into_new(-owner - 1, n))
            return
        is_first = self._placer.touch(owner)
        if self._policy.on_duplicate is OnDuplicate.SKIP and not self._placer.is_of_this_file(
            owner
        ):
            self._result.skipped += 1
            return
        lead, row = self._leads[owner], self._rows[n]
        tags = self._missing_tags(owner, n)
        changes: dict[str, Value] = {}
        if lead != row:
            policy = self._policy if is_first else self._policy.within_file
            changes = merge(self._fields, lead, row, policy, self._by_hand.get(owner, frozenset()))
        if changes:
            self._leads[owner] = self._with(lead, changes)
            self._edits.setdefault(owner, {}).update(changes)
        if tags:
            self._tags[owner].update(tags)
            self._tag_edits.setdefault(owner, []).extend(tags)
        self._count(bool(changes or tags))

    def _missing_tags(self, owner: int, n: int) -> list[str]:
        if not self._batch.tags:
            return []
        own = self._tags[owner]
        return [tag for tag in self._batch.tags[n] if tag not in own]

    def _merge_into_new(self, index: int, n: int) -> bool:
        changes = merge(self._fields, self._new[index], self._rows[n], self._policy.within_file)
        if changes:
            self._new[index] = self._with(self._new[index], changes)
            self._new_keys[index] = self._keys_of(self._new[index])
        own = self._new_tags[index]
        tags = tuple(dict.fromkeys((*own, *(self._batch.tags[n] if self._batch.tags else ()))))
        self._new_tags[index] = tags
        return bool(changes) or tags != own

    def _with(self, cells: Cells, changes: dict[str, Value]) -> Cells:
        return tuple(changes.get(f, v) for f, v in zip(self._fields, cells, strict=True))

    def _keys_of(self, cells: Cells) -> tuple[str, ...]:
        values = dict(zip(self._fields, cells, strict=True))
        email, alternates, *others = (
            None if values.get(key) is None else str(values[key]) for key in IDENTITY_FIELDS
        )
        return identity_keys(email, addresses(alternates), *others)

    def _count(self, has_changed: bool) -> None:  # noqa: FBT001 - the one thing that it counts
        if has_changed:
            self._result.updated += 1
        else:
            self._result.unchanged += 1

    def write(self) -> Merged:
        """Store all of it; what became of the rows."""
        first = 0
        if self._new:
            tags = self._new_tags if any(self._new_tags) else []
            fields, rows = self._used()
            first = self._placer.add_leads(fields, rows, self._new_keys, tags).start
        if self._edits or self._tag_edits:
            self._placer.make_columns({key for cells in self._edits.values() for key in cells})
            self._unit.edit(self._edits, tags=self._tag_edits)
        for key, owner in self._later_keys.items():
            self._placer.remember(key, owner if owner > 0 else first - 1 - owner)
        return self._result

    def _used(self) -> tuple[Sequence[str], Sequence[Cells]]:
        """Fields and cells of the new leads, without alternates where no lead has any."""
        fields, rows = self._fields, self._new
        is_spare = fields[-1] == ALTERNATES and ALTERNATES not in self._batch.columns
        if is_spare and not any(row[-1] for row in rows):
            return fields[:-1], [row[:-1] for row in rows]
        return fields, rows
