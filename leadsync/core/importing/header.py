"""Where the header of a file stands, and what its columns are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.importing.cell_kinds import looks_like_data
from leadsync.core.importing.synonyms import known_field, known_field_of_person

if TYPE_CHECKING:
    from collections.abc import Sequence

SEARCHED_RECORDS = 20
EXTRA = "_extra"
"""The column for cells beyond the header."""

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A header row among the first records.

    Attributes:
        index: which record it is; None when the file has no header.
        known: how many of its cells are known names.
    """

    index: int | None
    known: int


def find_header(rows: Sequence[Sequence[str]]) -> Found:
    """The row with the most known headers; the first row when none has any and it is no data."""
    full = [n for n, row in enumerate(rows[:SEARCHED_RECORDS]) if any(c.strip() for c in row)]
    known = {n: count_known(rows[n]) for n in full}
    best = max(full, key=lambda n: (known[n], -n), default=None)
    if best is None:
        return Found(None, 0)
    if known[best] > 1 or (
        known[best] and (best == full[0] or _stands_above_data(rows, full, best))
    ):
        return Found(best, known[best])
    return Found(None if _has_data(rows[full[0]]) else full[0], 0)


def _stands_above_data(rows: Sequence[Sequence[str]], full: Sequence[int], index: int) -> bool:
    """Whether data begins right below a row, and not before it."""
    place = full.index(index)
    below = full[place + 1 : place + 2]
    return any(_has_data(rows[n]) for n in below) and not any(
        _has_data(rows[n]) for n in full[:place]
    )


def _has_data(row: Sequence[str]) -> bool:
    return any(looks_like_data(cell) for cell in row)


def count_known(row: Sequence[str]) -> int:
    """How many cells are known headers; 0 for a row that holds data."""
    known = sum(1 for cell in row if 0 < len(cell) < _LONGEST_HEADER and _is_known(cell))
    return 0 if known and any("@" in c or "://" in c for c in row if looks_like_data(c)) else known


def _is_known(cell: str) -> bool:
    return known_field(cell) is not None or known_field_of_person(cell) is not None


def name_columns(header: Sequence[str], width: int, filled: Sequence[bool]) -> list[str]:
    """One name a column, none twice: blanks are `column_N`, repeats get ` (2)`.

    Args:
        header: the header as in the file; empty for none.
        width: cells of the widest usual record.
        filled: for each column, whether the sample has data in it; a blank header at the end
            of the row without data is no column.
    """
    count = max(len(header), 0 if header else width)
    while count > 1 and header and not header[count - 1].strip() and not _at(filled, count - 1):
        count -= 1
    names: list[str] = []
    taken: set[str] = set()
    for index in range(count):
        text = _INVISIBLE.sub("", header[index]).strip() if index < len(header) else ""
        name = _free_name(text or f"column_{index + 1}", taken)
        taken.add(name)
        names.append(name)
    return names


def _free_name(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name} ({number})"
    return candidate


def _at(filled: Sequence[bool], index: int) -> bool:
    return index < len(filled) and filled[index]
