"""What a lead file is and what would become of its columns, before anything is imported."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING

from leadsync.core.importing.choosing import choose_mapping
from leadsync.core.importing.destinations import ACCOUNT_HEADERS, choose_destinations
from leadsync.core.importing.options import ImportOptions
from leadsync.core.importing.reader import open_lead_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.importing.destinations import Destinations
    from leadsync.core.importing.mapping import ColumnMap
    from leadsync.core.importing.opened_file import LeadFile
    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

ROWS_SHOWN = 5
_DEFAULTS = ImportOptions()


@dataclass(frozen=True, slots=True)
class InspectedColumn:
    """What an import would make of one column.

    Attributes:
        header: its name in the file, made unique.
        field: the known field that it fills; None for a column of its own, or left out.
        key: key of the lead field that its cells would go to; None when left out.
        is_new: the import would make that column.
        reason: why, in one line.
        suggestion: the field that the header may be a misspelling of.
        ignored: left out because somebody said so.
    """

    header: str
    field: str | None
    key: str | None
    is_new: bool
    reason: str
    suggestion: str | None
    ignored: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file, looked at. Nothing was written.

    Attributes:
        file: what it is called.
        kind: "delimited", "xlsx", "xls", "json" or "jsonl".
        bom: whether it begins with a byte order mark.
        delimiter: between cells; None where there is none.
        preamble: the text above the header, as in the file.
        header_line: where the header stands, 1-based; 0 for none.
        columns: what each column becomes, and why.
        rows: the first records, in the order of the columns.
        notes: one sentence each about how it was read.
    """

    file: str
    kind: str
    encoding: str
    bom: bool
    delimiter: str | None
    preamble: str
    header_line: int
    columns: tuple[InspectedColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    def to_doc(self) -> Doc:
        """The inspection as JSON; `mapping` is that of the import's report."""
        return asdict(self) | {"mapping": {c.header: c.key for c in self.columns}}


def inspect_file(
    source: Path | IO[bytes],
    options: ImportOptions = _DEFAULTS,
    *,
    store: Store | None = None,
    rows: int = ROWS_SHOWN,
) -> Inspection:
    """Look at a file as an import with these options would.

    Args:
        source: a path (`-` is stdin) or a stream of bytes.
        options: encoding, delimiter, sheet, mapping and ignored headers count.
        store: its columns and remembered mappings count, as in an import; nothing is written.
        rows: how many records are shown.

    Raises:
        InputError: the file cannot be read, or an option does not fit it.
    """
    with _opened(source, options) as file:
        maps, remembered = choose_mapping(store, file, options)
        found = choose_destinations(maps, store.columns() if store else ())
        return Inspection(
            file=file.name, kind=file.kind, encoding=file.encoding, bom=file.bom,
            delimiter=file.delimiter, preamble=file.preamble, header_line=file.header_line,
            columns=tuple(_inspected(column, found) for column in maps), rows=tuple(map(tuple, file.sample[:rows])),
            notes=(*file.report.notes, *remembered),
        )  # fmt: skip


def _inspected(column: ColumnMap, found: Destinations) -> InspectedColumn:
    key = found.mapping[column.header]
    field, reason = (key if column.field else None), column.reason
    if key is None and not column.ignored:
        is_account = column.header in ACCOUNT_HEADERS
        reason = "tells about a reject file" if is_account else "is computed, not imported"
    return InspectedColumn(
        column.header, field, key, key in found.new, reason, column.suggestion, column.ignored
    )


def iter_records(
    source: Path | IO[bytes], options: ImportOptions = _DEFAULTS, *, limit: int | None = None
) -> Iterator[Doc | list[str]]:
    """Yield `{"header": [cells] or None}`, then the cells of each record as read.

    Blank records are left out; cells beyond the header stand at the end of their record.

    Args:
        source: a path (`-` is stdin) or a stream of bytes.
        options: encoding, delimiter and sheet count.
        limit: how many records; all by default.

    Raises:
        InputError: the file cannot be read.
    """
    with _opened(source, options) as file:
        yield {"header": file.header}
        yield from islice(file.raw_records(), limit)


def _opened(source: Path | IO[bytes], options: ImportOptions) -> LeadFile:
    return open_lead_file(
        source, encoding=options.encoding, delimiter=options.delimiter, sheet=options.sheet,
        name=options.name,
    )  # fmt: skip
