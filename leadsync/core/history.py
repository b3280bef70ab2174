"""History: the units of a workspace in words, taking them back, and the story of one lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import BusyError, InputError, NotFound
from leadsync.core.store.undo import COLUMNS, NO_LEAD
from leadsync.core.undo_rights import require_undo
from leadsync.core.values import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadsync.core.models import Doc, Run, UnitRecord
    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

_DONE = {
    "created": "added",
    "updated": "changed",
    "moved": "moved",
    "trashed": "moved to the trash",
    "restored": "restored from the trash",
    "erased": "erased for good",
}
_OWN_SLOTS = {
    "email": "email",
    "name": "name",
    "linkedinUrl": "linkedin_url",
    "source": "source",
    "campaignId": "campaign",
    "deletedAt": "trash",
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to one field of a lead.

    Attributes:
        field: key of the field; `tag`, `lock KEY`, `KEY.status`, `trash`; empty for its creation.
        before: what it was, as text; empty for blank.
        after: what it became, as text.
        is_undone: the unit was taken back.
    """

    unit_id: int
    at: str
    actor: str
    label: str
    field: str
    before: str
    after: str
    is_undone: bool


def list_units(store: Store, limit: int | None = None) -> list[UnitRecord]:
    """Units, newest first; `describe` says what each did."""
    return store.units(limit=limit)


def describe(unit: UnitRecord) -> str:
    """What a unit did, in words: `import apollo.csv: 120 leads added, 3 leads changed`."""
    done = [
        f"{number:,} lead{'' if number == 1 else 's'} {_DONE[what]}"
        for what, number in unit.counts.items()
        if what in _DONE and number
    ]
    return f"{unit.label}: {', '.join(done)}" if done else unit.label


def undo_candidates(store: Store, steps: int = 1) -> list[UnitRecord]:
    """The units that the next `steps` undos take back, newest first."""
    return _taken(store, steps, undone=False)


def redo_candidates(store: Store, steps: int = 1) -> list[UnitRecord]:
    """The units that the next `steps` redos bring back, in that order."""
    undone = _taken(store, None, undone=True)
    return sorted(undone, key=lambda unit: unit.undone_by, reverse=True)[:steps]


def undo(workspace: Workspace, unit_id: int | None = None) -> UnitRecord:
    """Take a unit back: the one of that id, or the newest that stands. Any order will do.

    Returns:
        The unit that was taken back. Undoing an undo brings its unit back.

    Raises:
        AccessError: who is there may not do what it did.
        BusyError: a run is writing it still, or needs what it made.
        InputError: there is nothing to undo, it is undone already, or it is final.
        NotFound: there is no such unit.
    """
    store = workspace.store
    if unit_id is None:
        found = undo_candidates(store)
        if not found:
            raise InputError("there is nothing to undo", next_step="leadsync history")
        target = found[0]
    else:
        target = get_unit(store, unit_id)
    check_undo(workspace, target)
    _toggle(workspace, target.id, f"undo: {target.label}")
    return target


def check_undo(workspace: Workspace, unit: UnitRecord) -> None:
    """Let a unit be taken back that stands, and is not final, by who might have done it.

    Raises:
        AccessError: who is there may not do what it did.
        BusyError: a run is writing it still, or needs what it made.
        InputError: it is undone already, or it is final.
    """
    if unit.undone_by:
        raise InputError(
            f"unit {unit.id} is undone already: {describe(unit)}",
            next_step="leadsync redo brings it back",
        )
    if unit.final:
        raise InputError(
            f"unit {unit.id} cannot be taken back: {describe(unit)}",
            next_step="do the opposite of it, where there is one",
        )
    require_undo(workspace, unit)
    _check_no_run(workspace.store, unit)


def _check_no_run(store: Store, unit: UnitRecord) -> None:
    """Leave a unit alone that a run is writing, or whose columns it needs."""
    from leadsync.core.engine.members import is_alive

    for run in store.runs():
        if not is_alive(run):
            continue
        why = "is writing this still" if run.unit_id == unit.id else ""
        if needed := _made_for(store, unit, run):
            why = f'needs the column "{needed[0]}", which this has made'
        if why:
            raise BusyError(
                f"run {run.id} {why}: {describe(unit)}", next_step=f"leadsync runs stop {run.id}"
            )


