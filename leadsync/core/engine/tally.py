"""The tally of one drive: settled cells by reason, causes of errors, what was counted and skipped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leadsync.core.engine.events import FAILURES, ErrorGroup
from leadsync.core.engine.remedies import remedy_of_error

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Answer
    from leadsync.core.models import Task

GROUPS_AT_MOST = 200
_OTHERS = "other causes"
SKIPPED = "skipped"
"""The count, among those by reason, of cells that were not asked."""


class Tally:
    """Counts what becomes of the cells of a run.

    Attributes:
        counts: settled cells by reason; `skipped` among them.
        skipped: cells not asked, by why.
        cost_usd_micros: what answers have cost, as far as prices are known.
    """

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.counts: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.cost_usd_micros = 0
        self._groups: dict[tuple[str, str], list[int]] = {}

    @property
    def settled(self) -> int:
        """All cells that are done, one way or the other."""
        return sum(self.counts.values())

    @property
    def groups(self) -> tuple[ErrorGroup, ...]:
        """Causes of errors, the most frequent first."""
        ordered = sorted(self._groups.items(), key=lambda item: -item[1][0])
        return tuple(_group(cause, number, lead) for cause, (number, lead) in ordered)

    def count(self, task: Task) -> ErrorGroup | None:
        """Count a settled cell; the cause of its failure where it is the first of it."""
        self.counts[str(task.reason)] += 1
        if task.reason not in FAILURES:
            return None
        cause = (str(task.reason), task.detail)
        if cause not in self._groups and len(self._groups) >= GROUPS_AT_MOST:
            cause = (str(task.reason), _OTHERS)
        if cause in self._groups:
            self._groups[cause][0] += 1
            return None
        self._groups[cause] = [1, task.lead_id]
        return _group(cause, 1, task.lead_id)

    def skip(self, why: str) -> None:
        """Count a cell that is not asked."""
        self.counts[SKIPPED] += 1
        self.skipped[why] += 1

    def count_answer(self, answer: Answer) -> None:
        """Count what a provider's answer has cost."""
        self.cost_usd_micros += answer.cost_usd_micros or 0


def _group(cause: tuple[str, str], number: int, lead_id: int) -> ErrorGroup:
    return ErrorGroup(cause[0], cause[1], number, lead_id, remedy_of_error(*cause))
