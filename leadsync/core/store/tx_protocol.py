"""What a unit of work needs of an engine: one open transaction, and the formulas of the workspace.

Slots, facets and rows are those of `store.protocol`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Call, Change, Column, Doc, UnitRecord, Value
    from leadsync.core.store.protocol import Row


class Formulas(Protocol):
    """Free columns that are computed in the same unit as the change they depend on."""

    @property
    def reads(self) -> frozenset[str]:
        """Keys of all fields that any formula reads."""
        ...

    @property
    def writes(self) -> tuple[Column, ...]:
        """The formula columns, in an order in which each can be computed."""
        ...

    def compute(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """All formula cells of one lead, by column key, from its fields by key."""
        ...


class Tx(Protocol):
    """One open unit on one engine. Its reads see its own writes. Only `Unit` uses it."""

    unit_id: int

    def insert_leads(
        self,
        campaign_id: int,
        slots: Sequence[str],
        rows: Sequence[Sequence[Value]],
        keys: Sequence[Sequence[str]],
        tags: Sequence[Sequence[str]],
    ) -> int:
        """Store new live leads with consecutive ids; the first of these ids."""
        ...

    def read(self, lead_ids: Sequence[int], slots: Sequence[str]) -> dict[int, Row]:
        """Values by lead, whatever the lead's presence; unknown ids are left out."""
        ...

    def read_facets(self, lead_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The facets (`tag: lock: task:`) that these leads have."""
        ...

    def lead_ids(self, *, with_task: int = 0) -> array[int]:
        """Ids of all leads, whatever their presence; or of those with a task in that column."""
        ...

    def write(self, values: Mapping[int, Mapping[str, Any]]) -> None:
        """Set slots and facets; keeps `presence`, `updatedAt` and `rev` true."""
        ...

    def replace_keys(
        self, lead_id: int, old: tuple[int, Sequence[str]], new: tuple[int, Sequence[str]]
    ) -> None:
        """Exchange a lead's identity keys; each side is (campaign id, keys)."""
        ...

    def set_created_undone(self, first: int, last: int, *, undone: bool) -> None:
        """Hide leads whose creation was taken back, or show them again."""
        ...

    def set_stale(self, cells: Mapping[tuple[int, int], bool]) -> None:
        """Mark tasks (lead, column) as stale or fresh."""
        ...

    def add_changes(self, changes: Sequence[tuple[int, dict[str, tuple[Any, Any]]]]) -> None:
        """Append history: (lead id, slot -> (before, after)); lead 0 holds documents."""
        ...

    def put_document(self, kind: str, body: Doc) -> int:
        """Store a document, under a new id where `body` has none or 0; the id."""
        ...

    def remove_document(self, kind: str, doc_id: int) -> None:
        """Take a document away; nothing happens where it is not there."""
        ...

    def get_document(self, kind: str, doc_id: int) -> Doc | None:
        """One document as this unit sees it."""
        ...

    def in_use(self, kind: str, doc_id: int) -> bool:
        """Whether a lead, in the trash or not, has a value in this column or is in this campaign."""
        ...

    def add_column_slot(self, column_id: int) -> None:
        """Make room for the values of a new column."""
        ...

    def put_unit(self, record: UnitRecord) -> None:
        """Store the unit's own record."""
        ...

    def get_unit(self, unit_id: int) -> UnitRecord | None:
        """A unit's record as this unit sees it."""
        ...

    def undone_units(self) -> set[int]:
        """Ids of all units that are taken back."""
        ...

    def changes(
        self, *, unit_id: int | None = None, lead_ids: Sequence[int] | None = None, after: int = 0
    ) -> list[Change]:
        """History in order of `seq`: of a unit (at most 5,000 after `after`) or of leads (all)."""
        ...

    def dequeue(self, cells: Sequence[tuple[int, int]]) -> None:
        """Forget queued cells (lead, column) that are settled now."""
        ...

    def finish_calls(self, calls: Sequence[Call]) -> None:
        """Write down what became of calls that were sent."""
        ...
