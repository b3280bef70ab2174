"""Who stays out of a file for another tool, and who is in any other file though suppressed.

A file for a tool is there to be sent to, so it has nobody who must not be touched, and no row
that the tool cannot use. Any other file is the user's own data and has everybody.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

from leadsync.core.exporting.tool_templates import needed_keys
from leadsync.core.suppression import SuppressionList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leadsync.core.exporting.formats import ExportColumn, Row
    from leadsync.core.store.protocol import Store


@dataclass(slots=True)
class Exported:
    """What became of the leads of an export.

    Attributes:
        leads: rows of the file.
        suppressed: suppressed and erased people among them; of a file for a tool: left out.
        unusable: left out of a file for a tool, which knows a lead by fields that are blank.
        needs: these fields.
        is_for_tool: suppressed people are not in the file.
        ids: the leads of a file, in the order of its rows; of a stream nobody writes them down.
    """

    leads: int = 0
    suppressed: int = 0
    unusable: int = 0
    needs: tuple[str, ...] = ()
    is_for_tool: bool = False
    ids: array[int] = field(default_factory=partial(array, "q"))

    @property
    def words(self) -> str:
        """What is to be said of them, after the number of leads; empty where nothing is."""
        parts: list[str] = []
        if self.suppressed and self.is_for_tool:
            parts.append(f"{self.suppressed:,} suppressed left out")
        elif self.suppressed:
            parts.append(f"{self.suppressed:,} of them suppressed: not for sending")
        if self.unusable:
            parts.append(f"{self.unusable:,} without {' or '.join(self.needs)} left out")
        return "; ".join(parts)


class Door:
    """Lets the rows of one export through, counts, and holds back who does not belong in it."""

    def __init__(
        self, store: Store, header: Sequence[ExportColumn], template: str, *, keeps_ids: bool
    ) -> None:
        """Take the columns of the file, the tool that it is for (empty: none), and what is kept."""
        self._keeps_ids = keeps_ids
        self._suppressed = SuppressionList(store)
        self._width = len(header)
        keys = [column.key for column in header]
        self._asks = bool(template) or not self._suppressed.is_empty
        asked = ("email", "linkedin_url") if self._asks else ()
        self.fields = [*keys, *asked, *(("id",) if keeps_ids else ())]
        self.exported = Exported(
            needs=needed_keys(template, header) if template else (), is_for_tool=bool(template)
        )
        self._needed = [keys.index(key) for key in self.exported.needs]

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Rows of `fields` as rows of the file."""
        if len(self.fields) == self._width:
            yield from rows
            return
        for row in rows:
            if not self._asks or self._lets(row):
                if self._keeps_ids:
                    self.exported.ids.append(cast("int", row[-1]))
                yield row[: self._width]

    def _lets(self, row: Row) -> bool:
        told = self.exported
        email, profile = row[self._width : self._width + 2]
        is_suppressed = self._suppressed.keeps_out(email, profile)
        told.suppressed += is_suppressed
        if not told.is_for_tool:
            return True
        is_unusable = not is_suppressed and all(row[n] in (None, "") for n in self._needed)
        told.unusable += is_unusable
        return not (is_suppressed or is_unusable)
