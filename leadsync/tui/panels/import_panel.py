"""A file before its import: how it is read, what its columns become, where its leads go."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from leadsync.core.importing.inspection import inspect_file
from leadsync.core.importing.mapping import OWN_COLUMN
from leadsync.core.importing.merge import OnDuplicate
from leadsync.tui import import_draft as drafts
from leadsync.tui.panels.picker import Choice
from leadsync.tui.panels.settings_panel import Setting, SettingsPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual import events

    from leadsync.core.importing.inspection import InspectedColumn, Inspection
    from leadsync.core.importing.options import ImportOptions
    from leadsync.tui.desk import Desk

KEYS = "Enter: change   x: leave out   Ctrl+S: count and import   Esc: leave"
VALUES_BESIDE = 2
COLUMN = "column "  # before a header: the id of its line


class ImportPanel(SettingsPanel):
    """Settings, then the columns of the file with what each becomes and its first values."""

    def __init__(
        self,
        desk: Desk,
        path: Path,
        options: ImportOptions,
        go: Callable[[ImportPanel, ImportOptions], None],
    ) -> None:
        """Begin with `options`; `go` gets those that were chosen, and this panel."""
        super().__init__(desk, f"Import {path.name}", KEYS)
        self.path = path
        self.options = options
        self.inspection: Inspection | None = None
        self._go = go

    def on_mount(self) -> None:
        """Look at the file."""
        self.show_settings([*self._settings()])
        self._take(self.options)

    def finish(self) -> None:
        """Count what the import would do, and ask."""
        if self.inspection is not None:
            self.say_problem(None)
            self._go(self, self.options)

    def on_key(self, event: events.Key) -> None:
        """`x` leaves the column out, or takes it in again."""
        column = self._column
        if event.key == "x" and column is not None:
            event.stop()
            self._map(column.header, drafts.PROPOSED if column.ignored else drafts.LEFT_OUT)

    def change(self, setting_id: str) -> None:
        """Ask for another value."""
        if setting_id.startswith(COLUMN):
            self._choose_field(setting_id.removeprefix(COLUMN))
        elif setting_id == "on_duplicate":
            choices = [Choice(p, f"{p}: {words}") for p, words in drafts.ON_DUPLICATE.items()]
            self.desk.pick("A lead that is there already", choices, self._choose_policy)
        else:
            label, _ = drafts.TEXTS[setting_id]
            complete = self._complete_campaign if setting_id == "campaign" else None
            text = drafts.text_of(self.options, setting_id)
            self.ask(label, text, partial(self._typed, setting_id), complete)

    # what is chosen ----------------------------------------------------------------------
    def _typed(self, name: str, text: str) -> None:
        self._take(drafts.with_text(self.options, name, text))

    def _choose_policy(self, _key: str, policy: str) -> None:
        self._take(replace(self.options, on_duplicate=OnDuplicate(policy)))

    def _choose_field(self, header: str) -> None:
        choices = [
            Choice(drafts.PROPOSED, "as the file says"),
            Choice(OWN_COLUMN, "a column of its own"),
            Choice(drafts.LEFT_OUT, "leave it out"),
        ]
        named = drafts.targets(self.desk.workspace.store.columns())
        choices += [Choice(key, label, key) for key, label in named.items()]
        self.desk.pick(f"{header} becomes", choices, lambda _key, target: self._map(header, target))

    def _map(self, header: str, target: str) -> None:
        if self.inspection is not None:
            self._take(drafts.map_column(self.options, self.inspection, header, target))

    def _complete_campaign(self, text: str) -> str | None:
        names = [one.name for one in self.desk.workspace.store.campaigns()]
        return next((n for n in names if n.startswith(text) and n != text), None)

    # looking -----------------------------------------------------------------------------
    def _take(self, options: ImportOptions) -> None:
        """Look at the file with these options; what cannot be used is said, and they stay."""
        self.options = options
        store = self.desk.workspace.store
        self.desk.lanes.search.ask(
            "inspect",
            lambda: inspect_file(self.path, options, store=store),
            self._looked,
            self._failed,
        )

    def _looked(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self.say_problem(None)
        self._show()

    def _failed(self, error: Exception) -> None:
        self.inspection = None
        self._show()
        self.say_problem(error)

    def _show(self) -> None:
        if not self.is_open:
            return
        found = self.inspection
        self.show_head([drafts.how_read(found), *found.notes] if found else [])
        self.show_settings([*self._settings()])

    def _settings(self) -> Iterator[Setting]:
        for name, (label, meaning) in drafts.TEXTS.items():
            if name != "sheet" or (self.inspection and self.inspection.kind in ("xlsx", "xls")):
                yield Setting(name, label, drafts.text_of(self.options, name), "", meaning)
        policy = self.options.on_duplicate
        meaning = "What happens to a lead that is there already: same e-mail, or LinkedIn profile."
        words = drafts.ON_DUPLICATE[policy]
        yield Setting("on_duplicate", "On duplicate", str(policy), words, meaning)
        for number, column in enumerate(self.inspection.columns if self.inspection else ()):
            yield self._line_of(number, column)

    def _line_of(self, number: int, column: InspectedColumn) -> Setting:
        assert self.inspection is not None
        cells = [row[number] for row in self.inspection.rows if number < len(row)]
        values = [cell for cell in cells if cell.strip()]
        beside = ", ".join(values[:VALUES_BESIDE])
        meaning = f"{column.header} → {drafts.becomes(column)}: {column.reason}"
        if values:
            meaning += f"\nfirst values: {', '.join(values)}"
        return Setting(
            f"{COLUMN}{column.header}", column.header, drafts.becomes(column), beside, meaning
        )

    @property
    def _column(self) -> InspectedColumn | None:
        """The column under the cursor."""
        if self.inspection is None or self.highlighted is None:
            return None
        header = self.highlighted.id.removeprefix(COLUMN)
        if header == self.highlighted.id:
            return None
        return next((c for c in self.inspection.columns if c.header == header), None)
