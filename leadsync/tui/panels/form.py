"""A form of text fields, for a new lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, Static

from leadsync.core.errors import LeadSyncError
from leadsync.core.visible_text import visible
from leadsync.tui.panels.frame import Panel
from leadsync.tui.panels.typing_fields import TypingLine

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from textual import events
    from textual.app import ComposeResult

    from leadsync.tui.desk import Desk

T = TypeVar("T")


class Form(Panel[None]):
    """Labelled fields; Enter goes on, and at the last field stores. It stays open on an error."""

    DEFAULT_CSS = """
    Form {
        & .row { height: 1; }
        & Label { width: 18; color: $foreground-muted; }
        & Input { width: 1fr; border: none; height: 1; padding: 0 1; background: $boost; }
        & #problem { color: $error; height: auto; }
    }
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[tuple[str, str, str]],
        store: Callable[[dict[str, str]], None],
        *,
        hidden: Collection[str] = (),
    ) -> None:
        """Ask for `fields` (key, label, text at first); `store` gets the filled ones.

        What is typed into fields whose keys are `hidden` is not shown.
        """
        super().__init__()
        self._title = title
        self._fields = fields
        self._store = store
        self._hidden = hidden
        self._is_at_work = False

    def compose(self) -> ComposeResult:
        """A line a field."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(visible(self._title))
            frame.border_subtitle = Content("Ctrl+S: store   Tab: next   Esc: leave it")
            for key, label, text in self._fields:
                with Horizontal(classes="row"):
                    yield Label(Content(visible(label)))
                    yield self._field(key, text)
            yield Static(id="problem")

    def _field(self, key: str, text: str) -> Input:
        name = f"field-{key}"
        if key in self._hidden:
            return Input(text, id=name, password=True, compact=True)
        return TypingLine(text, id=name, compact=True)

    def on_mount(self) -> None:
        """Begin at the first field."""
        self.query(Input).first().focus()

    def on_key(self, event: events.Key) -> None:
        """Store on Ctrl+S; arrows go from field to field."""
        if event.key == "ctrl+s":
            event.stop()
            self._submit()
        elif event.key == "down":
            event.stop()
            self.focus_next()
        elif event.key == "up":
            event.stop()
            self.focus_previous()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The next field, or store after the last."""
        event.stop()
        if event.input is self.query(Input).last():
            self._submit()
        else:
            self.focus_next()

    def send(self, desk: Desk, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Write, close, then `done`; why it failed is said here, or in the desk if it was left.

        It may be left, and other panels may open, while the write waits for others.
        """

        def finished(result: T) -> None:
            self.dismiss(None)
            done(result)

        def failed(error: Exception) -> None:
            self._is_at_work = False
            if not isinstance(error, LeadSyncError):
                raise error
            if self.is_attached:
                self.say_problem(error.message)
            else:
                desk.say_problem(error)

        self._is_at_work = True
        self.say_problem("one moment …")
        desk.write(work, finished, failed)

    def say_problem(self, text: str) -> None:
        """Say what cannot be stored."""
        self.query_one("#problem", Static).update(Content(visible(text)))

    def _submit(self) -> None:
        """Store what is there, once at a time."""
        if self._is_at_work:
            return
        values = {key: self.query_one(f"#field-{key}", Input).value for key, _, _ in self._fields}
        try:
            self._store({key: text for key, text in values.items() if text.strip()})
        except LeadSyncError as error:
            self.say_problem(error.message)
