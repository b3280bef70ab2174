"""The desk: the screen with the grid, and what actions work with.

An action gets the desk: the grid and its model, the workspace, the lanes, and the ways to talk.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from textual.screen import Screen

from leadsync.core.errors import LeadSyncError
from leadsync.tui.action_table import bindings, function_of
from leadsync.tui.jobs import Jobs, how_it_ended, job_words
from leadsync.tui.key_reader import KeyReader
from leadsync.tui.live import Live
from leadsync.tui.status_line import StatusLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from leadsync.core.workspace import Workspace
    from leadsync.tui.grid.model import GridModel, Look
    from leadsync.tui.grid.widget import LeadGrid
    from leadsync.tui.jobs import Job
    from leadsync.tui.opening import Lanes

T = TypeVar("T")


class Desk(Screen[None]):
    """The grid with its status line.

    Attributes:
        workspace: what everything is read from and written to.
        model: which leads are shown.
        hidden: keys of the columns that were hidden by hand.
    """

    DEFAULT_CSS = "Desk { layers: base over; }"

    def __init__(self, model: GridModel, grid: LeadGrid, lanes: Lanes) -> None:
        """Show `grid`, whose model has its first page already."""
        super().__init__()
        self.workspace: Workspace = model.workspace
        self.model = model
        self.grid = grid
        self.lanes = lanes
        self.hidden: frozenset[str] = frozenset()
        self.hits: list[int] = []
        self.status = StatusLine()
        self.live = Live(self)
        self.jobs = Jobs(
            self.workspace,
            deliver=self.deliver,
            changed=self.show_position,
            ended=self._job_ended,
        )
        self._keys = KeyReader(bindings())

    def compose(self) -> Iterable[Widget]:
        """The grid over the status line."""
        yield self.grid
        yield self.status

    def on_mount(self) -> None:
        """Read the rest of the leads, and begin to watch the store."""
        self.grid.focus()
        self.grid.window.arrived = self._rows_arrived
        self.call_after_refresh(self._go_on)

    def _go_on(self) -> None:
        """After the first picture: nothing stands in its way."""
        self.grid.rows_changed()  # rows that came before there was a loop to tell it
        if not self.model.is_whole:
            self.model.read_all(self._all_known, self.say_problem)
        self.live.start()

    def _all_known(self) -> None:
        self.grid.order_changed(self.grid.lead_id)

    # talking -----------------------------------------------------------------------------
    def say(self, text: str) -> None:
        """Say in one line what was done."""
        self.status.say(text)

    def say_problem(self, error: Exception) -> None:
        """Say why something was not done; what is no error of ours goes on to the app."""
        if not isinstance(error, LeadSyncError):
            raise error
        self.status.say(error.message.splitlines()[0], is_problem=True)

    def show_position(self) -> None:
        """Put position, look and marks into the status line."""
        model, cursor = self.model, self.grid.cursor
        total = f"{len(model.ids):,}" if model.is_whole else f"≥{len(model.ids):,}"
        parts = [f"{min(cursor.row + 1, len(model.ids)):,} / {total}", *look_words(model.look)]
        if model.marks:
            parts.append(f"{model.marks.count:,} marked")
        if cursor.has_range:
            parts.append(
                f"range of {len(cursor.rows()):,} by {len(cursor.columns(self.grid.extent))}"
            )
        parts += job_words(self.jobs.running)
        if self._keys.pending:
            parts.append(self._keys.pending)
        self.status.show("  ".join(parts))

    # asking the store --------------------------------------------------------------------
    def ask_store(self, topic: str, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do a read that may take long, then `done` with its result."""
        self.lanes.search.ask(topic, work, done, self.say_problem)

    def write(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do a write, then `done`; one after another, none is dropped."""

        def after(result: T) -> None:
            done(result)
            self.live.look_now()

        self.lanes.writing.ask("", work, after, self.say_problem)

    def show(self, look: Look, said: str = "") -> None:
        """Look at something else; the cursor stays on its lead where that is still there."""
        keep = self.grid.lead_id
        if look.view != self.model.look.view:
            try:
                layout = self.model.first_layout(look)
            except LeadSyncError as error:
                self.say_problem(error)
                return
            self.hidden = frozenset()
            self.grid.set_layout(layout)

        def done() -> None:
            self.grid.order_changed(keep)
            if said:
                self.say(said)

        self.model.show(look, done, self.say_problem)

    def show_changed(self, **parts: object) -> None:
        """Look at the same with other parts."""
        self.show(replace(self.model.look, **parts))  # type: ignore[arg-type]  # names of parts

    # keys --------------------------------------------------------------------------------
    def on_lead_grid_pressed(self, message: LeadGrid.Pressed) -> None:
        """Collect keys until they name an action, and do it."""
        if message.key == "escape":
            self._escape()
            return
        typed = self._keys.type(message.key)
        if typed.action:
            self.status.say("")
            self.do(typed.action, typed.count)
        elif typed.is_unknown:
            self.say(f"{message.key} does nothing here; ? shows the keys")
        self.show_position()

    def do(self, action_id: str, count: int | None = None) -> None:
        """Do an action."""
        try:
            function_of(action_id)(self, count)
        except LeadSyncError as error:
            self.say_problem(error)

    def _escape(self) -> None:
        """Take back the least: keys typed so far, else the range, else the marks."""
        if self._keys.pending:
            self._keys.clear()
        elif self.grid.cursor.has_range:
            self.do("mark.end_range")
        elif self.model.marks:
            self.do("mark.none")
        self.status.say("")
        self.show_position()

    def on_lead_grid_moved(self, _message: LeadGrid.Moved) -> None:
        """Say where the cursor is."""
        self.show_position()

    def deliver(self, callback: Callable[[], None]) -> None:
        """Hand a callback over to the event loop; from any thread."""
        self.app.call_later(callback)

    def _job_ended(self, job: Job) -> None:
        """Say how a run of ours ended."""
        if not self.is_mounted:
            return
        self.status.say(how_it_ended(job), is_problem=bool(job.problem or job.held))
        self.show_position()
        self.live.look_now()

    def _rows_arrived(self) -> None:
        if self.is_mounted:
            self.grid.rows_changed()


def look_words(look: Look) -> list[str]:
    """A look in words, for the status line."""
    words: list[str] = []
    if look.trashed:
        words.append("trash")
    if look.view:
        words.append(f"view {look.view}")
    if look.campaign:
        words.append(f"campaign {look.campaign}")
    if look.where:
        words.append(look.where)
    if look.only_marked:
        words.append("only marked")
    return words
