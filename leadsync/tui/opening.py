"""Opening the app on a workspace: the first page is read while Textual is still being loaded."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.tui.grid.model import FIRST_PAGE, GridModel
from leadsync.tui.grid.window import Window
from leadsync.tui.key_map import FILE_NAME, read_key_map
from leadsync.tui.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.workspace import Workspace
    from leadsync.tui.app import LeadSyncApp

ENDS_WITHIN_S = 10.0


@dataclass
class Lanes:
    """The threads that ask the store: what the screen shows, what takes long, what is written."""

    window: Lane = field(default_factory=lambda: Lane("window"))
    search: Lane = field(default_factory=lambda: Lane("search"))
    writing: Lane = field(default_factory=lambda: Lane("writing"))

    def deliver_by(self, deliver: Callable[[Callable[[], None]], object]) -> None:
        """Give all of them the way to the event loop."""
        for lane in (self.window, self.search, self.writing):
            lane.deliver = deliver

    def close(self) -> None:
        """Let them end, and wait: SQLite's file must not be closed while one of them reads it."""
        end = time.monotonic() + ENDS_WITHIN_S
        for lane in (self.window, self.search, self.writing):
            lane.close(max(0.0, end - time.monotonic()))


def make_app(workspace: Workspace, lanes: Lanes, *, ascii_only: bool = False) -> LeadSyncApp:
    """The app on an open workspace, with its first page read."""
    lanes.search.cancellable = workspace.store.cancellable
    model = GridModel(workspace, lanes.search)
    model.begin(model.read_order(model.look, limit=FIRST_PAGE))
    layout = model.first_layout(model.look)
    window = Window(workspace.store, lanes.window)
    window.show(layout.fields)
    window.read_ahead(model.ids[:FIRST_PAGE])
    from leadsync.tui.app import LeadSyncApp

    keys = read_key_map(workspace.config.path.with_name(FILE_NAME))
    return LeadSyncApp(model, window, layout, lanes, keys, ascii_only=ascii_only)


def run_app(workspace: Workspace, *, ascii_only: bool, closed: frozenset[str] = frozenset()) -> int:
    """Show the grid until the user leaves; the exit code.

    Args:
        workspace: an open one; it is not closed here.
        ascii_only: draw signs in ASCII.
        closed: ids of actions that are not done here.

    Raises:
        Exception: a bug of ours; the terminal is as it was before.
    """
    lanes = Lanes()
    try:
        app = make_app(workspace, lanes, ascii_only=ascii_only)
        app.desk.closed = closed
        return app.run_here()
    finally:
        lanes.close()
