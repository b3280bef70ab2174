"""Files: importing with a look before, exporting what is shown, the first steps."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.models import DEFAULT_CAMPAIGN
from leadsync.core.wording import plural
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.importing.inspection import Inspection
    from leadsync.core.importing.report import ImportReport
    from leadsync.tui.desk import Desk

SAMPLE = "apollo_export.csv"
MOST_COLUMNS = 30  # of a file that the look before names
_COUNTS = ("created", "updated", "unchanged", "skipped", "rejected", "conflicts")


def welcome(desk: Desk, _count: int | None) -> None:
    """The three ways to begin."""
    choices = [
        Choice("files.import_file", "Import a file of leads", "Ctrl+O"),
        Choice("files.sample", "Try it with the sample leads"),
        Choice("lead.add", "Add a lead by hand", "a"),
    ]
    desk.pick("There are no leads yet", choices, lambda _key, action: desk.do(action))


def import_file(desk: Desk, _count: int | None) -> None:
    """Ask for a file, show how it is read and what it would do, and import it on Enter."""

    def answered(text: str) -> bool:
        if text.strip():
            _look(desk, Path(text.strip()).expanduser(), desk.model.look.campaign)
        return True

    desk.ask("Import file:", answered, complete=_complete_path)


def sample(desk: Desk, _count: int | None) -> None:
    """Invented leads, as Apollo exports them; u takes them back."""
    with resources.as_file(resources.files("leadsync.core.sample") / SAMPLE) as path:
        _look(desk, path, desk.model.look.campaign)


def export(desk: Desk, _count: int | None) -> None:
    """Ask for a file, and write the leads and columns that are shown."""
    from leadsync.core.exporting.exporter import export_header, export_leads
    from leadsync.core.exporting.formats import ExportOptions, format_for

    chosen = desk.model.selection()
    columns = [field.key for field in desk.grid.layout_now.fields]

    def answered(text: str) -> bool:
        name = text.strip()
        if not name:
            return True
        target = Path(name).expanduser()
        options = ExportOptions(format_for(name, None))
        if target.exists():
            lines = [f"{target} is there already, and would be written anew."]
            desk.confirm("Export", lines, f"Replace {target.name}", lambda: work(target, options))
        else:
            work(target, options)
        return True

    def work(target: Path, options: ExportOptions) -> None:
        header = export_header(desk.workspace, chosen, options, columns=columns)
        desk.ask_store(
            "export",
            lambda: export_leads(desk.workspace, chosen, target, header, options),
            lambda count: desk.say(f"{plural(count, 'lead')} exported to {target}"),
        )

    number = plural(len(desk.model.ids), "lead")
    desk.ask(f"Export {number} to:", answered, complete=_complete_path)


def _look(desk: Desk, path: Path, campaign: str) -> None:
    """Read the file without keeping anything, and show what an import would do."""
    from leadsync.core.importing.importer import import_file as read_in
    from leadsync.core.importing.inspection import inspect_file
    from leadsync.core.importing.options import ImportOptions

    options = ImportOptions(campaign=campaign or DEFAULT_CAMPAIGN)
    store, actor = desk.workspace.store, desk.workspace.actor

    def look() -> tuple[Inspection, ImportReport]:
        dry = replace(options, dry_run=True)
        return inspect_file(path, options, store=store), read_in(store, path, dry, actor=actor)

    def show(found: tuple[Inspection, ImportReport]) -> None:
        lines = [*_lines(*found)]
        number = found[1].created + found[1].updated
        desk.confirm(f"Import {path.name}", lines, f"Import {plural(number, 'lead')}", work)

    def work() -> None:
        desk.say(f"importing {path.name} …")
        desk.write(lambda: read_in(store, path, options, actor=actor), done)

    def done(report: ImportReport) -> None:
        told = [f"{getattr(report, word):,} {word}" for word in _COUNTS if getattr(report, word)]
        undo = "; u takes it back" if report.unit else ""
        desk.say(f"{path.name}: {', '.join(told)}{undo}")

    desk.say(f"reading {path.name} …")
    desk.ask_store("import", look, show)


def _lines(inspection: Inspection, report: ImportReport) -> Iterator[str]:
    between = {"\t": "tabs", ",": "commas", ";": "semicolons"}.get(inspection.delimiter or "", "")
    how = f"{inspection.kind}, {inspection.encoding}{f', {between}' if between else ''}"
    yield f"{how}; {plural(report.rows, 'row')} into {report.campaign}"
    yield "  ".join(f"{getattr(report, w):,} {w}" for w in _COUNTS if getattr(report, w))
    yield ""
    for column in inspection.columns[:MOST_COLUMNS]:
        target = "left out" if column.key is None else f"{column.key}{' (new)' * column.is_new}"
        yield f"{column.header[:28]:<28} → {target:<24} {column.reason}"
    yield from report.warnings


def _complete_path(text: str) -> str | None:
    """The first file or folder that begins so."""
    folder, _, name = text.rpartition("/")
    place = Path(f"{folder}/" if "/" in text else ".").expanduser()
    try:
        found = sorted(
            entry.name + "/" * entry.is_dir()
            for entry in place.iterdir()
            if name and entry.name.startswith(name)
        )
    except OSError:
        return None
    return f"{text[: len(text) - len(name)]}{found[0]}" if found else None
