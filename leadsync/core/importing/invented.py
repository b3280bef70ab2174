"""Cells of a file that look like what practice invents, so that they are not taken for real ones."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from leadsync.core.practice.marks import WORD, looks_invented
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EXAMPLE_CHARS = 40


class InventedCells:
    """Counts them while a file is read.

    Attributes:
        count: how many there were so far.
    """

    def __init__(self, indices: Iterable[int]) -> None:
        """Take which columns of the file are imported."""
        self.count = 0
        self._indices = tuple(sorted(set(indices)))
        self._example = ""

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Look at some rows; those of a usual file cost one search for a word in all of them."""
        if WORD not in "".join(chain.from_iterable(rows)):
            return
        for row in rows:
            found = [row[n] for n in self._indices if n < len(row) and looks_invented(row[n])]
            self.count += len(found)
            self._example = self._example or next(iter(found), "")

    def warnings(self) -> list[str]:
        """The sentence about them; none where there were none."""
        if not self.count:
            return []
        verb = "looks" if self.count == 1 else "look"
        shown = " ".join(self._example.split())[:EXAMPLE_CHARS]
        what = f"{plural(self.count, 'cell')} {verb} like what practice invents"
        return [f'{what}, as "{shown}": not for sending']
