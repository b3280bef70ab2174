"""What every app of ours is on a terminal: safe lines, few colours where it has few, its signals."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Generic, TypeVar

from textual.app import App

from leadsync.tui.ascii_only import AsciiOnly
from leadsync.tui.visible_lines import VisibleLines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.filter import LineFilter

T = TypeVar("T")
FEW_COLOURS = (None, "standard")  # 16 at most: those of a theme would all be one red
OWN_COLOURS = "ansi-dark"  # the colours of the terminal, whatever they are
ENDING_SIGNALS = ("SIGTERM", "SIGHUP")


class TerminalApp(App[T], Generic[T]):
    """An app that draws what the terminal can show, and ends in order."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "LeadSync"

    def __init__(self, *, ascii_only: bool) -> None:
        """Draw nothing but ASCII, where the terminal knows no more."""
        super().__init__()
        self.animation_level = "none"
        self._visible_lines = VisibleLines()
        self._ascii = [AsciiOnly()] if ascii_only else []

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What lines go through before they are drawn: nothing that steers; few colours, ASCII."""
        return [self._visible_lines, *super().get_line_filters(), *self._ascii]

    def on_mount(self) -> None:
        """Take the colours that there are, and end on the signals that end a process.

        Textual calls this beside the `on_mount` of a subclass.
        """
        if self.is_headless:
            return
        if self.console.color_system in FEW_COLOURS:
            self.theme = OWN_COLOURS
        loop = asyncio.get_running_loop()
        for name in ENDING_SIGNALS:
            if hasattr(signal, name):
                loop.add_signal_handler(getattr(signal, name), self.exit)

    def raise_bug(self) -> None:
        """After the end: say whether it was in order.

        Raises:
            Exception: a bug of ours, now that the terminal is as it was before.
        """
        if self._exception is not None:
            raise self._exception

    def _fatal_error(self) -> None:
        """End without a traceback on the terminal: `raise_bug` raises, the command line logs."""
        self._close_messages_no_wait()
