"""Opening lead files: what a file is, told by its content, and where its columns are."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, BinaryIO

from leadsync.core.errors import InputError
from leadsync.core.exporting.guard import unguard
from leadsync.core.importing.decode import (
    HEAD_BYTES,
    KEEP_BYTE,
    choose_decoding,
    open_text,
    text_lines,
)
from leadsync.core.importing.dialect import (
    SAMPLED_RECORDS,
    choose_dialect,
    delimiter_of_sep_line,
    parse_delimiter,
    sample_records,
    with_spaces_where_better,
)
from leadsync.core.importing.header import find_header, name_columns
from leadsync.core.importing.json_records import cell_of, check_not_wrapped, is_json, iter_objects
from leadsync.core.importing.not_text import check_is_text
from leadsync.core.importing.opened_file import (
    DelimitedRecords,
    JsonRecords,
    LeadFile,
    ReadReport,
    SheetRecords,
)
from leadsync.core.importing.records import Dialect
from leadsync.core.importing.sheets import read_sheet, workbook_kind
from leadsync.core.importing.source import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.importing.decode import Decoding
    from leadsync.core.importing.records import Record
    from leadsync.core.importing.source import LeadSource

SAMPLED_LINES = 1_000
SAMPLED_CHARS = 4 << 20


def open_lead_file(
    source: Path | IO[bytes],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    name: str | None = None,
) -> LeadFile:
    """Open a file, decide what it is by its content, and find its columns.

    Reads delimited text once through for its encoding, JSON once through for its columns; rows
    are read when asked for. A workbook's sheet is held in memory.

    Args:
        source: a path (`-` is stdin) or a stream of bytes.
        encoding: forces the encoding of text.
        delimiter: forces the delimiter: one character, or "tab".
        sheet: which sheet of a workbook; the first by default.
        name: what messages call a stream.

    Raises:
        InputError: the file cannot be used; says why, and what would help.
    """
    forced = None if delimiter is None else parse_delimiter(delimiter)
    found = open_source(source, name)
    try:
        with found.open() as handle:
            head = handle.read(HEAD_BYTES)
            workbook = workbook_kind(found, head)
            if workbook:
                return _open_workbook(found, workbook, sheet)
            _check_no_sheet(found.name, sheet)
            decoding = choose_decoding(handle, encoding)
            check_is_text(found.name, head, decoding)
            text = head[decoding.skip :].decode(decoding.codec, KEEP_BYTE)
            if is_json(text):
                return _open_json(found, decoding, handle, text)
            return _open_delimited(found, decoding, handle, forced)
    except BaseException:
        found.close()
        raise


def _check_no_sheet(name: str, sheet: str | None) -> None:
    if sheet is not None:
        raise InputError(
            f'"{name}" is no workbook and has no sheet "{sheet}"', next_step="leave --sheet out"
        )


def _open_delimited(
    source: LeadSource, decoding: Decoding, handle: BinaryIO, forced: str | None
) -> LeadFile:
    lines, is_whole_file = _sample_lines(text_lines(handle, decoding))
    named = delimiter_of_sep_line(lines[0]) if lines else None
    above = 0 if named is None else 1
    body = lines[above:]
    if forced or named:
        own = Dialect(forced or named or ",")
        dialect = with_spaces_where_better(own, body, is_whole_file=is_whole_file)
    else:
        dialect = choose_dialect(body, is_whole_file=is_whole_file)
    records, mended = sample_records(dialect, body, is_whole_file=is_whole_file)
    index = _header_index(records, source.name)
    start = 0 if index is None else index + 1
    first_line, header_lines = above + 1, 0
    if index is not None:
        first_line = above + records[index][0]
        following = records[start][0] if start < len(records) else len(body) + 1
        header_lines = following - records[index][0]
    header = None if index is None else records[index][1]
    rows = [row for _, row in records[start:]]
    columns = _columns(header and [unguard(name) for name in header], rows)
    preamble = "".join(lines[: first_line - 1])
    report = ReadReport(nul_bytes=decoding.nul_bytes, repaired_quotes=mended)
    report.notes += _notes(decoding, preamble, has_header=header is not None)
    return LeadFile(
        name=source.name, kind="delimited", encoding=decoding.encoding, bom=decoding.bom,
        delimiter=dialect.delimiter, preamble=preamble if preamble.strip() else "",
        header=header, columns=columns, header_line=0 if header is None else first_line,
        sample=_padded(rows, len(columns)), bytes_total=source.bytes_total, report=report,
        _source=source,
        _records=DelimitedRecords(decoding, dialect, first_line, header_lines, len(columns)),
    )  # fmt: skip


def _open_workbook(source: LeadSource, kind: str, sheet: str | None) -> LeadFile:
    chosen, records = read_sheet(source, sheet)
    index = _header_index(records, source.name)
    start = 0 if index is None else index + 1
    header = None if index is None else records[index][1]
    rows = [row for _, row in records[start : start + SAMPLED_RECORDS]]
    columns = _columns(header, rows)
    above = [row for _, row in records[: start - 1]] if index else []
    preamble = "".join("\t".join(row).rstrip() + "\n" for row in above)
    notes = [f'sheet "{chosen}"']
    if preamble.strip():
        notes.append(f"{len(above)} rows above the header are left out")
    return LeadFile(
        name=source.name, kind=kind, encoding="utf-8", bom=False, delimiter=None,
        preamble=preamble, header=header, columns=columns,
        header_line=0 if index is None else records[index][0],
        sample=_padded(rows, len(columns)), bytes_total=source.bytes_total,
        report=ReadReport(notes=notes), _source=source, _records=SheetRecords(records[start:]),
    )  # fmt: skip


def _open_json(source: LeadSource, decoding: Decoding, handle: BinaryIO, text: str) -> LeadFile:
    keys: dict[str, None] = {}
    sample: list[dict[str, object]] = []
    with open_text(handle, decoding) as characters:
        for found in iter_objects(characters.read, source.name):
            keys.update(dict.fromkeys(found))
            if len(sample) < SAMPLED_RECORDS:
                sample.append(found)
    if not keys:
        raise _no_record(source.name)
    check_not_wrapped(sample, source.name)
    header = list(keys)
    rows = [[cell_of(found.get(key)) for key in header] for found in sample]
    return LeadFile(
        name=source.name, kind="json" if text.lstrip("\ufeff \t\r\n")[0] == "[" else "jsonl",
        encoding=decoding.encoding, bom=decoding.bom, delimiter=None, preamble="",
        header=header, columns=name_columns(header, len(header), [True] * len(header)),
        header_line=0, sample=[row for row in rows if any(row)],
        bytes_total=source.bytes_total, report=ReadReport(notes=_notes(decoding, "")),
        _source=source, _records=JsonRecords(decoding, source.name, header),
    )  # fmt: skip


def _sample_lines(lines: Iterator[str]) -> tuple[list[str], bool]:
    """The first lines, and whether these are all."""
    taken: list[str] = []
    chars = 0
    for line in lines:
        taken.append(line)
        chars += len(line)
        if len(taken) >= SAMPLED_LINES or chars >= SAMPLED_CHARS:
            return taken, next(lines, None) is None
    return taken, True


def _header_index(records: list[Record], name: str) -> int | None:
    if not any(cell.strip() for _, row in records for cell in row):
        raise _no_record(name)
    return find_header([row for _, row in records]).index


def _no_record(name: str) -> InputError:
    return InputError(
        f'"{name}" has no record', next_step="export it again from where it came from"
    )


def _columns(header: list[str] | None, rows: list[list[str]]) -> list[str]:
    width = max((len(row) for row in rows if any(row)), default=0)
    filled = [any(n < len(row) and row[n].strip() for row in rows) for n in range(width)]
    return name_columns(header or [], width, filled)


def _padded(rows: list[list[str]], width: int) -> list[list[str]]:
    full = (row for row in rows if any(cell.strip() for cell in row))
    return [row[:width] + [""] * (width - len(row)) for row in full]


def _notes(decoding: Decoding, preamble: str, *, has_header: bool = True) -> list[str]:
    notes = [decoding.note] if decoding.note else []
    if preamble.strip():
        lines = preamble.count("\n") or preamble.count("\r") or 1
        notes.append(f"{lines} line{'' if lines == 1 else 's'} above the header left out")
    if not has_header:
        notes.append("no header: columns are mapped by what is in them")
    return notes
