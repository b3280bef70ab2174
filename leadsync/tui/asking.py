"""Asking people, from the desk: a line, a choice, a question, a text; and keys typed ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from leadsync.core.errors import LeadSyncError
from leadsync.tui.painting import PromptScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual.widget import Widget

    from leadsync.tui.grid.widget import LeadGrid
    from leadsync.tui.panels.line import AskLine
    from leadsync.tui.panels.picker import Choice


class Asking(PromptScreen):
    """The part of the desk that asks.

    A field that opens over the grid gets the keys that were typed before it was there; none of
    them may become a command.
    """

    grid: LeadGrid

    def __init__(self) -> None:
        """Begin with nothing open."""
        super().__init__()
        self._is_opening = False
        self._held: list[str] = []

    def say_problem(self, error: Exception) -> None:
        """Say why something was not done."""
        raise NotImplementedError

    def ask(
        self,
        label: str,
        answered: Callable[[str], bool],
        *,
        text: str = "",
        complete: Callable[[str], str | None] | None = None,
    ) -> None:
        """Ask for a line of text; `answered` says whether it could be used."""
        from leadsync.tui.panels.line import AskLine

        self.open_field(AskLine(label, text, answered, complete))

    def on_ask_line_answered(self, message: AskLine.Answered) -> None:
        """Use the answer, and go back to the grid."""
        line, text = message.line, message.text
        try:
            is_used = text is None or line.answered(text)
        except LeadSyncError as error:
            self.say_problem(error)
            return
        if is_used:
            self.close_field(line)

    def pick(
        self,
        title: str,
        choices: Sequence[Choice],
        chosen: Callable[[str, str], None],
        *,
        footer: str = "",
        keys: Iterable[str] = (),
        offer: str = "",
    ) -> None:
        """Let one of many be chosen; `chosen` gets the key that chose it, and its id.

        With `offer`, words such as `New campaign`, a name that is typed may be chosen, too.
        """
        from leadsync.tui.panels.picker import Picker

        def answered(answer: tuple[str, str] | None) -> None:
            if answer:
                self.guarded(lambda: chosen(*answer))

        self.app.push_screen(
            Picker(title, choices, footer=footer, keys=keys, offer=offer), answered
        )

    def confirm(
        self, title: str, lines: Sequence[str], verb: str, then: Callable[[], None]
    ) -> None:
        """Say what would be done, and do it on Enter."""
        from leadsync.tui.panels.question import Question

        def answered(is_wanted: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if is_wanted:
                self.guarded(then)

        self.app.push_screen(Question(title, lines, verb), answered)

    def read(
        self,
        title: str,
        text: str,
        *,
        footer: str = "Esc: close",
        keys: Mapping[str, Callable[[], None]] | None = None,
    ) -> None:
        """Show a text; `keys` do something with it."""
        from leadsync.tui.panels.text_pane import TextPane

        def answered(key: str | None) -> None:
            if key and keys:
                self.guarded(keys[key])

        self.app.push_screen(TextPane(title, text, footer=footer, keys=keys or ()), answered)

    def guarded(self, work: Callable[[], None]) -> None:
        """Do something, and say why where it cannot be done."""
        try:
            work()
        except LeadSyncError as error:
            self.say_problem(error)

    # keys typed ahead --------------------------------------------------------------------
    def open_field(self, widget: Widget) -> None:
        """Show a field over the grid; it calls `field_opened` when it can be typed into."""
        self._is_opening = True
        self.mount(widget)

    def field_opened(self, field: Widget) -> None:
        """Type into this field from now on, what was typed already first."""
        self.set_focus(field)
        self._is_opening = False
        held, self._held = self._held, []
        for key in held:
            self._type(key)

    def close_field(self, widget: Widget, typed: Sequence[str] = ()) -> None:
        """Take a field away, and do in the grid what was typed behind its end."""
        widget.remove()
        self.set_focus(self.grid)
        for key in typed:
            self._type(key)

    def _type(self, key: str) -> None:
        """Send a key through the app, as the terminal does: bindings hear of it, too."""
        self.app.post_message(key_event(key).set_sender(self.app))

    def takes_typed_ahead(self, key: str) -> bool:
        """Whether a key of the grid belongs to what has opened since it was typed."""
        if self._is_opening:
            self._held.append(key)
        elif self.app.screen is not self or self.focused not in (None, self.grid):
            self._type(key)
        else:
            return False
        return True


def key_event(key: str) -> events.Key:
    """The key as the terminal would send it."""
    return events.Key(key, " " if key == "space" else key if len(key) == 1 else None)
