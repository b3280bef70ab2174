"""The shape of a lead's document: where each slot lives, and the shadows that filters need.

`{_id, campaignId, email, name, linkedinUrl, source, createdAt, updatedAt, presence, deletedAt,
createdUnit, rev, customFields: {c12: value}, folded: {slot: text}, numbers: {slot: number}, tags,
foldedTags, locked: [column id], keys: [identity key], states: {c12: {status, reason, stale}}}`.
What is blank is left out. `states` repeats what `tasks` and `queue` say, so that a filter is one
query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.store.mongo.compile import fold, number_of
from leadsync.core.store.mongo.encoding import pack_value, unpack_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.models import Value

OWN_SLOTS = frozenset({
    "email", "name", "linkedinUrl", "source", "campaignId", "deletedAt", "createdAt", "updatedAt",
    "presence",
})  # fmt: skip
SHADOWED_OWN_SLOTS = frozenset({"email", "name", "linkedinUrl", "source"})


def path_of(slot: str) -> str:
    """Where a slot's value is in the document."""
    return slot if slot in OWN_SLOTS else f"customFields.{slot}"


def cell_of(document: Mapping[str, Any], slot: str) -> Any:
    """A slot's value, None where it is blank."""
    if slot in OWN_SLOTS:
        return unpack_value(document.get(slot))
    return unpack_value(document.get("customFields", {}).get(slot))


def set_cell(document: dict[str, Any], slot: str, value: Any) -> None:
    """Put a value, without its shadows, into a document in memory."""
    if slot in OWN_SLOTS:
        document[slot] = value
    else:
        document["customFields"] = {**document.get("customFields", {}), slot: value}


def lead_cells(slots: Sequence[str], row: Sequence[Value]) -> dict[str, Any]:
    """The part of a new lead's document that holds its cells and their shadows."""
    document: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    folded: dict[str, str] = {}
    numbers: dict[str, float] = {}
    for slot, cell in zip(slots, row, strict=True):
        if cell is None:
            continue
        value = pack_value(cell)
        if slot in OWN_SLOTS:
            document[slot] = value
        else:
            custom[slot] = value
        text, number = fold(value), number_of(value)
        folded[slot] = text
        if number is not None:
            numbers[slot] = number
    if custom:
        document["customFields"] = custom
    if folded:
        document["folded"] = folded
    if numbers:
        document["numbers"] = numbers
    return document


def tag_fields(tags: Iterable[str]) -> dict[str, list[str]]:
    """The tags of a lead and their shadows."""
    own = sorted({str(pack_value(tag)) for tag in tags})
    return {"tags": own, "foldedTags": sorted({fold(tag) for tag in own})} if own else {}


class LeadUpdate:
    """Gathers what one lead's document is to become: one update with absolute values."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._set: dict[str, Any] = {}
        self._unset: dict[str, Any] = {}

    def put(self, path: str, value: Any) -> None:
        """Set a path, or take it away where the value is None or empty."""
        if value is None or value == []:
            self._unset[path] = ""
        else:
            self._set[path] = value

    def put_cell(self, slot: str, cell: Any) -> None:
        """Set a slot with its shadows."""
        value = pack_value(cell)
        self.put(path_of(slot), value)
        if slot in SHADOWED_OWN_SLOTS or slot not in OWN_SLOTS:
            self.put(f"folded.{slot}", None if value is None else fold(value))
            self.put(f"numbers.{slot}", None if value is None else number_of(value))

    def put_tags(self, tags: Iterable[str]) -> None:
        """Replace the lead's tags."""
        fields = tag_fields(tags)
        self.put("tags", fields.get("tags"))
        self.put("foldedTags", fields.get("foldedTags"))

    @property
    def document(self) -> dict[str, Any]:
        """The update as MongoDB takes it; empty where nothing is to do."""
        parts = {"$set": self._set, "$unset": self._unset}
        return {operator: fields for operator, fields in parts.items() if fields}
