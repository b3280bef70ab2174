"""What a lead file is and what would become of its columns, before anything is imported."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING

from leadsync.core.importing.mapping import propose_mapping
from leadsync.core.importing.options import ImportOptions
from leadsync.core.importing.reader import open_lead_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.importing.mapping import ColumnMap
    from leadsync.core.importing.reader import LeadFile
    from leadsync.core.models import Doc

ROWS_SHOWN = 5
_DEFAULTS = ImportOptions()


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
    columns: tuple[ColumnMap, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    def to_doc(self) -> Doc:
        """The inspection as JSON."""
        return asdict(self) | {"mapping": {c.header: c.field for c in self.columns}}


def inspect_file(
    source: Path | IO[bytes], options: ImportOptions = _DEFAULTS, *, rows: int = ROWS_SHOWN
) -> Inspection:
    """Look at a file as an import with these options would.

    Args:
        source: a path (`-` is stdin) or a stream of bytes.
        options: encoding, delimiter, sheet, mapping and ignored headers count.
        rows: how many records are shown.

    Raises:
        InputError: the file cannot be read, or an option does not fit it.
    """
    with _opened(source, options) as file:
        maps = propose_mapping(
            file.columns, file.sample, options.mapping, options.ignore,
            has_header=file.header is not None,
        )  # fmt: skip
        return Inspection(
            file=file.name, kind=file.kind, encoding=file.encoding, bom=file.bom,
            delimiter=file.delimiter, preamble=file.preamble, header_line=file.header_line,
            columns=tuple(maps), rows=tuple(map(tuple, file.sample[:rows])),
            notes=tuple(file.report.notes),
        )  # fmt: skip


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
