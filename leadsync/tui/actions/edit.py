"""Editing cells, and taking back what was done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core import history
from leadsync.core.errors import InputError
from leadsync.core.leads.block_edits import find_replacements, replace_cells
from leadsync.core.leads.editing import edit_leads
from leadsync.core.leads.typed_cells import read_cells
from leadsync.core.models import OWN_FIELDS, WRITABLE_OWN_FIELDS
from leadsync.core.values import show
from leadsync.core.wording import plural
from leadsync.tui.cell_typing import edit_outside, look_at, open_editor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.leads.block_edits import CellEdit
    from leadsync.core.models import UnitRecord
    from leadsync.core.store.protocol import Store
    from leadsync.tui.desk import Desk
    from leadsync.tui.grid.layout import Field

SAMPLES = 8  # cells that a preview shows


def cell(desk: Desk, _count: int | None) -> None:
    """Edit the cell where it stands; what cannot be typed shows its story instead."""
    _edit(desk, "")


def type_into(desk: Desk, text: str) -> None:
    """Write the cell anew, beginning with what was typed in the grid."""
    _edit(desk, text)


def _edit(desk: Desk, typed: str) -> None:
    field, lead_id = desk.grid.field, desk.grid.lead_id
    if field is None or lead_id is None:
        return
    if field.kind == "template" or (field.key in OWN_FIELDS and not _is_writable(field)):
        desk.do({"tags": "lead.tag", "campaign": "lead.move"}.get(field.key, "story.inspect"))
    elif (seen := look_at(desk, lead_id, field.key)) is not None:
        open_editor(desk, seen, typed)


def external(desk: Desk, _count: int | None) -> None:
    """The cell in the editor that the user has; the grid waits for its end."""
    field, lead_id = _writable_field(desk), desk.grid.lead_id
    if lead_id is not None and (seen := look_at(desk, lead_id, field.key)) is not None:
        edit_outside(desk, seen, show(seen.value))


def set_marked(desk: Desk, _count: int | None) -> None:
    """One text into the cells of all marked rows, after a look at how many."""
    field = _writable_field(desk)
    ids = desk.model.marks.ids() or desk.targets()

    def answered(text: str) -> bool:
        read_cells(desk.workspace.store.columns(), {field.key: text})
        what = f'"{text}"' if text.strip() else "blank"
        desk.confirm(
            f"Set {field.label}",
            [f"{field.label} of {plural(len(ids), 'lead')} becomes {what}.", "u takes it back."],
            f"Set {plural(len(ids), 'cell')}",
            lambda: _set(desk, ids, {field.key: text}),
        )
        return True

    desk.ask(f"{field.label} of {plural(len(ids), 'lead')}:", answered)


def clear(desk: Desk, _count: int | None) -> None:
    """Clear the cell, or all of the range; more than one after a look."""
    ids, keys = desk.targets_of_range(), _range_keys(desk)
    blank = dict.fromkeys(keys, "")

    def work() -> None:
        _set(desk, ids, blank, _label("clear", keys))
        desk.do("mark.end_range")

    number = len(ids) * len(keys)
    if number == 1:
        work()
    else:
        said = f"{', '.join(keys)} of {plural(len(ids), 'lead')}"
        desk.confirm("Clear cells", [said], f"Clear {plural(number, 'cell')}", work)


def fill_down(desk: Desk, _count: int | None) -> None:
    """The cells of the range's first row into all its other rows."""
    ids, keys = desk.targets_of_range(), _range_keys(desk)
    if len(ids) < 2:
        desk.say("fill down takes a range: v, then move down, then F")
        return
    first = desk.workspace.store.rows(ids[:1], keys)[0]
    cells = {key: show(value) for key, value in zip(keys, first, strict=True)}
    rest = ids[1:]

    def work() -> None:
        _set(desk, rest, cells, _label("fill down", keys))
        desk.do("mark.end_range")

    lines = [f"{key}: {text[:60] or '(blank)'}" for key, text in cells.items()]
    desk.confirm("Fill down", lines, f"Fill {plural(len(rest) * len(keys), 'cell')}", work)


def replace(desk: Desk, _count: int | None) -> None:
    """Replace in the column: of the range, of the marked rows, else of all that are shown."""
    field = _writable_field(desk)
    has_targets = desk.model.marks or desk.grid.cursor.has_range
    ids = desk.targets() if has_targets else desk.model.ids

    def answered(text: str) -> bool:
        change = read_replacement(text)
        desk.ask_store(
            "replace",
            lambda: find_replacements(desk.workspace, ids, field.key, change),
            lambda edits: _preview(desk, field, edits),
        )
        return True

    desk.ask(f"Replace in {field.label} (/find/new/):", answered, text="/")


