"""The look that all panels share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events

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

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with an answer, once.

        Keys that were typed while it opened all come here, those behind the one that closes, too;
        Textual would close what lies under it, and end where that is the grid.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()

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
