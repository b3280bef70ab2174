"""How far a long piece of work is; Esc stops it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from leadsync.core.errors import LeadSyncError
from leadsync.core.visible_text import visible
from leadsync.tui.panels.frame import Panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

BAR = 40


class ProgressPanel(Panel[None]):
    """A bar over the grid; whoever does the work calls `told`, and closes it at the end.

    Esc asks the work to stop. It stays until the work has: what is written then is written.
    """

    DEFAULT_CSS = """
    ProgressPanel > .frame { max-width: 60; }
    """

    def __init__(
        self,
        title: str,
        stopped: str,
        begin: Callable[[], None],
        deliver: Callable[[Callable[[], None]], None],
    ) -> None:
        """Show `title`, and `begin`; work that is stopped ends with the error `stopped`.

        `deliver` hands a callback over to the event loop.
        """
        super().__init__()
        self._title = title
        self._stopped = stopped
        self._begin = begin
        self._deliver = deliver
        self._stop = threading.Event()
        self._share = -1

    def compose(self) -> ComposeResult:
        """The bar in a frame."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(visible(self._title))
            frame.border_subtitle = Content("Esc: stop")
            yield Static(Content(_bar(0)), id="bar")

    def on_mount(self) -> None:
        """Begin, now that there is a bar."""
        self._begin()

    def told(self, done: int, total: int) -> None:
        """Take note of progress; called in the thread that does the work.

        Raises:
            LeadSyncError: somebody wants it stopped.
        """
        if self._stop.is_set():
            raise LeadSyncError(self._stopped)
        share = min(100 * done // total, 100) if total else 0
        if share != self._share:
            self._share = share
            self._deliver(lambda: self._show(_bar(share)))

    def close(self) -> None:
        """The work has ended."""
        self.dismiss(None)

    def on_key(self, event: events.Key) -> None:
        """Esc stops the work; the panel waits for it."""
        event.stop()
        if event.key == "escape":
            event.prevent_default()
            self._stop.set()
            self._show("stopping…")

    def _show(self, text: str) -> None:
        for bar in self.query("#bar").results(Static):
            bar.update(Content(text))


def _bar(share: int) -> str:
    full = share * BAR // 100
    return f"{'━' * full}{'─' * (BAR - full)} {share:>3} %"
