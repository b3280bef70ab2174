"""A lead file, opened: its columns, and its rows as they stand in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from leadsync.core.importing.decode import open_text, text_lines
from leadsync.core.importing.json_records import cell_of, iter_objects
from leadsync.core.importing.records import RecordReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from leadsync.core.importing.decode import Decoding
    from leadsync.core.importing.records import Dialect, Record
    from leadsync.core.importing.source import LeadSource


@dataclass(slots=True)
class ReadReport:
    """What was odd in the records that were read so far.

    Attributes:
        records: records that were given out.
        blank_records: skipped, because every cell was blank.
        ragged_rows: with more cells than columns; the rest is in one more cell.
        short_rows: filled up with blank cells.
        nul_bytes: removed from the text.
        repaired_quotes: lines whose stray quote was taken literally.
        notes: one sentence each about encoding, preamble and sheet.
    """

    records: int = 0
    blank_records: int = 0
    ragged_rows: int = 0
    short_rows: int = 0
    nul_bytes: int = 0
    repaired_quotes: list[int] = field(default_factory=list[int])
    notes: list[str] = field(default_factory=list[str])

    def restart(self) -> None:
        """Forget what a reading from the start will count again."""
        self.records = self.blank_records = self.ragged_rows = self.short_rows = 0
        self.repaired_quotes = []


@dataclass(slots=True)
class LeadFile:
    """A file of leads that can be read from its start again and again, by one reader at a time.

    Attributes:
        name: what messages call it.
        kind: "delimited", "xlsx", "xls", "json" or "jsonl".
        encoding: of the text; "utf-8" for workbooks.
        delimiter: between cells; None where there is none.
        preamble: the text above the header, as in the file.
        header: as in the file; None when it has none.
        columns: the header without blanks and repeats.
        header_line: where it stands, 1-based; 0 for none.
        sample: first records, up to 200, blank ones left out.
        bytes_total: size of the file; of what it holds, for gzip.
        report: what was odd, as far as it has been read.
    """

    name: str
    kind: str
    encoding: str
    bom: bool
    delimiter: str | None
    preamble: str
    header: list[str] | None
    columns: list[str]
    header_line: int
    sample: list[list[str]]
    bytes_total: int | None
    report: ReadReport
    _source: LeadSource
    _records: Records
    _handle: BinaryIO | None = None

    def iter_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line number, cells) of every record that is not blank.

        Cells are as many as `columns`, and exactly one more when the record has cells beyond
        the header, joined by the delimiter (the `_extra` column).
        """
        report, width = self.report, len(self.columns)
        report.restart()
        blank = [""] * width
        joint = self.delimiter or ","
        with self._source.open() as handle:
            self._handle = handle
            for line, cells in self._records.read(handle, report):
                row = cells
                if (not row or not row[0] or row[0].isspace()) and not "".join(row).strip():
                    report.blank_records += 1
                    continue
                if len(row) != width:
                    if len(row) < width:
                        report.short_rows += 1
                        row = row + blank[len(row) :]
                    else:
                        extra = row[width:]
                        row = row[:width]
                        if any(extra):
                            report.ragged_rows += 1
                            row.append(joint.join(extra).rstrip(joint))
                report.records += 1
                yield line, row

    def raw_records(self) -> Iterator[list[str]]:
        """Yield the cells of every record that is not blank, exactly as read."""
        with self._source.open() as handle:
            for _, row in self._records.read(handle, ReadReport()):
                if any(cell.strip() for cell in row):
                    yield row

    @property
    def bytes_read(self) -> int:
        """How far the reading is; for a progress bar."""
        handle = self._handle
        if handle is None:
            return 0
        return self.bytes_total or 0 if handle.closed else handle.tell()

    def close(self) -> None:
        """Remove the temporary copy of a stream."""
        self._source.close()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


@dataclass(frozen=True, slots=True)
class DelimitedRecords:
    """Records of delimited text below its header."""

    decoding: Decoding
    dialect: Dialect
    first_line: int
    header_lines: int
    width: int

    def read(self, handle: BinaryIO, report: ReadReport) -> Iterator[Record]:
        """The records in the text of a file, its quotes mended."""
        lines = text_lines(handle, self.decoding)
        skipped = self.first_line - 1 + self.header_lines
        deque(islice(lines, skipped), maxlen=0)
        reader = RecordReader(lines, self.dialect, self.width, skipped + 1, report.repaired_quotes)
        return iter(reader)


@dataclass(frozen=True, slots=True)
class SheetRecords:
    """Records that are in memory already: of a sheet."""

    rows: list[Record]

    def read(self, handle: BinaryIO, report: ReadReport) -> Iterator[Record]:
        """The records; no file is read for it."""
        del handle, report
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class JsonRecords:
    """JSON objects as records; their number stands for the line."""

    decoding: Decoding
    name: str
    keys: list[str]

    def read(self, handle: BinaryIO, report: ReadReport) -> Iterator[Record]:
        """The objects in the text of a file."""
        del report
        with open_text(handle, self.decoding) as text:
            for number, found in enumerate(iter_objects(text.read, self.name), 1):
                yield number, [cell_of(found.get(key)) for key in self.keys]


Records = DelimitedRecords | SheetRecords | JsonRecords
