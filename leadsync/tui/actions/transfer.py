"""Files of leads: importing one with a look before, exporting what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.exporting.exporter import export_leads
from leadsync.core.importing.importer import import_file
from leadsync.core.importing.lead_files import remember_folder
from leadsync.core.importing.options import ImportOptions
from leadsync.core.importing.report_text import count_lines, head_line, short_counts
from leadsync.core.importing.touched import touched_by
from leadsync.core.models import DEFAULT_CAMPAIGN
from leadsync.core.wording import plural
from leadsync.tui.grid.model import Look
from leadsync.tui.panels.export_panel import ExportDraft, ExportPanel
from leadsync.tui.panels.file_panel import FilePanel
from leadsync.tui.panels.import_panel import ImportPanel
from leadsync.tui.panels.progress_panel import ProgressPanel

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from leadsync.core.exporting.leaving_out import Exported
    from leadsync.core.importing.report import ImportReport
    from leadsync.tui.desk import Desk
    from leadsync.tui.panels.settings_panel import SettingsPanel

    T = TypeVar("T")

REJECTS_KEPT = 1000
REJECTS_SHOWN = 8


def choose_file(desk: Desk) -> None:
    """Choose a file, see how it is read and what its columns become, count, import."""

    def chosen(path: Path | None) -> None:
        if path is not None:
            remember_folder(desk.workspace.config.state_folder, path.parent)
            begin_import(desk, path)

    desk.app.push_screen(FilePanel(desk), chosen)


def begin_export(desk: Desk) -> None:
    """Write the leads and columns that are shown into a file."""
    model = desk.model
    look = model.look
    name = look.view or look.campaign or "leads"
    draft = ExportDraft(
        chosen=model.selection(),
        trashed=look.trashed,
        columns=tuple(one.key for one in desk.grid.layout_now.fields),
        file=f"{name.replace('/', '-')}.csv",
    )
    desk.app.push_screen(ExportPanel(desk, draft, lambda panel, of: _export(desk, panel, of)))


def begin_import(desk: Desk, path: Path) -> None:
    """Show what an import of a file would be."""
    options = ImportOptions(campaign=desk.model.look.campaign or DEFAULT_CAMPAIGN)
    panel = ImportPanel(desk, path, options, lambda panel, of: _count_first(desk, panel, of))
    desk.app.push_screen(panel)


# importing -------------------------------------------------------------------------------
@dataclass(slots=True)
class _Rejects:
    """Rows that are rejected, as the import tells them.

    Attributes:
        kept: line and reason of the first ones.
    """

    kept: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def told(self, line: int, _row: Sequence[str], reason: str) -> None:
        """Keep one."""
        if len(self.kept) < REJECTS_KEPT:
            self.kept.append((line, reason))

    def lines(self, total: int) -> Iterator[str]:
        """The first of them, and how many more there are."""
        for line, reason in self.kept[:REJECTS_SHOWN]:
            yield f"  line {line:,}: {reason}"
        if total > REJECTS_SHOWN:
            yield f"  … {total - REJECTS_SHOWN:,} more"


def _count_first(desk: Desk, panel: ImportPanel, options: ImportOptions) -> None:
    """Do it all without keeping it, say what would come of it, and ask."""
    rejects = _Rejects()

    def counted(report: ImportReport) -> None:
        lines = [*_account(report, rejects)]
        verb = f"Import {plural(report.rows - report.rejected - report.conflicts, 'row')}"
        desk.confirm(
            f"Import {panel.path.name}", lines, verb, lambda: _import(desk, panel, options)
        )

    with_progress(
        desk,
        panel,
        f"Counting {panel.path.name}",
        "counting was stopped",
        lambda told: import_file(
            desk.workspace.store, panel.path, replace(options, dry_run=True),
            actor=desk.workspace.actor, progress=told, rejected=rejects.told,
        ),
        counted,
    )  # fmt: skip


def _import(desk: Desk, panel: ImportPanel, options: ImportOptions) -> None:
    store = desk.workspace.store
    rejects = _Rejects()

    def work(told: Callable[[int, int], None]) -> tuple[ImportReport, array[int] | None]:
        report = import_file(
            store, panel.path, options, actor=desk.workspace.actor, progress=told,
            rejected=rejects.told,
        )  # fmt: skip
        return report, touched_by(store, report.unit) if report.unit else None

    def done(result: tuple[ImportReport, array[int] | None]) -> None:
        report, touched = result
        panel.dismiss(None)
        # Columns that the file brought are there at once: what follows may be an export of them.
        desk.grid.set_layout(desk.model.layout_now(desk.grid.layout_now, desk.hidden))
        desk.live.look_now()
        if touched is not None:
            _show_only(desk, touched)
        undo = "; u takes it back" if report.unit else ""
        desk.say(f"{report.file}: {short_counts(report)}{undo}")
        _show_report(desk, report, rejects)

    stopped = f"stopped: nothing of {panel.path.name} was imported"
    with_progress(desk, panel, f"Importing {panel.path.name}", stopped, work, done)


def _show_only(desk: Desk, lead_ids: array[int]) -> None:
    """Mark the leads, and show no others."""
    desk.model.marks.clear()
    desk.model.marks.add(lead_ids)
    desk.show(Look(only_marked=True))


def _account(report: ImportReport, rejects: _Rejects) -> Iterator[str]:
    """What becomes of the rows, why some are no leads, and what else is to be seen."""
    yield from count_lines(report)
    yield from rejects.lines(report.rejected + report.conflicts)
    if report.new_columns:
        yield f"new columns: {', '.join(report.new_columns)}"
    yield from report.warnings


def _show_report(desk: Desk, report: ImportReport, rejects: _Rejects) -> None:
    """What was done; from here a corrected file of rejected rows is imported, too."""
    lines = [head_line(report), *_account(report, rejects)]
    footer = "Esc: its leads, marked; Esc again: all leads" if report.unit else "Esc: close"
    keys: dict[str, Callable[[], None]] = {}
    if report.rejects_file:
        path = Path(report.rejects_file)
        lines += [f'rejected rows: "{path}"; correct it, then i imports it']
        footer = f"i: import corrected rows   {'Esc: its leads' if report.unit else footer}"
        keys["i"] = lambda: begin_import(desk, path)
    title = "Imported" if report.unit else "Nothing new"
    desk.read(title, "\n".join(lines), footer=footer, keys=keys)


# exporting -------------------------------------------------------------------------------
def _export(desk: Desk, panel: ExportPanel, draft: ExportDraft) -> None:
    if draft.path.exists():
        lines = [f'"{draft.file}" is there already; it would be written anew.']
        verb = f"Replace {draft.path.name}"
        desk.confirm("Export", lines, verb, lambda: _write(desk, panel, draft))
    else:
        _write(desk, panel, draft)


def _write(desk: Desk, panel: ExportPanel, draft: ExportDraft) -> None:
    workspace = desk.workspace

    def work(told: Callable[[int, int], None]) -> Exported:
        return export_leads(
            workspace, draft.chosen, draft.path, draft.header(workspace), draft.options(),
            template=draft.template, trashed=draft.trashed, progress=told,
        )  # fmt: skip

    def done(exported: Exported) -> None:
        panel.dismiss(None)
        note = "; practice: not for sending" if workspace.config.is_practice else ""
        note = f"; {exported.words}{note}" if exported.words else note
        desk.say(f'{plural(exported.leads, "lead")} exported to "{draft.file}"{note}')

    stopped = "stopped: no file was written"
    with_progress(desk, panel, f"Exporting to {draft.path.name}", stopped, work, done)


# both ------------------------------------------------------------------------------------
def with_progress(
    desk: Desk,
    panel: SettingsPanel,
    title: str,
    stopped: str,
    work: Callable[[Callable[[int, int], None]], T],
    done: Callable[[T], None],
) -> None:
    """Do long work in the writing lane under a bar; errors are said in the panel, which stays."""

    def work_under_bar() -> T:
        bar.told(0, 0)  # it may have been stopped while it waited
        return work(bar.told)

    def ended(result: T) -> None:
        bar.close()
        done(result)

    def failed(error: Exception) -> None:
        bar.close()
        panel.say_problem(error)

    def begin() -> None:
        desk.lanes.writing.ask("", work_under_bar, ended, failed)

    bar = ProgressPanel(title, stopped, begin, desk.deliver)
    desk.app.push_screen(bar)