def read_replacement(text: str) -> Callable[[str], str]:
    """What `/find/new/` does to a text; `find` is a pattern, case does not matter after `/i`.

    Raises:
        InputError: it is none.
    """
    parts = re.split(r"(?<!\\)/", text.strip())
    if len(parts) < 3 or parts[0] or not parts[1]:
        raise InputError("write it as /find/new/")
    try:
        pattern = re.compile(parts[1], re.IGNORECASE if parts[3:] == ["i"] else 0)
        pattern.sub(parts[2], "")
    except (re.error, IndexError) as error:
        raise InputError(f"the pattern cannot be read: {error}") from error
    return lambda before: pattern.sub(parts[2], before)


def undo(desk: Desk, _count: int | None) -> None:
    """Take back the newest unit; what is more than one lead is said first."""
    _find_newest(desk, history.undo_candidates, "Take back", history.undo)


def redo(desk: Desk, _count: int | None) -> None:
    """Bring back what was taken back last."""
    _find_newest(desk, history.redo_candidates, "Bring back", history.redo)


def _find_newest(
    desk: Desk,
    candidates: Callable[[Store], Sequence[UnitRecord]],
    verb: str,
    work: Callable[..., UnitRecord],
) -> None:
    """Look behind all writes that are under way: what was done last may not be stored yet."""

    def found(units: Sequence[UnitRecord]) -> None:
        if units:
            _toggle(desk, units[0], verb, work)
        else:
            desk.say(f"there is nothing to {verb.lower()} any more")

    store = desk.workspace.store
    desk.lanes.writing.ask("", lambda: candidates(store), found, desk.say_problem)


def _toggle(desk: Desk, unit: UnitRecord, verb: str, work: Callable[..., UnitRecord]) -> None:
    words = f"{verb.lower()} {unit.id}: {history.describe(unit)}"

    def do() -> None:
        desk.write(
            lambda: work(desk.workspace, unit.id),
            lambda done: desk.say(f"{_past(verb)} {done.id}: {history.describe(done)}"),
        )

    if sum(unit.counts.values()) <= 1 and unit.counts and unit.actor == desk.workspace.actor:
        do()
    else:
        lines = [history.describe(unit), f"by {unit.actor}, {unit.at[:19].replace('T', ' ')}"]
        desk.confirm(verb, lines, words, do)


def _past(verb: str) -> str:
    return "took back" if verb == "Take back" else "brought back"


def _preview(desk: Desk, field: Field, edits: Sequence[CellEdit]) -> None:
    if not edits:
        desk.say("nothing in the column matches; capitals count")
        return
    lines = [f"{e.lead_id}: {e.before[:40]} → {e.after[:40]}" for e in edits[:SAMPLES]]
    if len(edits) > SAMPLES:
        lines.append(f"… {len(edits) - SAMPLES:,} more")
    label = f"replace in {field.key}"
    desk.confirm(
        f"Replace in {field.label}",
        lines,
        f"Change {plural(len(edits), 'cell')}",
        lambda: _write(desk, lambda: replace_cells(desk.workspace, edits, label)),
    )


def _set(desk: Desk, ids: Sequence[int], cells: dict[str, str], label: str = "") -> None:
    """Set the same cells of leads, in columns that are there still."""
    _write(desk, lambda: edit_leads(desk.workspace, ids, cells, label=label, may_make=False))


def _write(desk: Desk, work: Callable[[], int]) -> None:
    desk.write(
        work, lambda changed: desk.say(f"{plural(changed, 'lead')} changed; u takes it back")
    )


def _range_keys(desk: Desk) -> list[str]:
    fields = desk.grid.layout_now.fields
    keys = [fields[n] for n in desk.grid.cursor.columns(desk.grid.extent)]
    found = [field.key for field in keys if _is_writable(field)]
    if not found:
        raise InputError("these cells cannot be typed")
    return found


def _writable_field(desk: Desk) -> Field:
    field = desk.grid.field
    if field is None or not _is_writable(field):
        raise InputError("the cells of this column cannot be typed")
    return field


def _is_writable(field: Field) -> bool:
    if field.column_id:
        return field.kind != "template"
    return field.key in WRITABLE_OWN_FIELDS


def _label(what: str, keys: Sequence[str]) -> str:
    return f"{what}: {', '.join(keys)}"
