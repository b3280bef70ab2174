"""The reject file: rows that could not be imported, with their line and the reason."""

from __future__ import annotations

import csv
import filecmp
import io
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.exporting.guard import guard, unguard
from leadsync.core.exporting.text_bytes import encode
from leadsync.core.exporting.whole_file import whole_file
from leadsync.core.importing.destinations import LINE, REASON
from leadsync.core.store.opening import SQLITE_PREFIX, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    Rejected = Callable[[int, Sequence[str], str], None]


class RejectFile:
    """A CSV file that exists only if a row was rejected, and only once its block has ended well.

    It never takes the place of another file, which may be half corrected: it gets the next free
    name (`leads.rejects-2.csv`), unless one that is there says the same.

    Attributes:
        path: where it will be, and after its block, where it is; None writes nothing.
        is_needed: whether a row was rejected.
    """

    def __init__(
        self, path: Path | None, header: Sequence[str], told: Rejected | None = None
    ) -> None:
        """Take the file's place, the names of its columns, and who is told of each row as well."""
        self.path = path
        self.is_needed = False
        self._header = [*header, LINE, REASON]
        self._told = told
        self._ending = ExitStack()
        self._file: BinaryIO | None = None
        self._others: list[Path] = []

    def add(self, line: int, row: Sequence[str], reason: str) -> None:
        """Write a row as read; cells beyond the header go behind the reason."""
        self.is_needed = True
        if self._told:
            self._told(line, row, reason)
        if self.path is None:
            return
        file = self._file or self._begin(self.path)
        width = len(self._header) - 2
        # Once more and once less guarded is the same, whoever exported the row.
        cells = [guard(unguard(cell)) for cell in row]
        file.write(_csv_line([*cells[:width], str(line), reason, *cells[width:]]))

    def _begin(self, wanted: Path) -> BinaryIO:
        names = [wanted]
        while names[-1].is_file():
            names.append(wanted.with_name(f"{wanted.stem}-{len(names) + 1}{wanted.suffix}"))
        *self._others, self.path = names
        try:
            self._file = self._ending.enter_context(whole_file(self.path))
        except LeadSyncError as error:
            advice = "name a place for the rejected rows: --rejects PATH"
            raise type(error)(error.message, next_step=advice) from error
        self._file.write(_csv_line([guard(name) for name in self._header]))
        return self._file

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
        ours = self.path
        if error is not None or ours is None:
            return
        equal = next((p for p in self._others if filecmp.cmp(p, ours, shallow=False)), None)
        if equal is not None:
            ours.unlink()
            self.path = equal


def check_reject_path(path: Path, source: Path | None, store_url: str) -> None:
    """Make sure that rejected rows may go where the user says.

    Raises:
        InputError: there is the source itself, the store, or standard output.
    """
    advice = "name another file for the rejected rows: --rejects rejects.csv"
    if str(path) == "-":
        raise InputError("rejected rows cannot go to standard output", next_step=advice)
    store = sqlite_path(store_url) if store_url.startswith(SQLITE_PREFIX) else None
    for what, other in (("the file that is imported", source), ("the store", store)):
        if other and other.exists() and path.exists() and path.samefile(other):
            raise InputError(f'"{path}" is {what}', next_step=advice)


def reject_path(source: Path | None, name: str) -> Path:
    """Where the rejects of a file go: beside it; those of a stream into the working folder."""
    if source is not None:
        return source.with_name(f"{source.stem}.rejects.csv")
    return Path(f"{Path(name).stem or 'import'}.rejects.csv")


def _csv_line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return encode(text.getvalue())
