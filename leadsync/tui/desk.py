"""The desk: the screen with the grid, and what actions work with.

An action gets the desk: the grid and its model, the workspace, the lanes, and the ways to talk.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

from leadsync.core.errors import LeadSyncError
from leadsync.tui.action_table import NOT_IN_PRACTICE, bindings, function_of
from leadsync.tui.asking import Asking
from leadsync.tui.hints import Hints
from leadsync.tui.jobs import Jobs, how_it_ended
from leadsync.tui.key_reader import KeyReader
from leadsync.tui.live import Live
from leadsync.tui.needed_rights import check_right
from leadsync.tui.position import look_words, place_words
from leadsync.tui.status_line import StatusLine
from leadsync.tui.sums import Sums

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual.widget import Widget

    from leadsync.core.workspace import Workspace
    from leadsync.tui.grid.cursor import Cursor
    from leadsync.tui.grid.model import GridModel, Look
    from leadsync.tui.grid.mouse import Meant
    from leadsync.tui.grid.widget import LeadGrid
    from leadsync.tui.jobs import Job
    from leadsync.tui.key_map import KeyMap
    from leadsync.tui.opening import Lanes
    from leadsync.tui.panels.cell_editor import CellEditor

T = TypeVar("T")
OVERTAKEN = ("find", "values", "plan")  # questions about leads that are shown no more


@dataclass(slots=True)
class Found:
    """What a search found.

    Attributes:
        text: what was searched for; empty: nothing yet.
        places: rows, in order.
    """

    text: str = ""
    places: Sequence[int] = ()


class Desk(Asking):
    """The grid with its status line.

    Attributes:
        workspace: what everything is read from and written to.
        model: which leads are shown.
        hidden: keys of the columns that are hidden, with the widths that they had.
        found: what the last search found.
        copied: what was copied last, for pasting.
        sums: what the chosen cells of the column come to.
        hints: what is quietly said of the lead under the cursor.
        keys: what the keys do.
        is_position_due: the status line will show the position in a moment.
    """

    DEFAULT_CSS = "Desk { layers: base over; }"

    def __init__(self, model: GridModel, grid: LeadGrid, lanes: Lanes, keys: KeyMap) -> None:
        """Show `grid`, whose model has its first page already."""
        super().__init__()
        self.workspace: Workspace = model.workspace
        self.model = model
        self.grid = grid
        self.lanes = lanes
        self.hidden: Mapping[str, int] = {}
        self.found = Found()
        self.copied = ""
        self.status = StatusLine()
        self.sums = Sums(self)
        self.hints = Hints(self)
        self.live = Live(self)
        self.jobs = Jobs(
            self.workspace,
            deliver=self.deliver,
            changed=self.show_position,
            ended=self._job_ended,
        )
        self.is_position_due = False
        self.keys = keys
        self.closed: frozenset[str] = frozenset()
        self._keys = KeyReader(bindings(keys.actions), keys.leader)

    def compose(self) -> Iterable[Widget]:
        """The grid over the status line."""
        yield self.grid
        yield self.status

    def on_mount(self) -> None:
        """Read the rest of the leads, and begin to watch the store."""
        self.grid.focus()
        self.grid.window.arrived = self._rows_arrived
        self.grid.moved = self._moved
        self.call_after_refresh(self._go_on)

    def _go_on(self) -> None:
        """After the first picture: nothing stands in its way."""
        self.grid.rows_changed()  # rows that came before there was a loop to tell it
        if not self.model.is_whole:
            self.model.read_all(self._all_known, self.say_problem)
        elif not self.model.ids:
            self.do("files.welcome")
        if self.keys.problems:
            more = len(self.keys.problems) - 1
            problem = f"{self.keys.path.name}: {self.keys.problems[0]}"
            self.status.say(f"{problem}{f'; {more} more in ?' * bool(more)}", is_problem=True)
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
        """Put position, look and marks into the status line, and the column into the header.

        Once for all that one key changes: when it is done.
        """
        if not self.is_position_due and self.is_mounted:
            self.is_position_due = True
            self.call_later(self._show_position)

    def _show_position(self) -> None:
        self.is_position_due = False
        self.grid.refresh_header(self.jobs.percents)
        self.status.show(place_words(self), look_words(self), self._keys.pending)

    # what an action is about -------------------------------------------------------------
    def targets(self) -> array[int]:
        """The leads that an action is about: the range, else the marked ones, else the cursor's.

        The range is what is seen, and was chosen last; marked leads may not even be shown.
        """
        if self.model.marks and not self.grid.cursor.has_range:
            return self.model.marks.ids()
        return self.targets_of_range()

    def is_cursors(self, lead_ids: Sequence[int]) -> bool:
        """Whether these are the cursor's lead alone, so that no question need say whom it is about."""
        return [*lead_ids[:2]] == [self.grid.lead_id]

    def targets_of_range(self) -> array[int]:
        """The leads of the range, or the cursor's."""
        rows = self.grid.cursor.rows()
        return self.model.ids[rows.start : rows.stop]

    # asking the store --------------------------------------------------------------------
    def ask_store(self, topic: str, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do a read that may take long, then `done` with its result."""
        self.lanes.search.ask(topic, work, done, self.say_problem)

    def write(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do a write, then `done`; one after another, none is dropped."""

        def after(result: T) -> None:
            done(result)
            self.live.look_now()

        self.lanes.writing.ask("", work, after, failed or self.say_problem)

    def clip(self, text: str, said: str) -> None:
        """Put a text on the clipboard, by the terminal and by a local tool; say what worked."""
        from leadsync.tui.clipboard import copy_locally

        self.app.copy_to_clipboard(text)
        if self.app.is_web:  # this machine is another one than the user's, or at least may be
            self.say(f"{said}; sent to the browser")
            return
        folder = self.workspace.config.state_folder
        self.ask_store(
            "clip", lambda: copy_locally(text, folder), lambda by: self.say(f"{said}; {by}")
        )

    def show(self, look: Look, said: str = "") -> None:
        """Look at something else; the cursor stays on its lead where that is still there."""
        keep = self.grid.lead_id
        self.lanes.search.drop(*OVERTAKEN)
        self.hints.drop()
        self.sums.drop()
        if look.view != self.model.look.view:
            try:
                layout, hidden = self.model.first_layout(look), self.model.first_hidden(look)
            except LeadSyncError as error:
                self.say_problem(error)
                return
            self.hidden = hidden
            self.grid.set_layout(layout)

        standing: list[Cursor] = []

        def done() -> None:
            has_moved = standing and standing[-1] != self.grid.cursor
            self.grid.order_changed(self.grid.lead_id if has_moved else keep)
            standing.append(self.grid.cursor)
            if said:
                self.say(said)

        self.model.show(look, done, self.say_problem)

    def show_changed(self, **parts: object) -> None:
        """Look at the same with other parts."""
        self.show(replace(self.model.look, **parts))  # type: ignore[arg-type]  # names of parts

    # keys --------------------------------------------------------------------------------
    def on_lead_grid_pressed(self, message: LeadGrid.Pressed) -> None:
        """Collect keys until they name an action, and do it.

        What was typed ahead for a field or a panel that is just opening goes there.
        """
        if self.takes_typed_ahead(message.key):
            return
        if message.key == "escape":
            self._escape()
            return
        typed = self._keys.type(message.key)
        if typed.action:
            self.status.say("")
            self.do(typed.action, typed.count)
        elif typed.text:
            self._type_into_cell(typed.text)
        elif typed.is_unknown:
            self.say(
                f"{message.key} does nothing here; {self.keys.hint_of('app.help')} shows the keys"
            )
        self.show_position()

    def _type_into_cell(self, text: str) -> None:
        """Begin an edit with what was typed."""
        from leadsync.tui.actions.edit import type_into

        self.status.say("")
        self.guarded(lambda: type_into(self, text))

    def do(self, action_id: str, count: int | None = None) -> None:
        """Do an action, unless it is closed here."""
        if action_id in self.closed:
            self.say("this is not done in a browser: it is about the machine that serves it")
            return
        if action_id in NOT_IN_PRACTICE and self.workspace.config.is_practice:
            self.say("this is not done in practice: nothing leaves this machine")
            return
        self.guarded(lambda: self._begin(action_id, count))

    def _begin(self, action_id: str, count: int | None) -> None:
        check_right(self.workspace, action_id)
        function_of(action_id)(self, count)

    def on_lead_grid_pasted(self, message: LeadGrid.Pasted) -> None:
        """The terminal pasted: the same as the key."""
        from leadsync.tui.actions.block import paste_text

        self.guarded(lambda: paste_text(self, message.text))

    def on_cell_editor_finished(self, message: CellEditor.Finished) -> None:
        """Store what was typed into a cell."""
        from leadsync.tui.cell_typing import finish_cell

        self.guarded(lambda: finish_cell(self, message))

    def on_meant(self, message: Meant) -> None:
        """A click that means an action."""
        self.do(message.action)

    def _escape(self) -> None:
        """Take back the least: keys typed so far, else range, marks, filter; end a search."""
        self.lanes.search.drop("find")
        if self._keys.pending:
            self._keys.clear()
        elif self.grid.cursor.has_range:
            self.do("mark.end_range")
        elif self.model.marks:
            self.do("mark.none")
        elif self.model.look.where:
            self.show_changed(where="")
        self.status.say("")
        self.show_position()

    def _moved(self) -> None:
        """Say where the cursor is; a cell that is being edited takes its field along."""
        self.show_position()
        for editor in self.query(".cell-editor"):
            from leadsync.tui.cell_typing import place_editor

            place_editor(self, cast("CellEditor", editor))

    def deliver(self, callback: Callable[[], None]) -> None:
        """Hand a callback over to the event loop; from any thread.

        A run that is settling while the app has ended already tells nobody, and goes on.
        """
        with contextlib.suppress(RuntimeError):  # there is no app, or no loop, any more
            self.app.call_later(self._take, callback)

    def _take(self, callback: Callable[[], None]) -> None:
        """Take what a lane brings; what it could not do is said, and ends nothing."""
        try:
            callback()
        except LeadSyncError as error:
            if self.is_mounted:
                self.say_problem(error)

    def _job_ended(self, job: Job) -> None:
        """Say how a run of ours ended."""
        if not self.is_mounted:
            return
        is_problem = job.problem or job.held or (job.result and job.result.push_problems)
        self.status.say(how_it_ended(job), is_problem=bool(is_problem))
        self.show_position()
        self.live.look_now()

    def _rows_arrived(self) -> None:
        if self.is_mounted:
            self.grid.rows_changed()
