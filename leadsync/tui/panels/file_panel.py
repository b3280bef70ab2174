"""Choosing a lead file: those here and below at once, any other by typing its path."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from leadsync.core.importing.lead_files import find_lead_files, list_folder, recent_folder
from leadsync.core.visible_text import visible
from leadsync.tui.grid.cell_text import fit, pad, width_of
from leadsync.tui.panels.frame import Panel
from leadsync.tui.panels.picker import Choice, best
from leadsync.tui.path_completion import is_place, path_of, split_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from leadsync.core.importing.lead_files import Entry
    from leadsync.tui.desk import Desk

MOST_SHOWN = 200
KEYS = "Enter: open   Tab: complete   Esc: leave"
EMPTY = "no lead files here; type a path, as ~/Downloads/"


class FilePanel(Panel[Path]):
    """A line for words or a path over a list of files; answers the file."""

    DEFAULT_CSS = """
    FilePanel {
        & > .frame { width: 96%; max-width: 120; }
        & OptionList { height: auto; max-height: 20; border: none; background: $surface; }
        & Input { border: none; height: 1; margin: 0 0 1 0; background: $boost; padding: 0 1; }
        & #file-problem { color: $error; height: auto; }
    }
    """

    def __init__(self, desk: Desk) -> None:
        """Look for files by the lanes of a desk."""
        super().__init__()
        self._desk = desk
        self._found: Sequence[Entry] | None = None  # None: it is still being looked
        self._entered: str | None = None  # what Enter stood behind, before the list has followed
        self._shown: list[Entry] = []
        self._shown_for: str | None = None

    def compose(self) -> ComposeResult:
        """The line over the list."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Import a file of leads")
            frame.border_subtitle = Content(KEYS)
            yield Input(placeholder="a path, or part of a name", compact=True)
            yield OptionList()
            yield Static(id="file-problem")

    def on_mount(self) -> None:
        """Look here, and where the last file came from."""
        state_folder = self._desk.workspace.config.state_folder

        def look() -> list[Entry]:
            here = find_lead_files(Path())
            recent = recent_folder(state_folder)
            if recent is None or recent.samefile(Path()):
                return here
            known = {entry.path.resolve() for entry in here}
            return here + [e for e in find_lead_files(recent) if e.path not in known]

        def found(entries: list[Entry]) -> None:
            self._found = entries
            if self._is_open:
                self._narrow()

        self._desk.ask_store("lead files", look, found)

    # what is shown -----------------------------------------------------------------------
    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        event.stop()
        if self._shown_for != self._typed:
            self._say("")
            self._narrow()

    def on_resize(self) -> None:
        """Fit the lines to the new width."""
        if self._shown_for is not None:
            self._show(self._shown_for, self._shown)

    @property
    def _is_open(self) -> bool:
        """Whether there still is something to show things in."""
        return bool(self.query(OptionList))

    @property
    def _typed(self) -> str:
        return self.query_one(Input).value.lstrip()

    def _narrow(self) -> None:
        typed = self._typed
        if not is_place(typed):
            if self._found is None:
                return
            by_name = {str(entry.path): entry for entry in self._found}
            hits = best([Choice(name, name) for name in by_name], typed)
            self._show(typed, [by_name[hit.id] for hit in hits])
            return
        place, name = split_place(typed)

        def listed(entries: list[Entry]) -> None:
            if self._is_open and typed == self._typed:
                wanted = name.casefold()
                self._show(typed, [e for e in entries if wanted in e.path.name.casefold()])

        self._desk.ask_store("folder", lambda: list_folder(path_of(place)), listed)

    def _show(self, typed: str, entries: Iterable[Entry]) -> None:
        self._shown, self._shown_for = list(entries)[:MOST_SHOWN], typed
        options = self.query_one(OptionList)
        options.clear_options()
        room = max(20, min(int(self.size.width * 0.96), 120) - 10)
        is_listed = is_place(typed)
        lines = [_line(one, room, with_folder=not is_listed) for one in self._shown]
        options.add_options([Option(Content(line)) for line in lines])
        options.highlighted = 0 if self._shown else None
        if not typed:
            self._say("" if self._shown else EMPTY)
        if self._entered == typed:
            self._entered = None
            self._enter(0)

    def _say(self, problem: str) -> None:
        self.query_one("#file-problem", Static).update(Content(visible(problem)))

    # what is done ------------------------------------------------------------------------
    def on_key(self, event: events.Key) -> None:
        """Move in the list while the typed line keeps the focus; Tab completes."""
        options = self.query_one(OptionList)
        step = {"down": 1, "up": -1, "pagedown": 10, "pageup": -10}.get(event.key)
        if step is not None and self._shown:
            at = (options.highlighted or 0) + step
            options.highlighted = max(0, min(at, len(self._shown) - 1))
        elif event.key == "tab":
            if self._shown and self._shown_for == self._typed:
                self._write(self._shown[options.highlighted or 0])
        elif event.key == "enter":
            self._enter(options.highlighted or 0)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click."""
        event.stop()
        self._choose(self._shown[event.option_index])

    def _enter(self, at: int) -> None:
        typed = path_of(self._typed)
        if self._typed and typed.is_file():
            self.dismiss(typed)
        elif self._shown_for != self._typed:
            self._entered = self._typed
            self._narrow()
        elif self._shown:
            self._choose(self._shown[at])
        elif self._typed:
            what = "holds no lead file" if typed.is_dir() else "is no file"
            self._say(f'"{self._typed}" {what}')

    def _choose(self, entry: Entry) -> None:
        if entry.is_folder:
            self._write(entry)
            self.query_one(Input).focus()
        else:
            self.dismiss(entry.path)

    def _write(self, entry: Entry) -> None:
        place, _ = split_place(self._typed) if is_place(self._typed) else ("", "")
        name = entry.path.name if place else str(entry.path)
        line = self.query_one(Input)
        line.value = place + name + "/" * entry.is_folder
        line.cursor_position = len(line.value)


def _line(entry: Entry, room: int, *, with_folder: bool) -> str:
    if entry.is_folder:
        return fit(visible(f"{entry.path.name}/"), room)
    day = datetime.fromtimestamp(entry.changed).astimezone().date().isoformat()
    hint = f"{_size(entry.size)}  {day}"
    folder = f"   {entry.path.parent}" if with_folder and entry.path.parent != Path() else ""
    text = fit(visible(entry.path.name + folder), room - width_of(hint) - 2)
    return pad(text, room - width_of(hint)) + hint


def _size(count: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:,} {unit}"
        count = round(count / 1000)
    return f"{count:,} GB"
