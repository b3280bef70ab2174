"""What an export looks like: its format, its columns, its options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, nearest
from leadsync.core.models import ColumnType, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

Cell = Value | tuple[str, ...]
"""A value of a lead; tags are a tuple of texts."""

Row = Sequence[Cell]

STDOUT = "-"


class ExportFormat(StrEnum):
    """The file formats that leads can be written in."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


_EXTENSIONS = {f".{known}": known for known in ExportFormat} | {".ndjson": ExportFormat.JSONL}


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of the file.

    Attributes:
        key: key of the lead field it shows.
        header: what stands above it, in every format.
    """

    key: str
    header: str
    type: ColumnType = ColumnType.TEXT


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How rows become a file.

    Attributes:
        bom: begin a CSV file with a byte order mark, which Excel needs to see that it is UTF-8.
        raw: switch the formula guard of CSV files off; importing such a file again does not
            give back cells that begin with an apostrophe and a trigger.
        for_tool: another tool's importer reads the CSV file: phone numbers, negative numbers and
            cells that begin with an apostrophe are not guarded.
    """

    format: ExportFormat = ExportFormat.CSV
    bom: bool = False
    raw: bool = False
    for_tool: bool = False


def format_for(path: str | PurePath, explicit: str | None = None) -> ExportFormat:
    """The format that the user named, else the one that the file's extension means.

    `-` (the standard output) is CSV where nothing else is said.

    Raises:
        InputError: neither is known; the message lists the formats.
    """
    if explicit is not None:
        word = explicit.casefold().removeprefix(".")
        found = _EXTENSIONS.get(f".{word}")
        if found is None:
            raise _unknown(f'"{explicit}" is not a format of export files', word)
        return found
    if str(path) == STDOUT:
        return ExportFormat.CSV
    extension = PurePath(path).suffix.casefold()
    found = _EXTENSIONS.get(extension)
    if found is None:
        what = f"of extension {extension}" if extension else "without an extension"
        raise _unknown(f'"{path}" is a file {what}, which names no format', extension[1:])
    return found


def _unknown(sentence: str, word: str) -> InputError:
    near = nearest(word, ExportFormat)
    hint = f"; did you mean {near}?" if near else ""
    return InputError(sentence + hint, next_step=f"use one of: {', '.join(ExportFormat)}")


def unique_headers(header: Iterable[ExportColumn]) -> list[str]:
    """Headers as names of an object: a repeated one gets ` (2)`, as it does on import."""
    seen: dict[str, int] = {}
    names: list[str] = []
    for column in header:
        name = column.header
        while name in seen:
            seen[column.header] += 1
            name = f"{column.header} ({seen[column.header]})"
        seen[name] = 1
        names.append(name)
    return names
