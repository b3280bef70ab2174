"""A panel of settings, one a line: Enter changes the one under the cursor, Ctrl+S does it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from leadsync.core.errors import LeadSyncError
from leadsync.core.visible_text import visible
from leadsync.tui.grid.cell_text import fit, pad
from leadsync.tui.panels.frame import Panel
from leadsync.tui.panels.typing_fields import TypingLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from leadsync.tui.desk import Desk

    Answered = Callable[[str], None]
    Complete = Callable[[str], str | None]

ROOM_BESIDE = 4  # frame, padding and scroll bar


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the panel.

    Attributes:
        id: what `change` gets.
        label: what is set.
        value: what it is set to.
        note: what stands beside it.
        meaning: what is said below the list while the cursor is here.
    """

    id: str
    label: str
    value: str
    note: str = ""
    meaning: str = ""


class SettingsPanel(Panel[None]):
    """Lines in three columns. What a line means, and what is wrong, stands below them."""

    DEFAULT_CSS = """
    SettingsPanel {
        & > .frame { width: 96%; max-width: 150; height: 92%; max-height: 92%; }
        & #settings-head { height: auto; max-height: 5; color: $foreground-muted; }
        & OptionList, & OptionList:focus {
            height: 1fr; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
        }
        & #settings-meaning { height: auto; max-height: 5; color: $foreground-muted; }
        & #settings-problem { height: auto; max-height: 4; color: $error; }
        & #settings-ask { height: 1; display: none; }
        & #settings-ask.-open { display: block; }
        & Label { width: auto; color: $accent; text-style: bold; padding: 0 1 0 0; }
        & Input, & Input:focus { border: none; height: 1; padding: 0; background: $boost; width: 1fr; }
    }
    """

    def __init__(self, desk: Desk, title: str, footer: str) -> None:
        """Work for a desk; `footer` names the keys."""
        super().__init__()
        self.desk = desk
        self._title = title
        self._footer = footer
        self.settings: Sequence[Setting] = ()
        self._answered: Answered | None = None
        self._complete: Complete | None = None

    def compose(self) -> ComposeResult:
        """What it is about, the lines, what the line means, what is wrong."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(visible(self._title))
            frame.border_subtitle = Content(visible(self._footer))
            yield Static(id="settings-head")
            yield OptionList()
            yield Static(id="settings-meaning")
            yield Static(id="settings-problem")
            with Horizontal(id="settings-ask"):
                yield Label()
                yield TypingLine(compact=True, select_on_focus=False)

    # what a panel of this kind does ------------------------------------------------------
    def change(self, setting_id: str) -> None:
        """Enter or a click on a line."""
        raise NotImplementedError

    def finish(self) -> None:
        """Ctrl+S."""
        raise NotImplementedError

    @property
    def is_open(self) -> bool:
        """Whether there still is something to show things in."""
        return bool(self.query(OptionList))

    # showing -----------------------------------------------------------------------------
    def show_head(self, lines: Sequence[str]) -> None:
        """Say what it is about."""
        self._text("settings-head", lines)

    def show_settings(self, settings: Sequence[Setting]) -> None:
        """Show lines; the cursor stays where it was."""
        self.settings = settings
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        widths = self._widths()
        options.clear_options()
        options.add_options([Option(Content(_line(one, widths))) for one in settings])
        if settings:
            options.highlighted = min(at, len(settings) - 1)

    def say_problem(self, error: Exception | None) -> None:
        """Say what is wrong and what helps; None: nothing is wrong any more."""
        if error is not None and not isinstance(error, LeadSyncError):
            raise error
        if self.is_open:
            lines = [error.message, error.next_step] if error else []
            self._text("settings-problem", [line for line in lines if line])

    def ask(
        self,
        label: str,
        text: str,
        answered: Answered,
        complete: Complete | None = None,
    ) -> None:
        """Ask for a text; `answered` gets it, and may refuse it with an error.

        Tab lets `complete` say how the text may go on.
        """
        self._answered, self._complete = answered, complete
        self.query_one("#settings-ask").add_class("-open")
        self.query_one(Label).update(Content(f"{visible(label)}:"))
        line = self.query_one(Input)
        line.value = text
        line.select_all()
        self.set_focus(line)

    @property
    def highlighted(self) -> Setting | None:
        """The line under the cursor, while the list has the keys."""
        options = self.query_one(OptionList)
        if not options.has_focus or options.highlighted is None:
            return None
        return self.settings[options.highlighted]

    # events ------------------------------------------------------------------------------
    def on_mount(self) -> None:
        """The lines have the keys, unless something is asked at once."""
        if self._answered is None:
            self.set_focus(self.query_one(OptionList))

    def on_resize(self) -> None:
        """Fit the lines to the new width."""
        self.show_settings(self.settings)

    def on_key(self, event: events.Key) -> None:
        """Ctrl+S does it; j and k move as in the grid. Esc ends typing before the panel."""
        options = self.query_one(OptionList)
        if event.key in ("escape", "tab") and self._answered is not None:
            event.stop()
            event.prevent_default()
            self._end_asking() if event.key == "escape" else self._go_on_typing()
        elif event.key == "ctrl+s":
            event.stop()
            if self._submit(self.query_one(Input).value):
                self.finish()
        elif event.key in ("j", "k") and options.has_focus:
            event.stop()
            (options.action_cursor_down if event.key == "j" else options.action_cursor_up)()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Change the line."""
        event.stop()
        self.change(self.settings[event.option_index].id)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what the line means."""
        event.stop()
        if event.option_index < len(self.settings):
            meaning = self.settings[event.option_index].meaning
            self._text("settings-meaning", meaning.splitlines())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed; the line stays open where that cannot be used."""
        event.stop()
        self._submit(event.value)

    def _submit(self, text: str) -> bool:
        """Take what was typed, if anything is asked; False where it cannot be used."""
        if self._answered is None:
            return True
        try:
            self._answered(text)
        except LeadSyncError as error:
            self.say_problem(error)
            return False
        self._end_asking()
        return True

    def _end_asking(self) -> None:
        self._answered = self._complete = None
        self.query_one("#settings-ask").remove_class("-open")
        self.set_focus(self.query_one(OptionList))

    def _go_on_typing(self) -> None:
        line = self.query_one(Input)
        more = self._complete(line.value) if self._complete else None
        if more:
            line.value = more
            line.cursor_position = len(more)

    def _widths(self) -> tuple[int, int, int]:
        room = max(30, min(int(self.size.width * 0.96), 150) - ROOM_BESIDE - 4)
        label = min(max((len(one.label) for one in self.settings), default=0), room * 3 // 10)
        value = min(max((len(one.value) for one in self.settings), default=0), room * 4 // 10)
        return label, value, room - label - value - 4

    def _text(self, name: str, lines: Sequence[str]) -> None:
        self.query_one(f"#{name}", Static).update(Content("\n".join(map(visible, lines))))


def _line(setting: Setting, widths: tuple[int, int, int]) -> str:
    parts = (setting.label, setting.value, setting.note)
    cells = [pad(fit(visible(t), width), width) for t, width in zip(parts, widths, strict=True)]
    return "  ".join(cells).rstrip()
