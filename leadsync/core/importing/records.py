"""Records of delimited text, read by the standard library's `csv` and mended where a quote runs away.

A quoted field that runs past 50 lines or to the end of the file, or that swallows whole records
before it closes wrongly, is a stray quote: its first line is taken literally and reading goes on
with the next line. A field of more than 50 lines that closes well and does not look like records
(a long note, an e-mail body) is let through, so that our own export comes back whole.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from itertools import count, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LINES_AT_ONCE = 200
MAX_QUOTED_LINES = 50
MAX_LONG_FIELD_LINES = 2_000
MAX_LONG_FIELD_TRIALS = 20
"""How often a failed trial for a long field is made; keeps a file of stray quotes linear."""

MAX_CELL_CHARS = 2**31 - 1

Record = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a line is cut into cells."""

    delimiter: str = ","
    skip_spaces: bool = False

    def cut(self, lines: Sequence[str], *, strict: bool = False) -> list[list[str]]:
        """The records of complete lines."""
        csv.field_size_limit(MAX_CELL_CHARS)  # of the whole process: whoever cuts first sets it
        return list(
            csv.reader(
                lines, delimiter=self.delimiter, skipinitialspace=self.skip_spaces, strict=strict
            )
        )


@dataclass(slots=True)
class RecordReader:
    """Cuts lines into records.

    Attributes:
        lines: the lines, ends kept.
        dialect: how to cut them.
        width: cells of a normal record; 0 when not known yet.
        line: number of the line that the next record begins at, 1-based.
        mended: lines whose stray quote was taken literally.
    """

    lines: Iterator[str]
    dialect: Dialect
    width: int = 0
    line: int = 1
    mended: list[int] = field(default_factory=list[int])
    _given: list[str] = field(default_factory=list[str])
    _returned: list[str] = field(default_factory=list[str])
    _limit: int = MAX_QUOTED_LINES
    _trials: int = 0

    def __iter__(self) -> Iterator[Record]:
        """Yield (line number, cells) of every record, blank ones too."""
        csv.field_size_limit(MAX_CELL_CHARS)
        while True:
            if not self._returned:
                lines = list(islice(self.lines, LINES_AT_ONCE))
                if not lines:
                    return
                rows = self._one_a_line(lines)
                if rows is not None:
                    yield from zip(count(self.line), rows, strict=False)
                    self.line += len(lines)
                    continue
                self._returned = lines[::-1]
            try:
                yield from self._until_trouble()
            except _RunawayQuoteError:
                if self._may_be_long_field():
                    self._go_back(0)
                    self._limit = MAX_LONG_FIELD_LINES
                else:
                    yield self._literal_line()

    def _one_a_line(self, lines: list[str]) -> list[list[str]] | None:
        """The records of these lines, where each line is exactly one.

        As many records as lines can only be one a line; the last one shows by a line more that no
        quote is left open. Reads plain files in half the time that a look at each line takes.
        """
        try:
            rows = self.dialect.cut([*lines, "x"])
        except csv.Error:
            return None
        return rows[:-1] if len(rows) == len(lines) + 1 else None

    def _until_trouble(self) -> Iterator[Record]:
        given = self._given
        reader = csv.reader(
            self._feed(),
            delimiter=self.dialect.delimiter,
            skipinitialspace=self.dialect.skip_spaces,
        )
        for row in reader:
            if len(given) > 1:
                if self._swallowed_records():
                    yield self._literal_line()
                    return
                self._limit = MAX_QUOTED_LINES
            yield self.line, row
            self.line += len(given)
            given.clear()
            if not self._returned:
                return

    def _feed(self) -> Iterator[str]:
        """Lines for the csv reader; notices when one record takes too many of them."""
        given, returned = self._given, self._returned
        while returned:
            given.append(line := returned.pop())
            if len(given) > self._limit:
                raise _RunawayQuoteError
            yield line
        for line in self.lines:
            given.append(line)
            if len(given) > self._limit:
                raise _RunawayQuoteError
            yield line
        if given:
            raise _RunawayQuoteError

    def _literal_line(self) -> Record:
        first = self.line
        if self._limit == MAX_LONG_FIELD_LINES:
            self._trials += 1
            self._limit = MAX_QUOTED_LINES
        row = literal_cells(self._given[0], self.dialect)
        self.mended.append(first)
        self._go_back(1)
        self.line += 1
        return first, row

    def _go_back(self, taken: int) -> None:
        """Give the lines after the first `taken` ones back, to be read again."""
        self._returned += reversed(self._given[taken:])
        self._given.clear()

    def _may_be_long_field(self) -> bool:
        untried = self._limit == MAX_QUOTED_LINES < len(self._given)
        if not untried or self._trials >= MAX_LONG_FIELD_TRIALS:
            return False
        width, widths = self._widths()
        return sum(1 for found in widths if found == width) * 2 < len(widths)

    def _swallowed_records(self) -> bool:
        """Whether a quote closed wrongly after lines that look like records themselves."""
        try:
            self.dialect.cut(self._given, strict=True)
        except csv.Error:
            width, widths = self._widths()
            return sum(1 for found in widths if found * 2 > width) * 2 >= len(widths)
        return False

    def _widths(self) -> tuple[int, list[int]]:
        """Cells of a normal record, and of each line after the first when taken literally."""
        width = self.width or len(literal_cells(self._given[0], self.dialect))
        return width, [len(literal_cells(line, self.dialect)) for line in self._given[1:]]


class _RunawayQuoteError(Exception):
    """A quoted field takes more lines than it may, or all that are left."""


def read_records(text: str, dialect: Dialect) -> list[list[str]]:
    """The records of a text that is there as a whole; blank ones are left out.

    Every kind of line end is one. Quotes that are set well count, whatever they hold; where one is
    not, the text is mended as a file would be.
    """
    lines = list(io.StringIO(text, newline=None))
    try:
        rows = dialect.cut(lines, strict=True)
    except csv.Error:
        rows = [row for _, row in RecordReader(iter(lines), dialect)]
    return [row for row in rows if row]


def literal_cells(line: str, dialect: Dialect) -> list[str]:
    """The cells of one line, where a quote that opens and does not close is no quote at all."""
    body = line.rstrip("\r\n")
    start = _open_quote(body, dialect)
    if start is None:
        return [cell for row in dialect.cut([body]) for cell in row]
    head = dialect.cut([body[:start]])[0][:-1] if start else []
    return head + body[start + 1 :].replace('""', '"').split(dialect.delimiter)


def _open_quote(body: str, dialect: Dialect) -> int | None:
    """Where the quoted field begins that the line does not end."""
    start = 0
    while start <= len(body):
        quote = start
        while dialect.skip_spaces and body[quote : quote + 1] == " ":
            quote += 1
        if body[quote : quote + 1] == '"':
            end = body.find('"', quote + 1)
            while end != -1 and body[end + 1 : end + 2] == '"':
                end = body.find('"', end + 2)
            if end == -1:
                return quote
            start = end
        start = body.find(dialect.delimiter, start)
        if start == -1:
            return None
        start += 1
    return None
