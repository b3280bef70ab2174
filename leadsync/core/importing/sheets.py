"""Rows of a workbook (XLSX, XLS, XLSB, ODS) as text."""

from __future__ import annotations

import datetime
import zipfile
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError, nearest

if TYPE_CHECKING:
    from leadsync.core.importing.records import Record
    from leadsync.core.importing.source import LeadSource

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_WHOLE_BELOW = 2**53
"""Whole numbers above this are not exact in a workbook."""


def workbook_kind(source: LeadSource, head: bytes) -> str | None:
    """`xlsx` or `xls` by content; None for a file that is no workbook.

    Raises:
        InputError: a ZIP archive of something else.
    """
    if head.startswith(OLE_MAGIC):
        return "xls"
    if not head.startswith(ZIP_MAGIC):
        return None
    try:
        with source.open() as handle, zipfile.ZipFile(handle) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(source.name) from error
    if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        return "xlsx"
    raise InputError(
        f'"{source.name}" is a ZIP archive, not a table',
        next_step="unpack it and import the file inside",
    )


def read_sheet(source: LeadSource, sheet: str | None) -> tuple[str, list[Record]]:
    """The name of the sheet, and its rows as (row number, cells). Holds the sheet in memory.

    Raises:
        InputError: damaged, protected by a password, no such sheet, or an empty one.
    """
    workbook = _open_workbook(source)
    names: list[str] = list(workbook.sheet_names)
    chosen = _choose(names, sheet, source.name)
    try:
        found = workbook.get_sheet_by_name(chosen)
        first = (found.start or (0, 0))[0] + 1
        rows = [
            (first + n, [_text(cell) for cell in row])
            for n, row in enumerate(found.to_python(skip_empty_area=True))
        ]
    except BaseException as error:
        raise _unless_stopped(error, source.name) from error
    if not any(any(row) for _, row in rows):
        others = ", ".join(name for name in names if name != chosen)
        raise InputError(
            f'the sheet "{chosen}" of "{source.name}" is empty',
            next_step=f"choose another with --sheet: {others}" if others else "export it again",
        )
    return chosen, rows


def _open_workbook(source: LeadSource) -> Any:
    import python_calamine

    try:
        with source.open() as handle:
            return python_calamine.CalamineWorkbook.from_filelike(handle)
    except BaseException as error:
        if "password" in type(error).__name__.lower() + str(error).lower():
            raise InputError(
                f'"{source.name}" is protected by a password',
                next_step="open it, save it without a password, and import that",
            ) from error
        raise _unless_stopped(error, source.name) from error


def _unless_stopped(error: BaseException, name: str) -> BaseException:
    """The user's error for what the workbook reader raised; its panics are no `Exception`."""
    is_panic = type(error).__name__ == "PanicException"
    return _damaged(name) if is_panic or isinstance(error, Exception) else error


def _damaged(name: str) -> InputError:
    return InputError(
        f'"{name}" is a damaged workbook, or none', next_step="save it as CSV and import that"
    )


def _choose(names: list[str], sheet: str | None, file_name: str) -> str:
    if not names:
        raise InputError(f'"{file_name}" has no sheet', next_step="save it as CSV and import that")
    if sheet is None:
        return names[0]
    if sheet in names:
        return sheet
    near = nearest(sheet, names)
    hint = f'did you mean "{near}"? ' if near else ""
    raise InputError(
        f'"{file_name}" has no sheet "{sheet}"', next_step=f"{hint}its sheets: {', '.join(names)}"
    )


def _text(cell: Any) -> str:
    """A cell as a person would read it: whole numbers without `.0`, dates by ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _WHOLE_BELOW else repr(cell)
    if isinstance(cell, datetime.datetime):
        is_day = cell.time() == datetime.time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return "" if cell is None else str(cell)
