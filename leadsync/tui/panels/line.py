"""The line that asks, above the status line: search, filter, tags, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from leadsync.core.visible_text import visible
from leadsync.tui.asking import Asking
from leadsync.tui.panels.typing_fields import TypingLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    Complete = Callable[[str], str | None]
    """From what was typed to what it may become, or None."""


class AskLine(Horizontal):
    """One line with a label; Enter answers, Escape takes it back, → takes the suggestion."""

    DEFAULT_CSS = """
    AskLine {
        dock: bottom;
        height: 1;
        margin: 0 0 1 0;
        background: $boost;
        & > Static { width: auto; color: $accent; text-style: bold; padding: 0 1 0 0; }
        & > Input { width: 1fr; border: none; height: 1; padding: 0; background: $boost; }
    }
    """

    class Answered(Message):
        """Enter or Escape was pressed; `text` is None for Escape."""

        def __init__(self, line: AskLine, text: str | None) -> None:
            super().__init__()
            self.line = line
            self.text = text

    def __init__(
        self,
        label: str,
        text: str,
        answered: Callable[[str], bool],
        complete: Complete | None = None,
    ) -> None:
        """Ask for a text, beginning with `text`.

        Args:
            label: what is asked for.
            text: what stands there at first.
            answered: gets the answer; False keeps the line open, for what cannot be used.
            complete: how a text may go on.
        """
        super().__init__()
        self._label = label
        self._text = text
        self.answered = answered
        self._suggester = _Suggester(complete) if complete else None

    def compose(self) -> ComposeResult:
        """Label and field."""
        yield Static(Content(visible(self._label)))
        yield TypingLine(self._text, compact=True, suggester=self._suggester, select_on_focus=False)

    def on_mount(self) -> None:
        """Type here."""
        screen = self.screen
        assert isinstance(screen, Asking)
        screen.field_opened(self.query_one(Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.post_message(self.Answered(self, event.value))

    def on_key(self, event: events.Key) -> None:
        """Escape; Tab takes the suggestion."""
        field = self.query_one(Input)
        if event.key == "escape":
            event.stop()
            self.post_message(self.Answered(self, None))
        elif event.key == "tab":
            event.stop()
            event.prevent_default()
            field.action_cursor_right() if field.cursor_at_end else field.action_end()


class _Suggester(Suggester):
    def __init__(self, complete: Complete) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        return self._complete(value) if value else None
