"""The line at the bottom: where the cursor is, what is shown, what was said last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from leadsync.core.visible_text import visible
from leadsync.tui.grid.cell_text import fit, pad, width_of

if TYPE_CHECKING:
    from typing import ClassVar


class StatusLine(Widget):
    """One line of plain text: position and look at the left, talk at the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"status--talk", "status--problem"}
    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        dock: bottom;
        background: $panel;
        color: $foreground;
        & > .status--talk { color: $text-accent; text-style: bold; }
        & > .status--problem { color: $text-error; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.left = ""
        self.talk = ""
        self.is_problem = False

    def show(self, left: str) -> None:
        """Show another position and look."""
        if (left := visible(left)) != self.left:
            self.left = left
            self.refresh()

    def say(self, text: str, *, is_problem: bool = False) -> None:
        """Say something; an empty text takes back what was said."""
        if (text := visible(text), is_problem) != (self.talk, self.is_problem):
            self.talk, self.is_problem = text, is_problem
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line; there is only one."""
        del y
        width = self.size.width
        talk = fit(self.talk, max(width - 12, 0))
        left = pad(fit(self.left, width - width_of(talk) - 1), width - width_of(talk))
        style = self.get_component_rich_style(
            "status--problem" if self.is_problem else "status--talk"
        )
        return Strip([Segment(left, self.rich_style), Segment(talk, style)], width)
