"""Fields for typing whose text may come from outside: what steers a terminal stands as a sign.

The text itself stays what it is; only what is drawn differs, a sign for each character.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.expand_tabs import expand_tabs_inline
from textual.widgets import Input, TextArea

from leadsync.core.visible_text import signs

TAB = 4  # cells, as Textual has it in a line


class TypingLine(Input):
    """A line for typing."""

    @property
    def _value(self) -> Text:
        """The text as it is drawn."""
        if self.password:
            return super()._value
        return Text(signs(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        """Where a character stands, in cells."""
        return cell_len(expand_tabs_inline(signs(self.value[:position]), TAB))


class TypingArea(TextArea):
    """Lines for typing."""

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn."""
        return Text(signs(self.document.get_line(line_index)), end="", no_wrap=True)
