"""A question before something that is big: what would happen, and to how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from leadsync.core.visible_text import visible
from leadsync.tui.panels.frame import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

LINES_SHOWN = 40  # what does not fit scrolls


class Question(Panel[bool]):
    """Says what would be done; Enter does it, anything else that closes does not."""

    def __init__(self, title: str, lines: Sequence[str], verb: str) -> None:
        """`verb` is what Enter does, with its object: `Clear 12 cells`."""
        super().__init__()
        self._title = title
        self._lines = lines
        self._verb = verb

    def compose(self) -> ComposeResult:
        """The lines in a frame."""
        lines = [visible(line) for line in self._lines[:LINES_SHOWN]]
        if len(self._lines) > LINES_SHOWN:
            lines.append(f"… {len(self._lines) - LINES_SHOWN:,} more")
        with VerticalScroll(classes="frame") as frame:
            frame.border_title = Content(visible(self._title))
            frame.border_subtitle = Content(f"Enter: {visible(self._verb)}   Esc: leave it")
            yield Static(Content("\n".join(lines)))

    def on_key(self, event: events.Key) -> None:
        """Enter is yes."""
        if event.key == "enter":
            event.stop()
            self.dismiss(result=True)
        elif event.key == "q":
            event.stop()
            self.dismiss(result=False)

    def on_click(self, event: events.Click) -> None:
        """A click outside the frame closes without doing it."""
        if event.widget is self:
            self.dismiss(result=False)
