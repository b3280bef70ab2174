"""The line at the bottom: where the cursor is, what is shown, what was said last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from leadsync.core.visible_text import visible
from leadsync.tui.grid.cell_text import fit, fit_words, pad, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar


class StatusLine(Widget):
    """One line of plain text: position and look at the left, keys and talk at the right.

    Where they have no room side by side, the position and the keys stand whole, then what was said;
    of the rest what stands last goes first. Words are not cut.
    """

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
        self.place = ""
        self.rest = ""
        self.keys = ""
        self.talk = ""
        self.is_problem = False

    def show(self, place: str, rest: Sequence[str], keys: str) -> None:
        """Show another position, what else is known, what matters most first, and keys typed."""
        now = (visible(place), visible("  ".join(rest)), visible(keys))
        if now != (self.place, self.rest, self.keys):
            self.place, self.rest, self.keys = now
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
        place = fit(self.place, width)
        keys = f" {self.keys}" if self.keys else ""
        room = width - width_of(place) - width_of(keys)
        talk = f"  {fit_words(self.talk, room - 2)}" if self.talk and room > 2 else ""
        room -= width_of(talk)
        rest = f"  {fit_words(self.rest, room - 2)}" if self.rest and room > 3 else ""
        style = self.get_component_rich_style(
            "status--problem" if self.is_problem else "status--talk"
        )
        left = fit(pad(place + rest, max(width - width_of(keys + talk), 0)) + keys, width)
        return Strip([Segment(left, self.rich_style), Segment(talk, style)], width)
