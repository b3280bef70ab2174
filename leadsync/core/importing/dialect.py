"""Which delimiter cuts a file, found by what its header would say."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.importing.header import find_header
from leadsync.core.importing.records import MAX_QUOTED_LINES, Dialect, RecordReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.importing.records import Record

DELIMITERS = (",", ";", "\t", "|", "^")
SAMPLED_RECORDS = 200

_SEP_LINE = re.compile(r'"?sep=(\\t|[^\r\n])"?[;,\t]*[\r\n]*', re.IGNORECASE)
_SPACE_BEFORE_QUOTE = re.compile(r'[,;|^\t] +"')
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


def delimiter_of_sep_line(line: str) -> str | None:
    """The delimiter that an Excel `sep=;` line names, or None for any other line."""
    found = _SEP_LINE.fullmatch(line)
    return found.group(1).replace("\\t", "\t") if found else None


def parse_delimiter(text: str) -> str:
    """The character that `--delimiter` means.

    Raises:
        InputError: it is more than one character, or one that cannot cut cells.
    """
    delimiter = _NAMED.get(text.lower(), text)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise InputError(
            f'"{text}" cannot be a delimiter', next_step="use one character, or the word tab"
        )
    return delimiter


def choose_dialect(lines: Sequence[str], *, is_whole_file: bool) -> Dialect:
    """The dialect under which most cells of a header are known, then the most even one."""
    best = max(
        (Dialect(delimiter) for delimiter in DELIMITERS),
        key=lambda dialect: _merit(dialect, lines, is_whole_file=is_whole_file),
    )
    return with_spaces_where_better(best, lines, is_whole_file=is_whole_file)


def with_spaces_where_better(
    dialect: Dialect, lines: Sequence[str], *, is_whole_file: bool
) -> Dialect:
    """The same dialect, but for files with a space before their quotes."""
    if not any(_SPACE_BEFORE_QUOTE.search(line) for line in lines):
        return dialect
    spaced = Dialect(dialect.delimiter, skip_spaces=True)
    own = _merit(dialect, lines, is_whole_file=is_whole_file)
    return spaced if _merit(spaced, lines, is_whole_file=is_whole_file) > own else dialect


def sample_records(
    dialect: Dialect, lines: Sequence[str], *, is_whole_file: bool
) -> tuple[list[Record], list[int]]:
    """The first records of a file, and the lines whose quotes were mended among them.

    The last record is left out where the sample may have cut it.
    """
    reader = RecordReader(iter(lines), dialect)
    records = list(islice(reader, SAMPLED_RECORDS + 1))
    if not is_whole_file and len(records) <= SAMPLED_RECORDS and len(records) > 1:
        last_lines = {line for line in reader.mended if line + MAX_QUOTED_LINES >= len(lines)}
        cut = next((n for n, (line, _) in enumerate(records) if line in last_lines), None)
        records = records[: -1 if cut is None else max(cut, 1)]
    return records[:SAMPLED_RECORDS], reader.mended


def _merit(
    dialect: Dialect, lines: Sequence[str], *, is_whole_file: bool
) -> tuple[int, bool, float, int]:
    records, _ = sample_records(dialect, lines, is_whole_file=is_whole_file)
    rows = [row for _, row in records if any(row)]
    if not rows:
        return (0, False, 0.0, 0)
    width, often = Counter(len(row) for row in rows).most_common(1)[0]
    return (find_header(rows).known, width > 1, often / len(rows), width)
