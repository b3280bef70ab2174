"""What other processes, and our own runs, change: seen within a second, painted where it shows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

    from leadsync.tui.desk import Desk
    from leadsync.tui.grid.model import Order

LOOK_EVERY_S = 0.1
LEFT_EVERY_S = 0.5  # what is left of each column, while runs of ours are under way
STATES_EVERY_S = 0.4  # while runs of ours are under way
ORDER_AT_MOST_EVERY_S = 0.7
ORDER_SHARE = 15  # asking for all ids may take at most a fifteenth of the time


class Live:
    """Watches the store's revision; reads the visible rows again when it grew.

    Which leads there are is asked less often: with a million of them that takes a while.
    """

    def __init__(self, desk: Desk) -> None:
        """Watch for this desk."""
        self._desk = desk
        self._revision: int
        self._columns: object
        self._revision, self._columns = desk.model.seen
        self._is_looking = False
        self._order_due = False
        self._next_order = 0.0
        self._order_asked: threading.Event | None = None
        self._was_running = False
        self._next_states = 0.0
        self._next_left = 0.0

    @property
    def revision(self) -> int:
        """Of the store, when it was looked at last."""
        return self._revision

    def start(self) -> None:
        """Begin."""
        self._desk.set_interval(LOOK_EVERY_S, self.look_now)

    def look_now(self) -> None:
        """Look whether anything was written; one look at a time."""
        if self._is_looking or not self._desk.is_mounted:
            return
        self._is_looking = True
        store = self._desk.workspace.store
        self._desk.lanes.window.ask(
            "live", lambda: (store.revision(), store.columns()), self._looked, self._failed
        )

    def _failed(self, error: Exception) -> None:
        self._is_looking = False
        self._desk.say_problem(error)

    def _looked(self, found: tuple[int, object]) -> None:
        self._is_looking = False
        revision, columns = found
        if revision != self._revision:
            if columns != self._columns:
                self._columns_changed()
            self._read_rows()
            self._order_due = True
            self._desk.show_position()
        elif self._states_may_differ():
            self._read_rows()
        self._revision, self._columns = revision, columns
        self._read_left()
        is_reading = self._order_asked is not None and not self._order_asked.is_set()
        if self._order_due and not is_reading and time.monotonic() >= self._next_order:
            self._read_order()

    def _states_may_differ(self) -> bool:
        """Whether to look at states: what waits in a queue, or leaves it, is no new revision."""
        is_running = bool(self._desk.jobs.running)
        has_ended, self._was_running = self._was_running and not is_running, is_running
        return has_ended or (is_running and time.monotonic() >= self._next_states)

    def _columns_changed(self) -> None:
        grid = self._desk.grid
        grid.set_layout(self._desk.model.layout_now(grid.layout_now, self._desk.hidden))

    def _read_rows(self) -> None:
        self._next_states = time.monotonic() + STATES_EVERY_S
        grid = self._desk.grid
        top = grid.scroll_offset.y
        ids = self._desk.model.ids[top : top + grid.rows_seen + 1]
        grid.window.read_again(ids, grid.rows_changed)

    def _read_left(self) -> None:
        """How far the columns of our runs are, for the header."""
        jobs, now = self._desk.jobs, time.monotonic()
        if jobs.running and now >= self._next_left:
            self._next_left = now + LEFT_EVERY_S
            self._desk.lanes.window.ask(
                "left", jobs.read_left, jobs.take_left, self._desk.say_problem
            )

    def _read_order(self) -> None:
        desk, begun = self._desk, time.monotonic()
        self._order_due = False

        def asked() -> None:
            now = time.monotonic()
            self._next_order = now + max(ORDER_AT_MOST_EVERY_S, ORDER_SHARE * (now - begun))

        def changed(order: Order) -> None:
            keep = desk.grid.lead_id
            desk.model.begin(order)
            desk.grid.order_changed(keep)

        def failed(error: Exception) -> None:
            asked()
            desk.say_problem(error)

        self._order_asked = desk.model.refresh(changed, asked, failed)
