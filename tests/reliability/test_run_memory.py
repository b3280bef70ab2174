"""A run holds a bounded number of cells, however fast answers come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.claims import ASKED_AT_ONCE
from leadsync.core.engine.events import Progress
from leadsync.core.engine.lane import IN_HAND_AT_MOST
from leadsync.core.engine.running import drive
from leadsync.core.models import Reason
from tests.providers.verifying import a_verify_column, leads
from tests.reliability.run_making import a_workspace, hasty, started

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.engine.events import Event

CELLS = 3 * IN_HAND_AT_MOST


def test_cells_that_wait_to_be_written_hold_up_claims(tmp_path: Path) -> None:
    """Addresses without an @ are settled at once, faster than the store takes them."""
    in_hand: list[int] = []
    with a_workspace("", tmp_path) as workspace, a_workspace("", tmp_path) as another:
        leads(workspace, *[f"nobody{number}" for number in range(CELLS)])
        column = a_verify_column(workspace)
        run = started(workspace, "verify", concurrency=64)

        def look(event: Event) -> None:
            if isinstance(event, Progress):
                left = another.store.queue_counts(run.id)
                in_hand.append(left.get((column.id, Reason.RUNNING), 0))

        result = drive(workspace, run.id, pace=hasty(), on_event=look)
    assert result.counts == {"value": CELLS}
    assert max(in_hand) <= IN_HAND_AT_MOST + ASKED_AT_ONCE
