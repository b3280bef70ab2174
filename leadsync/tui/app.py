"""The app: its lanes, the mouse, and the way out. `desk.py` is the screen that people see."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from leadsync.core.errors import Exit
from leadsync.tui.desk import Desk
from leadsync.tui.grid.widget import LeadGrid
from leadsync.tui.terminal_app import TerminalApp

if TYPE_CHECKING:
    from textual.binding import BindingType

    from leadsync.tui.grid.layout import Layout
    from leadsync.tui.grid.model import GridModel
    from leadsync.tui.grid.window import Window
    from leadsync.tui.key_map import KeyMap
    from leadsync.tui.opening import Lanes
    from leadsync.tui.panels.cell_editor import CellEditor

GO_TO_PRACTICE = -1
"""In the place of an exit code: the practice copy is to be opened now."""
GO_TO_LOGIN = -2
"""In the place of an exit code: somebody else is to log in now."""
MOUSE_MODES = (1000, 1003, 1015, 1006)  # presses, moves, and two ways to write them: xterm's


class LeadSyncApp(TerminalApp[None]):
    """LeadSync in a terminal."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        model: GridModel,
        window: Window,
        layout: Layout,
        lanes: Lanes,
        keys: KeyMap,
        *,
        ascii_only: bool,
    ) -> None:
        """Show `model`, whose first page is there already, and obey `keys`."""
        super().__init__(ascii_only=ascii_only)
        self.lanes = lanes
        self.has_mouse = True
        self.goes_to_practice = False
        self.goes_to_login = False
        grid = LeadGrid(model, window, layout, ascii_only=ascii_only)
        self.desk = Desk(model, grid, lanes, keys)

    def get_default_screen(self) -> Desk:
        """The desk is the only screen below all dialogs."""
        return self.desk

    def on_mount(self) -> None:
        """Let the lanes answer, and keep the mouse."""
        self.lanes.deliver_by(self.desk.deliver)
        # Textual takes the mouse again when another program gives the terminal back.
        self.app_resume_signal.subscribe(self, lambda _app: self.set_mouse(on=self.has_mouse))

    def set_mouse(self, *, on: bool) -> None:
        """Hear of the mouse, or leave it to the terminal."""
        self.has_mouse = on
        if self._driver is not None:
            self._driver.write("".join(f"\x1b[?{mode}{'h' if on else 'l'}" for mode in MOUSE_MODES))
            self._driver.flush()

    def go_to_practice(self) -> None:
        """End here, to go on in the practice copy."""
        self.goes_to_practice = True
        self.exit()

    def go_to_login(self) -> None:
        """End here, for somebody to log in."""
        self.goes_to_login = True
        self.exit()

    async def action_quit(self) -> None:
        """Leave as the action does: Textual has a key of its own for it.

        A text that is being typed into a cell is not lost without a question.
        """
        editors = [cast("CellEditor", one) for one in self.desk.query(".cell-editor")]
        typed = [one for one in editors if one.is_mounted and one.would_be_lost]
        if not typed:
            self.desk.do("app.quit")
        elif self.screen is self.desk:
            lines = [
                f"what was typed into {e.seen.key} of lead {e.seen.lead_id} is not stored"
                for e in typed
            ]
            self.desk.confirm("Typing", lines, "Leave without it", lambda: self.desk.do("app.quit"))

    def action_help_quit(self) -> None:
        """Ctrl+C where there is nothing to copy."""
        self.desk.say(f"nothing is selected to copy; {self.desk.keys.hint_of('app.quit')} quits")

    def run_here(self) -> int:
        """Run until the user leaves; the exit code, `GO_TO_PRACTICE` or `GO_TO_LOGIN`.

        Raises:
            Exception: a bug of ours, after the terminal was restored.
        """
        try:
            self.run()
        finally:  # however it ended: runs under way are settled, the rest stays in the queue
            self.desk.jobs.stop_all()
            self.desk.jobs.wait_for_all()
        self.raise_bug()
        if self.goes_to_login:
            return GO_TO_LOGIN
        return GO_TO_PRACTICE if self.goes_to_practice else Exit.DONE