def _made_for(store: Store, unit: UnitRecord, run: Run) -> list[str]:
    """Keys of columns that a unit has made, and that a run fills or reads."""
    filled = [column for column in store.columns() if column.id in run.column_ids]
    needed = {key for c in filled for key in (c.key, *c.inputs, *c.outputs.values())}
    made = [
        str(cast("Doc", after)["key"])
        for change in store.changes(unit_id=unit.id, lead_id=NO_LEAD)
        for slot, (before, after) in change.fields.items()
        if slot.startswith(COLUMNS) and before is None and after
    ]
    return [key for key in made if key in needed]


def redo(workspace: Workspace, unit_id: int | None = None) -> UnitRecord:
    """Bring a unit back that was undone: the one of that id, or the one undone last.

    Raises:
        AccessError: who is there may not do what it did.
        InputError: there is nothing to bring back, or the unit stands.
        NotFound: there is no such unit.
    """
    store = workspace.store
    if unit_id is None:
        found = redo_candidates(store)
        if not found:
            raise InputError("there is nothing to redo", next_step="leadsync history")
        target = found[0]
    else:
        target = get_unit(store, unit_id)
        if not target.undone_by:
            raise InputError(f"unit {unit_id} is not undone: {describe(target)}")
    require_undo(workspace, target)
    _toggle(workspace, target.undone_by, f"redo: {target.label}")
    return target


def lead_history(
    workspace: Workspace, lead_id: int, column: str | None = None
) -> Iterator[HistoryLine]:
    """What happened to a lead, oldest first.

    Args:
        workspace: where it lives.
        lead_id: the lead.
        column: key of one field; None for all.

    Raises:
        NotFound: there is no such column.
    """
    wanted = _own_key(workspace, column) if column else None
    units = {unit.id: unit for unit in workspace.store.units()}
    names = _Names(workspace)
    if wanted is None:
        yield from (
            _line(unit, "", "", f"lead {lead_id}")
            for unit in units.values()
            if any(first <= lead_id <= last for first, last in unit.created)
        )
    for change in workspace.store.changes(lead_id=lead_id):
        for slot, (before, after) in change.fields.items():
            field, key = names.field(slot)
            if wanted in (None, key):
                shown = (names.value(slot, before), names.value(slot, after))
                yield _line(units[change.unit_id], field, *shown)


class _Names:
    """Stored names and values as people read them."""

    def __init__(self, workspace: Workspace) -> None:
        store = workspace.store
        self._columns = {f"{column.id}": column.key for column in store.columns()}
        self._campaigns = {campaign.id: campaign.name for campaign in store.campaigns()}

    def field(self, slot: str) -> tuple[str, str]:
        """The field as it is shown, and the key that it belongs to."""
        kind, colon, name = slot.partition(":")
        if not colon:
            key = _OWN_SLOTS.get(slot) or self._key(slot.removeprefix("c"))
            return key, key
        if kind == "tag":
            return "tag", "tags"
        key = self._key(name)
        return (f"lock {key}" if kind == "lock" else f"{key}.status"), key

    def value(self, slot: str, value: Any) -> str:
        """A stored value as text."""
        kind, colon, name = slot.partition(":")
        if value is None:
            return ""
        if kind == "task":
            task = cast("Mapping[str, Any]", value)
            return " ".join(filter(None, (task["status"], task["reason"], task.get("detail"))))
        if slot == "campaignId":
            return self._campaigns.get(value, f"campaign {value}")
        return (name if kind == "tag" else "locked") if colon else show(value)

    def _key(self, number: str) -> str:
        return self._columns.get(number, f"removed column {number}")


def _line(unit: UnitRecord, field: str, before: str, after: str) -> HistoryLine:
    return HistoryLine(
        unit.id, unit.at, unit.actor, unit.label, field, before, after, bool(unit.undone_by)
    )


def _own_key(workspace: Workspace, name: str) -> str:
    found = workspace.store.catalog().find(name)
    return found.key if found else workspace.column(name).key


def _taken(store: Store, steps: int | None, *, undone: bool) -> list[UnitRecord]:
    found: list[UnitRecord] = []
    for unit in store.units():
        if len(found) == steps:
            break
        if not (unit.undoes or unit.final) and bool(unit.undone_by) == undone:
            found.append(unit)
    return found


def get_unit(store: Store, unit_id: int) -> UnitRecord:
    """One unit.

    Raises:
        NotFound: there is no such unit.
    """
    for unit in store.units():
        if unit.id == unit_id:
            return unit
    raise NotFound("unit", unit_id, next_step="leadsync history")


def _toggle(workspace: Workspace, unit_id: int, label: str) -> None:
    with workspace.store.unit(workspace.actor, label) as unit:
        unit.undo(unit_id)
