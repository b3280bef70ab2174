"""A text to read, over the grid: a whole cell, the story of a cell, the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from leadsync.core.visible_text import visible
from leadsync.tui.panels.frame import Panel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.app import ComposeResult

MOST_CHARACTERS = 200_000  # that are laid out; a longer cell says how long it is


class TextPane(Panel[str]):
    """A text that scrolls; answers the key that was pressed, of those that mean something."""

    DEFAULT_CSS = """
    TextPane > .frame { height: auto; scrollbar-size-vertical: 1; }
    """

    def __init__(
        self, title: str, text: str, *, footer: str = "Esc: close", keys: Iterable[str] = ()
    ) -> None:
        """Show `text`, in which nothing is read as markup."""
        super().__init__()
        self._title = title
        shown = visible(text[:MOST_CHARACTERS], keep_lines=True)
        more = len(text) - MOST_CHARACTERS
        self.text = f"{shown}\n… {more:,} characters more" if more > 0 else shown
        self._footer = footer
        self._keys = frozenset(keys)

    def compose(self) -> ComposeResult:
        """The text in a frame."""
        with VerticalScroll(classes="frame") as frame:
            frame.border_title = Content(visible(self._title))
            frame.border_subtitle = Content(visible(self._footer))
            yield Static(Content(self.text))

    def on_key(self, event: events.Key) -> None:
        """Scroll, answer, or close."""
        frame = self.query_one(VerticalScroll)
        scroll = {
            "j": frame.scroll_down,
            "k": frame.scroll_up,
            "space": frame.scroll_page_down,
        }.get(event.key)
        if scroll:
            scroll(animate=False)
        elif event.key in self._keys:
            self.dismiss(event.key)
        elif event.key in ("q", "enter"):
            self.dismiss(None)
        else:
            return  # Textual hands it to the frame's own handler, too
        event.stop()
