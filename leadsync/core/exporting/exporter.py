"""Leads of a workspace as a file: which columns, under which headers, in which order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.errors import InputError
from leadsync.core.exporting.exported_files import remember_export
from leadsync.core.exporting.formats import ExportColumn, ExportFormat
from leadsync.core.exporting.headings import headings
from leadsync.core.exporting.leaving_out import Door
from leadsync.core.exporting.tool_templates import apply_template
from leadsync.core.exporting.writer import write_export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from leadsync.core.exporting.formats import ExportOptions, Row
    from leadsync.core.exporting.leaving_out import Exported
    from leadsync.core.selection import Selection
    from leadsync.core.workspace import Workspace

_FIRST = ("email", "name", "linkedin_url")
_LAST = ("tags", "source")
_FOR_PROGRAMS = frozenset({ExportFormat.JSON, ExportFormat.JSONL, ExportFormat.PARQUET})
REPORT_EVERY = 1000


def export_leads(  # noqa: PLR0913 - what a file is made of, word for word
    workspace: Workspace,
    chosen: Selection,
    target: Path | BinaryIO,
    header: Sequence[ExportColumn],
    options: ExportOptions,
    *,
    template: str = "",
    trashed: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Exported:
    """Write the leads of a selection; how many there were, and who stayed out or should not be.

    Memory does not grow with their number. A path gets the whole file or keeps what it had.

    Args:
        workspace: whose leads.
        chosen: which of them, in which order.
        target: a file, or a binary stream.
        header: as `export_header` gives it.
        options: format and its details.
        template: of the tool that the file is for: it gets nobody who is suppressed or erased.
        trashed: those in the trash instead.
        progress: called now and then with (leads written, leads in all); what it raises ends the
            export without a file.

    Raises:
        AccessError: who is there may not export.
        InputError: no column, no such folder, or the format cannot hold the rows.
        StoreError: the place cannot be written, or is full.
    """
    workspace.require(Right.EXPORT)
    store = workspace.store
    door = Door(store, header, template, keeps_ids=isinstance(target, Path))
    rows: Iterator[Row] = store.scan(chosen.filter, door.fields, chosen.sort, trashed=trashed)
    if progress is not None:
        rows = _counted(rows, store.count(chosen.filter, trashed=trashed), progress)
    exported = door.exported
    exported.leads = write_export(door.through(rows), header, target, options)
    if isinstance(target, Path) and exported.leads:
        remember_export(workspace, target, exported.ids)
    return exported


def export_preview(
    workspace: Workspace,
    chosen: Selection,
    header: Sequence[ExportColumn],
    limit: int,
    *,
    trashed: bool = False,
) -> list[Row]:
    """The first rows of an export, in the order of `header`."""
    store = workspace.store
    ids = store.ids(chosen.filter, chosen.sort, limit=limit, trashed=trashed)
    return list(store.rows(ids, [column.key for column in header]))


def export_header(
    workspace: Workspace,
    chosen: Selection,
    options: ExportOptions,
    *,
    columns: Sequence[str] = (),
    template: str = "",
    with_ids: bool = False,
) -> list[ExportColumn]:
    """The columns of an export.

    Those that are named; else those of the view; else every field: e-mail, name, LinkedIn, all
    columns, tags, source. Files for people have labels above their columns, or keys where an
    import would take a label for another column (`headings`), so that importing one again gives
    the same cells; files for programs have keys.

    Args:
        workspace: whose columns.
        chosen: its view says which columns, where none is named.
        options: the format decides whether headers are labels or keys.
        columns: keys of fields.
        template: of a tool; picks and renames what its importer expects.
        with_ids: put the lead's id first.

    Raises:
        InputError: an unknown column, or the tool needs one that is not there.
        NotFound: no such template.
    """
    catalog = workspace.store.catalog()
    names = columns or (chosen.view.shown if chosen.view else ())
    keys = [catalog.resolve(name).key for name in names]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError(f'column "{twice}" is named twice', next_step="name each column once")
    if not keys:
        keys = [*_FIRST, *(c.key for c in workspace.store.columns()), *_LAST]
    if with_ids:
        keys = ["id", *(key for key in keys if key != "id")]
    if template:
        named = apply_template(template, keys)
    else:
        by_key = options.format in _FOR_PROGRAMS
        above = {} if by_key else headings(workspace.store.columns())
        named = [(key, above.get(key, key)) for key in keys]
    return [ExportColumn(key, header, catalog.resolve(key).type) for key, header in named]


def _counted(
    rows: Iterator[Row], total: int, progress: Callable[[int, int], None]
) -> Iterator[Row]:
    for done, row in enumerate(rows, 1):
        if done % REPORT_EVERY == 0:
            progress(done, total)
        yield row
