"""The app: themes, signals, and the way out. `desk.py` is the screen that people see."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, ClassVar

from textual.app import App

from leadsync.core.errors import Exit
from leadsync.tui.desk import Desk
from leadsync.tui.grid.widget import LeadGrid

if TYPE_CHECKING:
    from textual.binding import BindingType

    from leadsync.tui.grid.layout import Layout
    from leadsync.tui.grid.model import GridModel
    from leadsync.tui.grid.window import Window
    from leadsync.tui.opening import Lanes

ENDING_SIGNALS = ("SIGTERM", "SIGHUP")


class LeadSyncApp(App[None]):
    """LeadSync in a terminal."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    TITLE = "LeadSync"

    def __init__(
        self, model: GridModel, window: Window, layout: Layout, lanes: Lanes, *, ascii_only: bool
    ) -> None:
        """Show `model`, whose first page is there already."""
        super().__init__()
        self.animation_level = "none"
        self.lanes = lanes
        self.desk = Desk(model, LeadGrid(model, window, layout, ascii_only=ascii_only), lanes)

    def get_default_screen(self) -> Desk:
        """The desk is the only screen below all dialogs."""
        return self.desk

    def on_mount(self) -> None:
        """Let the lanes answer, and end on the signals that end a process."""
        self.lanes.deliver_by(self.call_later)
        loop = asyncio.get_running_loop()
        for name in ENDING_SIGNALS:
            if hasattr(signal, name) and not self.is_headless:
                loop.add_signal_handler(getattr(signal, name), self.exit)

    async def action_quit(self) -> None:
        """Leave as the action does: Textual has a key of its own for it."""
        self.desk.do("app.quit")

    def run_here(self) -> int:
        """Run until the user leaves; the exit code.

        Raises:
            Exception: a bug of ours, after the terminal was restored.
        """
        try:
            self.run()
        finally:  # however it ended: runs under way are settled, the rest stays in the queue
            self.desk.jobs.stop_all()
            self.desk.jobs.wait_for_all()
        if self._exception is not None:
            raise self._exception
        return Exit.DONE

    def _fatal_error(self) -> None:
        """End without a traceback on the terminal: `run_here` raises, the command line logs."""
        self._close_messages_no_wait()
