"""Choosing one of many by typing parts of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from leadsync.core.text import fold
from leadsync.core.visible_text import visible
from leadsync.tui.grid.cell_text import fit, pad, width_of
from leadsync.tui.panels.frame import Panel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.app import ComposeResult

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose.

    Attributes:
        id: what the picker answers.
        hint: what stands at the right: a key, a count.
        also: another name that it is found by.
    """

    id: str
    text: str
    hint: str = ""
    also: str = ""


class Picker(Panel[tuple[str, str]]):
    """A list that grows shorter as one types; answers (key that was pressed, id), or None.

    Enter chooses. Further keys may choose, too, in another way.
    """

    DEFAULT_CSS = """
    Picker {
        & OptionList { height: auto; max-height: 24; border: none; background: $surface; }
        & Input { border: none; height: 1; margin: 0 0 1 0; background: $boost; padding: 0 1; }
    }
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        footer: str = "",
        keys: Iterable[str] = (),
        offer: str = "",
    ) -> None:
        """Offer `choices`; `keys` choose beside Enter, `footer` says what they do.

        With `offer` what is typed can be chosen itself where no choice is called so.
        """
        super().__init__()
        self._title = title
        self._choices = choices
        self._footer = footer
        self._keys = frozenset(keys)
        self._offer = offer
        self.shown: list[Choice] = []
        self._typed = ""

    def compose(self) -> ComposeResult:
        """The line that is typed in over the list."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(visible(self._title))
            frame.border_subtitle = Content(visible(self._footer))
            yield Input(placeholder="type to find", compact=True)
            yield OptionList()

    def on_mount(self) -> None:
        """Show all."""
        self._narrow("")

    def on_resize(self) -> None:
        """Fit the hints to the new width."""
        self._narrow(self.query_one(Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        if event.value != self._typed:
            self._narrow(event.value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer what was clicked."""
        event.stop()
        self.dismiss(("enter", self.shown[event.option_index].id))

    def on_key(self, event: events.Key) -> None:
        """Move in the list while the typed line keeps the focus."""
        typed = self.query_one(Input).value
        if typed != self._typed:  # it was typed so fast that its message is still on the way
            self._narrow(typed)
        options = self.query_one(OptionList)
        step = {"down": 1, "up": -1, "pagedown": 10, "pageup": -10}.get(event.key)
        if step is not None and self.shown:
            event.stop()
            event.prevent_default()
            at = (options.highlighted or 0) + step
            options.highlighted = max(0, min(at, len(self.shown) - 1))
        elif (event.key == "enter" or event.key in self._keys) and self.shown:
            event.stop()
            event.prevent_default()
            self.dismiss((event.key, self.shown[options.highlighted or 0].id))

    def _narrow(self, typed: str) -> None:
        self._typed = typed
        self.shown = [*best(self._choices, typed)[:MOST_SHOWN], *self._new(typed.strip())]
        options = self.query_one(OptionList)
        options.clear_options()
        room = max(20, min(int(self.size.width * 0.8), 100) - 10)
        options.add_options([Option(Content(_line(choice, room))) for choice in self.shown])
        options.highlighted = 0 if self.shown else None

    def _new(self, typed: str) -> list[Choice]:
        """What is typed as a choice of its own, where that is offered."""
        is_known = any(fold(choice.text) == fold(typed) for choice in self._choices)
        if not self._offer or not typed or is_known:
            return []
        return [Choice(typed, f"{self._offer}: {typed}")]


def best(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """The choices that have the typed letters in order, the closest first."""
    wanted = fold(typed.strip()) if typed.strip() else ""
    if not wanted:
        return [*choices]
    ranked: list[tuple[int, int, Choice]] = []
    for n, choice in enumerate(choices):
        names = (choice.text, choice.also) if choice.also else (choice.text,)
        scores = [_distance(wanted, fold(name)) for name in names]
        known = [score for score in scores if score is not None]
        if known:
            ranked.append((min(known), n, choice))
    return [choice for _, _, choice in sorted(ranked, key=lambda entry: entry[:2])]


def _distance(wanted: str, text: str) -> int | None:
    """How far a text is from what was typed; None where it has not all its letters in order."""
    at = text.find(wanted)
    if at >= 0:
        return at if at == 0 or text[at - 1] in " _" else 100 + at
    start = place = -1
    for char in wanted.replace(" ", ""):
        place = text.find(char, place + 1)
        if place < 0:
            return None
        start = place if start < 0 else start
    return 1000 + (place - start)


def _line(choice: Choice, room: int) -> str:
    hint = visible(choice.hint)
    text = fit(visible(choice.text), room - width_of(hint) - 2)
    return pad(text, room - width_of(hint)) + hint
