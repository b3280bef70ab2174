"""Editing a cell where it stands: typed text is checked as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from leadsync.core.values import show
from leadsync.core.visible_text import visible
from leadsync.tui.asking import Asking
from leadsync.tui.panels.typing_fields import TypingArea

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from leadsync.core.leads.seen_cells import SeenCell

NARROWEST = 24  # cells that a field for typing has at least
TALLEST = 8  # lines of a field for long text
MOST_TOLD = 60  # characters of what somebody else wrote


def changed_words(now: SeenCell) -> str:
    """What is said of a cell that somebody else has changed."""
    text = show(now.value)
    told = f"{text[:MOST_TOLD]}…" if len(text) > MOST_TOLD else text
    what = f'changed meanwhile to "{told}"' if text else "cleared meanwhile"
    return f"{what}; Enter again stores yours, Esc keeps theirs"


class CellEditor(Vertical):
    """A field over a cell, and under it what is wrong with the text.

    Attributes:
        seen: the cell as it was when typing began, or when it was asked about last.
        problem: what is wrong with the text now; empty: nothing is.
        is_ending: the text is being stored.
        typed_behind: keys that came after the one that ended typing; the grid gets them.
    """

    DEFAULT_CSS = """
    CellEditor {
        layer: over;
        position: absolute;
        height: auto;
        & > TextArea {
            height: 1;
            border: none;
            padding: 0;
            background: $boost;
            color: $foreground;
            scrollbar-size-vertical: 1;
            scrollbar-size-horizontal: 0;
        }
        & > Static {
            height: auto;
            background: $error;
            color: $background;
            display: none;
        }
    }
    """

    class Finished(Message):
        """Typing ended.

        Attributes:
            text: what is to be stored; None: nothing.
            then: the key that ended it: `enter`, `tab`, `escape`, `ctrl+o`.
        """

        def __init__(self, editor: CellEditor, text: str | None, then: str) -> None:
            super().__init__()
            self.editor = editor
            self.text = text
            self.then = then

    def __init__(
        self,
        seen: SeenCell,
        text: str,
        check: Callable[[str], str],
        *,
        is_long: bool,
        is_typed: bool = False,
        note: str = "",
    ) -> None:
        """Edit `text` of a cell; `check` says what is wrong with one, or nothing.

        The text is what the cell holds, or has been typed already; `note` says why it was not
        stored then.
        """
        super().__init__(classes="cell-editor")
        self.seen = seen
        self.problem = ""
        self._note = note
        self._apart = ""
        self._place = (0, 0, 0, (0, 0))
        self.is_ending = False
        self.typed_behind: list[str] = []
        self._text = text
        self._first = text  # as the field has it: rare line ends are plain ones there
        self._check = check
        self._is_typed = is_typed
        self._is_long = is_long or len(text.splitlines()) > 1

    def compose(self) -> ComposeResult:
        """The field over the complaint."""
        yield _Field(self._text, soft_wrap=self._is_long, compact=True, tab_behavior="focus")
        yield Static()

    def on_mount(self) -> None:
        """Type at the end of what is there."""
        field = self.query_one(TextArea)
        if self._is_long:
            field.styles.height = TALLEST
        self._first = field.text
        field.move_cursor(field.document.end)
        self.complain("")
        screen = self.screen
        assert isinstance(screen, Asking)
        screen.field_opened(field)

    @property
    def would_be_lost(self) -> bool:
        """Whether something was typed that is not on its way to the store."""
        is_changed = self._is_typed or self.query_one(TextArea).text != self._first
        return is_changed and not self.is_ending

    @property
    def said(self) -> str:
        """What stands under the field."""
        return visible(
            "\n".join(filter(None, (self._apart, self.problem or self._note))), keep_lines=True
        )

    def put(self, x: int, y: int, width: int, room: tuple[int, int]) -> None:
        """Stand over a cell, inside a room of (width, height)."""
        self._apart = ""
        self._stand(x, y, width, room)

    def stand_apart(self, room: tuple[int, int]) -> None:
        """Stand at the bottom of the room, and say of which cell: that one is not seen."""
        self._apart = f"{self.seen.key} of lead {self.seen.lead_id} is not shown here now"
        self._stand(self._place[0], room[1], self._place[2], room)

    def _stand(self, x: int, y: int, width: int, room: tuple[int, int]) -> None:
        """As wide and as high up as what is said needs; its last line may cover the status."""
        self._place = (x, y, width, room)
        for line in self.query(Static):  # there is none before it is composed
            line.update(Content(self.said))
            line.display = bool(self.said)
        said = [Content(line) for line in self.said.splitlines()]
        width = max(width, NARROWEST * (2 if self._is_long else 1), *(c.cell_length for c in said))
        width = max(min(width, room[0]), 1)
        height = TALLEST if self._is_long else 1
        below = max(sum(len(content.wrap(width)) for content in said) - 1, 0)
        self.styles.width = width
        self.styles.offset = (
            max(0, min(x, room[0] - width)),
            max(0, min(y, room[1] - height - below)),
        )

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Say at once what is wrong."""
        event.stop()
        self.complain(self._check(event.text_area.text))

    def refuse(self, text: str) -> None:
        """Go on typing: the text could not be stored."""
        self.is_ending = False
        self.typed_behind.clear()
        self.complain(text)

    def warn(self, now: SeenCell) -> None:
        """Somebody else has changed the cell: ask before that is overwritten."""
        self.seen = now
        self._note = changed_words(now)
        self.refuse("")

    def complain(self, text: str) -> None:
        """Show what is wrong under the cell; nothing where nothing is."""
        self.problem = text
        self._stand(*self._place)

    def finish(self, then: str) -> None:
        """End typing, unless the text cannot be stored."""
        field = self.query_one(TextArea)
        text = self._text if field.text == self._first else field.text
        problem = self._check(text) if then in ("enter", "tab") else ""
        if problem:
            self.complain(problem)
        else:
            self.is_ending = True
            kept = None if then == "escape" else text
            self.post_message(self.Finished(self, kept, then))


class _Field(TypingArea):
    """A text area in which Enter ends, and Ctrl+J begins a new line."""

    async def _on_key(self, event: events.Key) -> None:
        editor = self.parent
        assert isinstance(editor, CellEditor)
        if editor.is_ending:
            event.stop()
            event.prevent_default()
            editor.typed_behind.append((event.is_printable and event.character) or event.key)
        elif event.key in ("enter", "tab", "escape", "ctrl+o"):
            event.stop()
            event.prevent_default()
            editor.finish(event.key)
        elif event.key == "ctrl+j":
            event.stop()
            event.prevent_default()
            self.insert("\n")
        else:
            await super()._on_key(event)
