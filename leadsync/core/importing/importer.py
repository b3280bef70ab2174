"""The import of a lead file: every row is accounted for, and all of it is stored, or nothing."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from leadsync.core.access.guard import acting
from leadsync.core.access.rights import Right
from leadsync.core.errors import InputError
from leadsync.core.importing.choosing import choose_mapping
from leadsync.core.importing.destinations import choose_destinations
from leadsync.core.importing.hints import DuplicateHints, find_in_trash
from leadsync.core.importing.invented import InventedCells
from leadsync.core.importing.notices import warnings_of, warnings_of_trash
from leadsync.core.importing.placing import Placer
from leadsync.core.importing.reader import open_lead_file
from leadsync.core.importing.rejects import RejectFile, check_reject_path, reject_path
from leadsync.core.importing.remembered import remember_mapping, remember_rejected
from leadsync.core.importing.report import ImportReport
from leadsync.core.importing.rows import RowCleaner
from leadsync.core.importing.suppressed import erased_rows, suppressed_rows
from leadsync.core.practice.label import is_labelled
from leadsync.core.store.rehearsal import open_unit
from leadsync.core.suppression import SuppressionList
from leadsync.core.tag_names import check_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.importing.mapping import ColumnMap
    from leadsync.core.importing.opened_file import LeadFile
    from leadsync.core.importing.options import ImportOptions
    from leadsync.core.importing.rejects import Rejected
    from leadsync.core.store.protocol import Store
    from leadsync.core.store.unit import Unit

    Progress = Callable[[int, int], None]

ROWS_AT_ONCE = 1000
EXPECTED = "Email, LinkedIn URL, or First Name, Last Name and Company"


def import_file(
    store: Store,
    source: Path | IO[bytes],
    options: ImportOptions,
    *,
    actor: str,
    progress: Progress | None = None,
    rejected: Rejected | None = None,
    inside: Callable[[], None] | None = None,
) -> ImportReport:
    """Import one file in one unit of work.

    Importing a file again finds every row unchanged and writes nothing. Memory does not grow
    with the file, apart from workbooks. Rejected rows are in a file of their own.

    Args:
        store: where the leads go.
        source: a path (`-` is stdin) or a stream of bytes.
        options: what the user asked for.
        actor: who does it, for history.
        progress: is told (bytes read, bytes in all) after each batch; what it raises takes the
            whole import back.
        rejected: is told (line, cells as read, reason) of each row that is no lead or a conflict.
        inside: is called in the unit before the first row; what it raises takes the import back.

    Raises:
        AccessError: who is there may not import.
        InputError: the file cannot be read, an option does not fit it, or no row of it is a
            lead; nothing is written.
    """
    store = acting(store, Right.IMPORT)
    with open_lead_file(
        source, encoding=options.encoding, delimiter=options.delimiter, sheet=options.sheet,
        name=options.name,
    ) as file:  # fmt: skip
        maps, remembered = choose_mapping(store, file, options)
        report = _new_report(file, options)
        report.warnings += remembered
        header = _header(file, maps)
        rejects_at = _rejects_at(source, file, options, store.url)
        with RejectFile(rejects_at, header, rejected) as rejects:
            label = f"import {file.name}"
            with open_unit(store, actor, label, dry_run=options.dry_run) as unit:
                # Inside the unit nobody else makes the columns and the campaign of this file.
                if inside:
                    inside()
                work = _Import(store, unit, file, maps, options, report, rejects)
                work.run(progress)
        if options.dry_run:
            report.unit = None
        elif rejects.is_needed:
            report.rejects_file = str(rejects.path)
        if options.remember and not options.dry_run:
            remember_mapping(store, file.columns, options)
            if rejects.is_needed:
                remember_rejected(store, header, maps)
    return report


class _Import:
    """One file on its way into one unit."""

    def __init__(
        self,
        store: Store,
        unit: Unit,
        file: LeadFile,
        maps: Sequence[ColumnMap],
        options: ImportOptions,
        report: ImportReport,
        rejects: RejectFile,
    ) -> None:
        columns = store.columns()
        self._store = store
        self._unit = unit
        self._file = file
        self._report = report
        self._rejects = rejects
        self._destinations = choose_destinations(maps, columns)
        policy = self._destinations.policy(options.policy)
        self._placer = Placer(store, unit, self._destinations, options, policy)
        self._cleaner = RowCleaner(
            self._destinations.targets, source=options.source, tags=check_tags(options.tags),
            is_guarded=file.kind == "delimited",
        )  # fmt: skip
        self._suppressions = SuppressionList(store)
        self._hints = DuplicateHints()
        self._invented = InventedCells(target.index for target in self._destinations.targets)
        self._unconverted: Counter[str] = Counter()

    def run(self, progress: Progress | None) -> None:
        """Read, clean and place all rows; fills the report."""
        file, report = self._file, self._report
        rows = file.iter_rows()
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            self._take(chunk)
            if progress:
                progress(file.bytes_read, file.bytes_total or 0)
        report.rows = file.report.records
        assert report.rows == report.accounted, (report.rows, report.accounted)
        if report.rows == report.rejected:
            raise _nothing_usable(file)
        self._tell()

    def _tell(self) -> None:
        """Fill in what is known at the end only."""
        report, placer = self._report, self._placer
        report.unit = self._unit.id if self._unit.touched else None
        report.mapping = self._destinations.mapping
        report.campaign = placer.campaign_name
        report.new_columns = self._destinations.made
        report.possible_duplicates = self._hints.count(self._store, placer.scope)
        campaign = None if placer.scope is None else placer.campaign_name
        report.in_trash, example = find_in_trash(
            self._store, campaign, placer.scope, placer.first_created
        )
        if placer.archived_note:
            report.warnings.append(placer.archived_note)
        report.warnings += warnings_of_trash(report, example)
        report.warnings += self._destinations.warnings
        report.warnings += warnings_of(self._file, report, self._unconverted)
        if not is_labelled(self._store):
            report.warnings += self._invented.warnings()

    def _take(self, chunk: list[tuple[int, list[str]]]) -> None:
        lines = [line for line, _ in chunk]
        raw = [row for _, row in chunk]
        self._invented.add(raw)
        width = len(self._file.columns)
        rows, extra = raw, None
        if any(len(row) > width for row in raw):
            rows = [row if len(row) > width else [*row, ""] for row in raw]
            extra = self._destinations.extra
        batch = self._cleaner.clean(rows, extra if extra and extra.field else None)
        self._unconverted.update(batch.unconverted)
        erased = erased_rows(batch, self._suppressions) - batch.rejects.keys()
        suppressed = suppressed_rows(batch, self._suppressions) - batch.rejects.keys() | erased
        numbers = [n for n in range(batch.count) if n not in batch.rejects and n not in suppressed]
        merged = self._placer.place(batch, numbers, lines)
        emails = batch.column("email")
        self._hints.add(emails[n] for n in merged.created)
        for n, reason in sorted((batch.rejects | merged.conflicts).items()):
            self._rejects.add(lines[n], raw[n], reason)
        report = self._report
        report.created += len(merged.created)
        report.updated += merged.updated
        report.unchanged += merged.unchanged
        report.skipped += merged.skipped + len(suppressed)
        report.suppressed += len(suppressed) - len(erased)
        report.erased += len(erased)
        report.rejected += len(batch.rejects)
        report.conflicts += len(merged.conflicts)


def _new_report(file: LeadFile, options: ImportOptions) -> ImportReport:
    return ImportReport(
        file=file.name, encoding=file.encoding, delimiter=file.delimiter,
        header_line=file.header_line, dry_run=options.dry_run,
    )  # fmt: skip


def _rejects_at(
    source: Path | IO[bytes], file: LeadFile, options: ImportOptions, store_url: str
) -> Path | None:
    path = source if isinstance(source, Path) and str(source) != "-" else None
    if options.rejects:
        check_reject_path(options.rejects, path, store_url)
    if options.dry_run or not options.writes_rejects:
        return None
    return options.rejects or reject_path(path, file.name)


def _header(file: LeadFile, maps: Sequence[ColumnMap]) -> list[str]:
    """Headers of the reject file: those of the file, or names that say the same."""
    if file.header is not None:
        return file.columns
    return [column.field or column.header for column in maps]


def _nothing_usable(file: LeadFile) -> InputError:
    if not file.report.records:
        return InputError(
            f'"{file.name}" has a header and no rows', next_step="export it again, with its rows"
        )
    seen = ", ".join(f'"{name}"' for name in file.columns[:12])
    return InputError(
        f'no row of "{file.name}" is a lead: none has an e-mail address, a LinkedIn profile, or a'
        f" name with a company; headers seen: {seen}",
        next_step=f"expected headers: {EXPECTED}; or say which is which: --map 'Header=email'",
    )
