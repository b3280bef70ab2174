"""The reject file: rows that could not be imported, with their line and the reason."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from leadsync.core.exporting.guard import guard, unguard
from leadsync.core.exporting.text_bytes import encode
from leadsync.core.exporting.whole_file import whole_file
from leadsync.core.importing.destinations import LINE, REASON

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self


class RejectFile:
    """A CSV file that exists only if a row was rejected, and only once its block has ended well.

    Attributes:
        path: where it will be; None writes nothing.
        is_needed: whether a row was rejected.
    """

    def __init__(self, path: Path | None, header: Sequence[str]) -> None:
        """Take the file's place, and the names of the columns of the rows to come."""
        self.path = path
        self.is_needed = False
        self._header = [*header, LINE, REASON]
        self._ending = ExitStack()
        self._file: BinaryIO | None = None

    def add(self, line: int, row: Sequence[str], reason: str) -> None:
        """Write a row as read; cells beyond the header go behind the reason."""
        self.is_needed = True
        if self.path is None:
            return
        if self._file is None:
            self._file = self._ending.enter_context(whole_file(self.path))
            self._file.write(_csv_line(self._header))
        width = len(self._header) - 2
        # Once more and once less guarded is the same, whoever exported the row.
        cells = [guard(unguard(cell)) for cell in row]
        self._file.write(_csv_line([*cells[:width], str(line), reason, *cells[width:]]))

    def __enter__(self) -> Self:
        """Begin; nothing is opened before the first row."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the file its name, or, after an error, take it away."""
        self._ending.__exit__(kind, error, traceback)


def reject_path(source: Path | None, name: str) -> Path:
    """Where the rejects of a file go: beside it; those of a stream into the working folder."""
    if source is not None and str(source) != "-":
        return source.with_name(f"{source.stem}.rejects.csv")
    return Path(f"{Path(name).stem or 'import'}.rejects.csv")


def _csv_line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return encode(text.getvalue())
