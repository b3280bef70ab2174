"""The look that all panels share."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.widgets import Input

T = TypeVar("T")


class Panel(ModalScreen[T], Generic[T]):
    """A panel over the grid; Escape closes it without an answer."""

    DEFAULT_CSS = """
    Panel {
        align: center middle;
        background: $background 40%;
        & > .frame {
            width: 80%;
            min-width: 12;
            max-width: 100;
            height: auto;
            max-height: 90%;
            background: $surface;
            border: round $primary;
            border-title-color: $accent;
            border-subtitle-color: $foreground-muted;
            padding: 0 1;
        }
    }
    """

    _is_over = False
    _answer: T | None = None

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with an answer, once; under another panel, when that one is closed.

        Textual would close whatever lies on top, and end where that is the grid.
        """
        if self.is_active:
            return super().dismiss(result)
        self._is_over, self._answer = True, result
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        """Go after what lay over it, where it has ended meanwhile."""
        if self._is_over:
            self.dismiss(self._answer)

    async def on_event(self, event: events.Event) -> None:
        """Leave out keys that still come when it is closed or covered already."""
        if self.is_active or not isinstance(event, events.Key):
            await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Close on Escape; a character typed ahead goes into the first field."""
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.is_printable and event.character:
            fields = self.query(Input)
            if fields and self.focused in (None, fields.first()):
                event.stop()
                fields.first().insert_text_at_cursor(event.character)
