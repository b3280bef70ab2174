"""The values that a cell had, one moment each, as history holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.values import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from leadsync.core.models import UnitRecord, Value
    from leadsync.core.query.catalog import FieldRef
    from leadsync.core.store.protocol import Store

Fields = dict[str, tuple[Any, Any]]
"""What one unit did to one lead: stored field -> (before, after)."""

Step = tuple[Any, Any]
"""(before, after)."""

_OWN_SLOTS = {"linkedin_url": "linkedinUrl", "campaign": "campaignId"}
_TAG = "tag:"


@dataclass(frozen=True, slots=True)
class Moment:
    """One value that the cell had, and what gave it that.

    Attributes:
        label: what was done, in the words of history: `import apollo.csv`.
    """

    value: Value
    at: str
    actor: str
    label: str
    unit_id: int


def read_moments(store: Store, lead_id: int, field: FieldRef, value: Any) -> tuple[Moment, ...]:
    """All values of a cell that stand in history, the newest first.

    Args:
        store: where to read.
        lead_id: of the lead.
        field: a column or an own field; tags are one value, campaigns are their names.
        value: what the cell holds now.
    """
    units = {unit.id: unit for unit in store.units()}
    changes = [(units.get(c.unit_id), c.fields) for c in store.changes(lead_id=lead_id)]
    shown = _campaign_names(store) if field.key == "campaign" else _as_cell
    steps = (
        _steps_of_tags(changes, value)
        if field.key == "tags"
        else _steps_of_slot(changes, _slot(field))
    )
    found: list[Moment] = []
    first = value
    for unit, (before, after) in reversed(steps):
        first = before
        if unit is not None and not unit.undone_by:
            found.append(_moment(shown(after), unit))
    maker = next((unit for unit in units.values() if _made(unit, lead_id)), None)
    if maker is not None and shown(first) is not None:
        found.append(_moment(shown(first), maker))
    return tuple(found)


def _slot(field: FieldRef) -> str:
    return field.column.slot if field.column else _OWN_SLOTS.get(field.key, field.key)


def _steps_of_slot(
    changes: Iterable[tuple[UnitRecord | None, Fields]], slot: str
) -> list[tuple[UnitRecord | None, Step]]:
    return [(unit, fields[slot]) for unit, fields in changes if slot in fields]


def _steps_of_tags(
    changes: list[tuple[UnitRecord | None, Fields]], tags: Iterable[str]
) -> list[tuple[UnitRecord | None, Step]]:
    """All tags before and after each change, found backwards from those of now."""
    after = set(tags)
    steps: list[tuple[UnitRecord | None, Step]] = []
    for unit, fields in reversed(changes):
        touched = {n.removeprefix(_TAG): step for n, step in fields.items() if n.startswith(_TAG)}
        if touched:
            had = {tag for tag, (before, _) in touched.items() if before is not None}
            before = after - touched.keys() | had
            steps.append((unit, (tuple(sorted(before)), tuple(sorted(after)))))
            after = before
    return steps[::-1]


def _campaign_names(store: Store) -> Callable[[Any], Value]:
    names: Mapping[Any, str] = {campaign.id: campaign.name for campaign in store.campaigns()}
    return lambda value: names.get(value, value)


def _as_cell(value: Any) -> Value:
    """Tags as one text; other cells as they are."""
    return show(cast("tuple[str, ...]", value)) or None if isinstance(value, tuple) else value


def _moment(value: Value, unit: UnitRecord) -> Moment:
    return Moment(value, unit.at, unit.actor, unit.label, unit.id)


def _made(unit: UnitRecord, lead_id: int) -> bool:
    return any(first <= lead_id <= last for first, last in unit.created)
