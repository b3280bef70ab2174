"""What the chosen cells of the column under the cursor come to: count, sum and mean."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from leadsync.core.models import ColumnType
from leadsync.core.text import as_number

if TYPE_CHECKING:
    from array import array

    from leadsync.tui.desk import Desk
    from leadsync.tui.grid.layout import Field

MOST_SUMMED = 100_000  # leads: a status line is no report
ROWS_AT_ONCE = 5_000
SHARE = 15  # adding anew, while runs write, may take at most a fifteenth of the time

Question = tuple[bytes, str, int]
"""Leads, field, revision of the store."""


class Sums:
    """Adds the cells in a lane when others are chosen, or when the store changed."""

    def __init__(self, desk: Desk) -> None:
        """Begin with nothing chosen."""
        self._desk = desk
        self._asked: Question | None = None
        self._is_under_way = False
        self._words: list[str] = []
        self._next = 0.0

    def words(self) -> list[str]:
        """What is known of the cells that are chosen now; asks for it where nothing is yet."""
        desk, field = self._desk, self._desk.grid.field
        if field is None or not 0 < self._chosen() <= MOST_SUMMED:
            self.drop()
            self._asked, self._words = None, []
            return []
        ids = desk.targets()
        question = (ids.tobytes(), field.key, desk.live.revision)
        if question == self._asked:
            return self._words
        if self._asked is None or self._asked[:2] != question[:2]:
            self._words = []  # they were those of other cells
        elif self._is_under_way:
            return self._words  # while others write, a sum that began is to end
        elif (early := self._next - time.monotonic()) > 0:
            desk.set_timer(early, desk.show_position)
            return self._words
        self._ask(question, ids, field)
        return self._words

    def drop(self) -> None:
        """Leave the lane to what is more urgent; what was asked is asked again later."""
        self._desk.lanes.search.drop("sums")
        if self._is_under_way:
            self._asked, self._is_under_way = None, False

    def _chosen(self) -> int:
        """How many leads are in the range, or marked."""
        cursor = self._desk.grid.cursor
        return len(cursor.rows()) if cursor.has_range else self._desk.model.marks.count

    def _ask(self, question: Question, ids: array[int], field: Field) -> None:
        begun = time.monotonic()

        def take(words: list[str]) -> None:
            now = time.monotonic()
            self._next = now + SHARE * (now - begun)
            self._is_under_way = False
            if words != self._words or self._desk.live.revision != question[2]:
                self._words = words
                self._desk.show_position()  # and adds again, if others wrote meanwhile

        def failed(error: Exception) -> None:
            self._is_under_way = False
            self._desk.say_problem(error)

        store = self._desk.workspace.store
        is_added = field.type is ColumnType.NUMBER

        def add() -> list[str]:
            filled, numbers, total = 0, 0, 0.0
            for start in range(0, len(ids), ROWS_AT_ONCE):
                for (value,) in store.rows(ids[start : start + ROWS_AT_ONCE], [field.key]):
                    filled += value not in (None, "", ())
                    number = as_number(value) if is_added else None
                    if number is not None:
                        numbers += 1
                        total += number
            return [_words(field, filled, numbers, total)]

        self._asked, self._is_under_way = question, True
        self._desk.lanes.search.ask("sums", add, take, failed)


def _words(field: Field, filled: int, numbers: int, total: float) -> str:
    """A number is what filters and orders take for one; the mean is that of the numbers."""
    words = f"{field.label}: {filled:,} filled"
    if numbers:
        words += f", sum {_number(total)}, mean {_number(total / numbers)}"
    return words


def _number(value: float) -> str:
    return f"{round(value, 2):,.15g}"
