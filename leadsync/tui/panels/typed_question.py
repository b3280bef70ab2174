"""A question before what cannot be taken back: a word has to be typed, not only Enter pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from leadsync.core.visible_text import visible
from leadsync.tui.panels.frame import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

LINES_BELOW = 6  # of the panel, that are not the text: its border, the field, what is wrong with it


class TypedQuestion(Panel[bool]):
    """Says what would be done, and does it when the word was typed; Escape leaves it."""

    DEFAULT_CSS = """
    TypedQuestion {
        & VerticalScroll { height: auto; }
        & Input { border: none; height: 1; margin: 1 0 0 0; padding: 0 1; background: $boost; }
        & #problem { color: $error; height: auto; max-height: 2; }
    }
    """

    def __init__(self, title: str, lines: Sequence[str], wanted: str, deed: str) -> None:
        """Ask for `wanted`; `deed` is what happens then, as "erase them for good"."""
        super().__init__()
        self._title = title
        self._lines = lines
        self._wanted = wanted
        self._deed = deed

    def compose(self) -> ComposeResult:
        """The lines over the field."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(visible(self._title))
            with VerticalScroll():
                yield Static(Content("\n".join(map(visible, self._lines))))
            yield Input(
                placeholder=visible(f"type {self._wanted} and Enter to {self._deed}"), compact=True
            )
            yield Static(id="problem")

    def on_mount(self) -> None:
        """Type here."""
        self.query_one(Input).focus()

    def on_resize(self, event: events.Resize) -> None:
        """The lines get what the field leaves them of the screen; more of them scroll."""
        room = max(1, event.size.height * 9 // 10 - LINES_BELOW)
        self.query_one(VerticalScroll).styles.max_height = room
        self.call_after_refresh(self._say_keys)

    def on_key(self, event: events.Key) -> None:
        """Scroll the lines while the field keeps the focus."""
        lines = self.query_one(VerticalScroll)
        scroll = {
            "down": lines.scroll_down,
            "up": lines.scroll_up,
            "pagedown": lines.scroll_page_down,
            "pageup": lines.scroll_page_up,
        }.get(event.key)
        if scroll:
            event.stop()
            scroll(animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: only the word itself will do."""
        event.stop()
        if event.value.strip().casefold() == self._wanted.casefold():
            self.dismiss(result=True)
            return
        words = f"this is not {self._wanted}; nothing was changed"
        self.query_one("#problem", Static).update(Content(visible(words)))

    def _say_keys(self) -> None:
        more = "PageDown: more   " if self.query_one(VerticalScroll).max_scroll_y else ""
        self.query_one(".frame", Vertical).border_subtitle = Content(f"{more}Esc: leave it")
