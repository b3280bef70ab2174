"""Marked leads: a set of ids that takes one byte a lead, however many are marked."""

from __future__ import annotations

from array import array
from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Marks:
    """Which leads are marked.

    Attributes:
        count: how many are.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._flags = bytearray()
        self.count = 0

    def __contains__(self, lead_id: int) -> bool:
        return lead_id < len(self._flags) and self._flags[lead_id] == 1

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, lead_ids: Iterable[int]) -> None:
        """Mark leads."""
        for lead_id in lead_ids:
            if lead_id >= len(self._flags):
                self._flags.extend(bytes(max(lead_id + 1 - len(self._flags), 4096)))
            self.count += 1 - self._flags[lead_id]
            self._flags[lead_id] = 1

    def remove(self, lead_ids: Iterable[int]) -> None:
        """Take marks away."""
        for lead_id in lead_ids:
            if lead_id in self:
                self._flags[lead_id] = 0
                self.count -= 1

    def toggle(self, lead_ids: Iterable[int]) -> None:
        """Mark those that are not, and take the marks of the others away."""
        for lead_id in lead_ids:
            (self.remove if lead_id in self else self.add)((lead_id,))

    def clear(self) -> None:
        """Take all marks away."""
        self._flags = bytearray()
        self.count = 0

    def count_in(self, lead_ids: Iterable[int]) -> int:
        """How many of these leads are marked."""
        flags, end = self._flags, len(self._flags)
        return sum(flags[lead_id] for lead_id in lead_ids if lead_id < end)

    def ids(self) -> array[int]:
        """The marked leads by id."""
        return array("q", compress(range(len(self._flags)), self._flags))
