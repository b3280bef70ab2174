"""The export of what is shown, before it is written: file, format, columns, the first rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.exporting.exporter import export_header, export_preview
from leadsync.core.exporting.formats import ExportFormat, ExportOptions, format_for
from leadsync.core.exporting.tool_templates import load_export_templates
from leadsync.core.wording import plural
from leadsync.tui.grid.cell_text import cell_text
from leadsync.tui.panels.picker import Choice
from leadsync.tui.panels.settings_panel import Setting, SettingsPanel
from leadsync.tui.path_completion import complete_path, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from textual import events

    from leadsync.core.exporting.formats import ExportColumn, Row
    from leadsync.core.selection import Selection
    from leadsync.core.workspace import Workspace
    from leadsync.tui.desk import Desk

KEYS = "Enter: change   x: leave out   Ctrl+S: export   Esc: leave"
ROWS_SHOWN = 3
COLUMN = "column "  # before a key: the id of its line
BY_ENDING = "by its ending"
NO_TOOL = "none"


@dataclass(frozen=True, slots=True)
class ExportDraft:
    """What is chosen about an export.

    Attributes:
        chosen: the leads that are shown, in their order.
        trashed: they are in the trash.
        columns: keys of the columns that are shown.
        file: the path as it is typed.
        format: one that was named; empty: the ending of the file says it.
        template: of the tool that will read the file.
    """

    chosen: Selection
    trashed: bool
    columns: tuple[str, ...]
    file: str
    format: str = ""
    template: str = ""
    left_out: frozenset[str] = frozenset()
    with_ids: bool = False
    bom: bool = False
    raw: bool = False

    @property
    def path(self) -> Path:
        """Where the file will be."""
        return path_of(self.file)

    def options(self) -> ExportOptions:
        """Format and its details.

        Raises:
            InputError: the ending of the file names no format.
        """
        return ExportOptions(
            format_for(self.path, self.format or None),
            bom=self.bom,
            raw=self.raw,
            for_tool=bool(self.template),
        )

    def header(self, workspace: Workspace) -> list[ExportColumn]:
        """The columns of the file.

        Raises:
            InputError: no column is left, or the tool needs one that is not there.
        """
        kept = [key for key in self.columns if key not in self.left_out]
        if not kept:
            raise InputError("all columns are left out", next_step="take one in again: x")
        return export_header(
            workspace, self.chosen, self.options(), columns=kept, template=self.template,
            with_ids=self.with_ids,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the lane found out: columns of the file, first rows, number of leads."""

    header: Sequence[ExportColumn]
    rows: Sequence[Row]
    leads: int


class ExportPanel(SettingsPanel):
    """Settings, then the columns of the file with the cells of the first leads."""

    def __init__(
        self, desk: Desk, draft: ExportDraft, go: Callable[[ExportPanel, ExportDraft], None]
    ) -> None:
        """Begin with `draft`; `go` gets what was chosen, and this panel."""
        super().__init__(desk, "Export what is shown", KEYS)
        self.draft = draft
        self._go = go
        self._shown: _Shown | None = None

    def on_mount(self) -> None:
        """Ask for the file, and read the first leads."""
        self.show_settings([*self._settings()])
        self._take(self.draft)
        self.change("file")

    def finish(self) -> None:
        """Write the file."""
        if self._shown is not None:
            self.say_problem(None)
            self._go(self, self.draft)

    def on_key(self, event: events.Key) -> None:
        """`x` leaves the column out, or takes it in again."""
        here = self.highlighted
        if event.key == "x" and here is not None and here.id.startswith(COLUMN):
            event.stop()
            self.change(here.id)

    def change(self, setting_id: str) -> None:
        """Ask for another value, or turn it around."""
        draft = self.draft
        if setting_id == "file":
            self.ask("File", draft.file, self._typed_file, complete_path)
        elif setting_id == "format":
            choices = [Choice("", BY_ENDING), *(Choice(f, f) for f in ExportFormat)]
            self.desk.pick("Format", choices, lambda _key, f: self._take(replace(draft, format=f)))
        elif setting_id == "template":
            choices = [Choice("", NO_TOOL)]
            choices += [Choice(n, one.tool, n) for n, one in load_export_templates().items()]
            self.desk.pick("For which tool", choices, self._choose_tool)
        elif setting_id.startswith(COLUMN):
            key = setting_id.removeprefix(COLUMN)
            self._take(replace(draft, left_out=draft.left_out ^ {key}))
        elif setting_id == "with_ids":
            self._take(replace(draft, with_ids=not draft.with_ids))
        elif setting_id == "bom":
            self._take(replace(draft, bom=not draft.bom))
        else:
            self._take(replace(draft, raw=not draft.raw))

    def _typed_file(self, text: str) -> None:
        self._take(replace(self.draft, file=text.strip()))

    def _choose_tool(self, _key: str, template: str) -> None:
        self._take(replace(self.draft, template=template))

    # looking -----------------------------------------------------------------------------
    def _take(self, draft: ExportDraft) -> None:
        self.draft = draft
        workspace = self.desk.workspace

        def look() -> _Shown:
            header = draft.header(workspace)
            rows = export_preview(
                workspace, draft.chosen, header, ROWS_SHOWN, trashed=draft.trashed
            )
            leads = workspace.store.count(draft.chosen.filter, trashed=draft.trashed)
            return _Shown(header, rows, leads)

        self.desk.lanes.search.ask("export", look, self._looked, self._failed)

    def _looked(self, shown: _Shown) -> None:
        self._shown = shown
        self.say_problem(None)
        self._show()

    def _failed(self, error: Exception) -> None:
        self._shown = None
        self._show()
        self.say_problem(error)

    def _show(self) -> None:
        if not self.is_open:
            return
        shown = self._shown
        words = self.draft.chosen.text or "all leads"
        if shown:
            what = f"{plural(shown.leads, 'lead')}, {plural(len(shown.header), 'column')}"
            self.show_head([f"{what}: {words}"])
        self.show_settings([*self._settings()])

    def _settings(self) -> Iterator[Setting]:
        draft = self.draft
        tool = load_export_templates()[draft.template].tool if draft.template else NO_TOOL
        yield Setting("file", "File", draft.file, "", "It is written whole or not at all.")
        yield Setting("format", "Format", draft.format or BY_ENDING, "", ", ".join(ExportFormat))
        meaning = "The columns that its importer expects, under its headers."
        yield Setting("template", "For a tool", tool, "", meaning)
        yield Setting("with_ids", "Ids first", _yes(draft.with_ids), "", "The number of each lead.")
        yield Setting("bom", "Mark as UTF-8", _yes(draft.bom), "", "CSV: Excel needs the mark.")
        meaning = "CSV: cells that a spreadsheet would run as a formula get no apostrophe."
        yield Setting("raw", "No guard", _yes(draft.raw), "", meaning)
        yield from self._columns()

    def _columns(self) -> Iterator[Setting]:
        shown = self._shown
        for number, column in enumerate(shown.header if shown else ()):
            assert shown is not None
            cells = [cell_text(row[number]) for row in shown.rows]
            yield Setting(
                f"{COLUMN}{column.key}", column.header, cells[0] if cells else "",
                "  ".join(cells[1:]), f"{column.key}: {', '.join(cells)}",
            )  # fmt: skip
        for key in self.draft.columns:
            if key in self.draft.left_out:
                yield Setting(f"{COLUMN}{key}", key, "(left out)", "", "x takes it in again")


def _yes(is_on: bool) -> str:  # noqa: FBT001 - it is what is shown
    return "yes" if is_on else "no"
