"""What an open unit is going to write, kept in memory, and how reads see it already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadsync.core.store.mongo.lead_documents import set_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.models import Call, Change, Doc, UnitRecord

Cell = tuple[int, int]
"""(lead id, column id)."""


@dataclass(slots=True)
class Staged:
    """Everything that one unit has written so far. New leads are in the database, hidden.

    Attributes:
        slots: lead -> slot -> value. Every lead that was written to is in it.
        tags, locks: lead -> tag or column id -> whether it is there.
        created: ranges of new leads, both ends included.
        undone: (first, last, undone) in the order in which they were asked for.
        counters: name -> the highest number that is in use.
    """

    slots: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    tags: dict[int, dict[str, bool]] = field(default_factory=dict[int, dict[str, bool]])
    locks: dict[int, dict[int, bool]] = field(default_factory=dict[int, dict[int, bool]])
    keys: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    tasks: dict[Cell, Doc | None] = field(default_factory=dict[Cell, "Doc | None"])
    stale: dict[Cell, bool] = field(default_factory=dict[Cell, bool])
    dequeued: set[Cell] = field(default_factory=set[Cell])
    created: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    undone: list[tuple[int, int, bool]] = field(default_factory=list[tuple[int, int, bool]])
    documents: dict[tuple[str, int], Doc | None] = field(
        default_factory=dict[tuple[str, int], "Doc | None"]
    )
    units: dict[int, UnitRecord] = field(default_factory=dict[int, "UnitRecord"])
    changes: list[Change] = field(default_factory=list["Change"])
    calls: list[Call] = field(default_factory=list["Call"])
    counters: dict[str, int] = field(default_factory=dict[str, int])
    documents_written: int = 0

    def write(self, lead_id: int, cells: Mapping[str, Any]) -> None:
        """Stage slots and facets of a lead."""
        slots = self.slots.setdefault(lead_id, {})
        for slot, value in cells.items():
            kind, colon, name = slot.partition(":")
            if not colon:
                slots[slot] = value
            elif kind == "tag":
                self.tags.setdefault(lead_id, {})[name] = value is not None
            elif kind == "lock":
                self.locks.setdefault(lead_id, {})[int(name)] = value is not None
            else:
                self.tasks[lead_id, int(name)] = value
                self.stale.pop((lead_id, int(name)), None)

    def overlay(self, document: dict[str, Any]) -> dict[str, Any]:
        """A lead's document, as read from the database, as this unit sees it."""
        lead_id = document["_id"]
        for slot, value in self.slots.get(lead_id, {}).items():
            set_cell(document, slot, value)
        if lead_id in self.tags:
            document["tags"] = sorted(_merged(document.get("tags"), self.tags[lead_id]))
        if lead_id in self.locks:
            document["locked"] = sorted(_merged(document.get("locked"), self.locks[lead_id]))
        return document

    def is_created(self, lead_id: int) -> bool:
        """Whether this unit made the lead."""
        return any(first <= lead_id <= last for first, last in self.created)

    def is_live(self, document: Mapping[str, Any]) -> bool:
        """Whether a lead, as read from the database, is to be seen by this unit."""
        lead_id = document["_id"]
        live = document["presence"] == 0
        if "deletedAt" in self.slots.get(lead_id, {}):
            live = self.slots[lead_id]["deletedAt"] is None and document["presence"] != 2
        for first, last, undone in self.undone:
            if first <= lead_id <= last:
                live = not undone
        return live


def _merged(stored: list[Any] | None, staged: Mapping[Any, bool]) -> set[Any]:
    kept = {item for item in stored or () if item not in staged}
    return kept | {item for item, there in staged.items() if there}
