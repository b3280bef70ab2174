"""Typing into a cell: the field over it, what is stored, and what others did to it meanwhile."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.leads.seen_cells import SeenCell, edit_seen
from leadsync.core.leads.typed_cells import read_cells
from leadsync.core.models import ColumnType
from leadsync.core.values import show
from leadsync.tui.panels.cell_editor import CellEditor, changed_words

if TYPE_CHECKING:
    from leadsync.tui.desk import Desk


def look_at(desk: Desk, lead_id: int, key: str) -> SeenCell | None:
    """A cell as it is now; None, and it is said, where its lead is gone."""
    for (value,) in desk.workspace.store.rows([lead_id], [key]):
        return SeenCell(lead_id, key, value, desk.model.look.trashed)
    desk.say("the lead is gone")
    return None


def open_editor(desk: Desk, seen: SeenCell, typed: str = "", *, note: str = "") -> None:
    """Put a field over a cell, with its text or with what was typed already."""
    columns = desk.workspace.store.columns()

    def check(text: str) -> str:
        try:
            read_cells(columns, {seen.key: text})
        except LeadSyncError as error:
            return error.message
        return ""

    is_long = any(c.key == seen.key and c.type is ColumnType.LONG_TEXT for c in columns)
    text = typed or show(seen.value)
    editor = CellEditor(seen, text, check, is_long=is_long, is_typed=bool(typed), note=note)
    place_editor(desk, editor)
    desk.open_field(editor)


def place_editor(desk: Desk, editor: CellEditor) -> None:
    """Put the field over its cell, wherever that is now; at the bottom where it is not seen."""
    grid, seen = desk.grid, editor.seen
    is_here = grid.lead_id == seen.lead_id
    row = grid.cursor.row if is_here else desk.model.place_of(seen.lead_id)
    column = grid.layout_now.number(seen.key)
    region = grid.cell_region(row, column) if row is not None and column is not None else None
    room = (grid.size.width, grid.size.height)
    if region is None:
        editor.stand_apart(room)
    else:
        editor.put(*region, room)


def finish_cell(desk: Desk, message: CellEditor.Finished) -> None:
    """Store what was typed, and go on as the key says; Escape stores nothing."""
    editor, text = message.editor, message.text
    seen = editor.seen
    if text is None or message.then == "ctrl+o":
        _close(desk, editor)
        if text is not None:
            edit_outside(desk, seen, text)
        return

    def after(now: SeenCell | None) -> None:
        if now is not None:
            editor.warn(now)
            return
        if desk.grid.lead_id == seen.lead_id:
            desk.grid.move(rows=message.then == "enter", columns=message.then == "tab")
        _close(desk, editor)

    def failed(error: Exception) -> None:
        if not isinstance(error, LeadSyncError):
            raise error
        editor.refuse(error.message)

    desk.write(lambda: edit_seen(desk.workspace, seen, text), after, failed)


def edit_outside(desk: Desk, seen: SeenCell, text: str) -> None:
    """Edit a text in the editor that the user has; what cannot be stored goes on in the grid."""
    typed = _in_own_editor(desk, seen.key, text)
    if typed is None:
        desk.say("the cell is as it was")
        return

    def after(now: SeenCell | None) -> None:
        if now is None:
            desk.say(f"{seen.key} of lead {seen.lead_id} stored; u takes it back")
        else:
            open_editor(desk, now, typed, note=changed_words(now))

    def failed(error: Exception) -> None:
        if not isinstance(error, LeadSyncError):
            raise error
        open_editor(desk, seen, typed, note=error.message)

    desk.write(lambda: edit_seen(desk.workspace, seen, typed), after, failed)


def _in_own_editor(desk: Desk, key: str, text: str) -> str | None:
    """What became of a text in the user's own editor; None: nothing. The grid waits for it."""
    command = shlex.split(desk.workspace.config.editor)
    with tempfile.TemporaryDirectory(prefix="leadsync-") as folder:
        path = Path(folder, f"{key}.txt")
        path.write_text(text, "utf-8")
        try:
            with desk.app.suspend():
                code = subprocess.call([*command, str(path)])  # noqa: S603 - the user's own editor
        except OSError as error:
            raise InputError(f'"{command[0]}" cannot be run', next_step="set EDITOR") from error
        typed = path.read_text("utf-8").removesuffix("\n")
    return None if code or typed == text else typed


def _close(desk: Desk, editor: CellEditor) -> None:
    desk.close_field(editor, editor.typed_behind)
