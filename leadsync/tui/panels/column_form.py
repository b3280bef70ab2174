"""The dialog of a column: fields made from what its kind takes, with a live preview of three leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static, TextArea

from leadsync.core.columns.previewing import preview
from leadsync.core.engine.plan_text import show_units
from leadsync.core.errors import LeadSyncError
from leadsync.core.money import show_at_most
from leadsync.core.visible_text import visible
from leadsync.tui.column_draft import draft_fields, spec_of_texts
from leadsync.tui.panels.typing_fields import TypingArea, TypingLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer
    from textual.widget import Widget

    from leadsync.core.columns.checking import ColumnSpec
    from leadsync.core.columns.previewing import Preview
    from leadsync.tui.desk import Desk

PREVIEWED = 3
PREVIEW_AFTER_S = 0.25  # of quiet: a preview compiles templates anew
KEYS = "Ctrl+S store  Tab next  Ctrl+J new line  Esc leave"
ID = "field-"


class ColumnForm(ModalScreen["ColumnSpec | None"]):
    """Asks for a column's definition; ends with one that can be used, or None."""

    DEFAULT_CSS = """
    ColumnForm {
        align: center middle;
        & > Horizontal {
            width: 96%; height: 92%; border: round $accent; background: $surface;
            border-title-color: $accent; border-subtitle-color: $foreground-muted;
        }
        & #form-fields { width: 3fr; padding: 0 1; }
        & #form-side { width: 2fr; padding: 0 1; border-left: solid $panel; }
        & .row { height: auto; }
        & .row Label { width: 17; color: $foreground-muted; }
        & Input, & Input:focus { border: none; height: 1; padding: 0; background: $boost; width: 1fr; }
        & TextArea, & TextArea:focus { border: none; height: 6; width: 1fr; padding: 0; }
        & #form-meaning { color: $foreground-muted; height: auto; min-height: 3; }
        & #form-problem { color: $error; height: auto; }
        & #form-preview { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        desk: Desk,
        title: str,
        start: ColumnSpec,
        lead_ids: Sequence[int],
        store: Callable[[ColumnSpec, ColumnForm], None],
        *,
        is_new: bool,
    ) -> None:
        """Begin with the definition `start`; `store` gets the finished one, and this form.

        The preview shows the first of `lead_ids`.
        """
        super().__init__()
        self._desk = desk
        self._title = title
        self._start = start
        self._lead_ids = list(lead_ids[:PREVIEWED])
        self._store = store
        self._fields = {field.name: field for field in draft_fields(start, is_new=is_new)}
        self._timer: Timer | None = None
        self._is_closed = False

    def compose(self) -> ComposeResult:
        """Fields at the left; meaning, problem and preview at the right."""
        with Horizontal() as frame:
            frame.border_title = Content(visible(self._title))
            frame.border_subtitle = Content(KEYS)
            with VerticalScroll(id="form-fields", can_focus=False):
                for number, field in enumerate(self._fields.values()):
                    star = "*" if field.is_required else ""
                    with Horizontal(classes="row"):
                        yield Label(Content(f"{visible(field.label)}{star}"))
                        yield self._widget(number, field.text, is_long=field.is_long)
            with Vertical(id="form-side"):
                yield Static(id="form-meaning")
                yield Static(id="form-problem")
                with VerticalScroll(id="form-preview", can_focus=False):
                    yield Static(id="form-shown")

    def on_mount(self) -> None:
        """Begin at the first field."""
        self._widget_of(0).focus()
        self._preview()

    def _widget(self, number: int, text: str, *, is_long: bool) -> Widget:
        if is_long:
            return TypingArea(text, id=f"{ID}{number}", tab_behavior="focus", soft_wrap=True)
        return TypingLine(text, id=f"{ID}{number}", compact=True)

    def _widget_of(self, number: int) -> Widget:
        return self.query_one(f"#{ID}{number}")

    # what is typed -----------------------------------------------------------------------
    def texts(self) -> dict[str, str]:
        """What stands in the fields, by name."""
        found: dict[str, str] = {}
        for number, name in enumerate(self._fields):
            widget = self._widget_of(number)
            found[name] = widget.text if isinstance(widget, TextArea) else _value_of(widget)
        return found

    def spec(self) -> ColumnSpec:
        """The definition that the fields mean.

        Raises:
            InputError: a text is not what its field takes.
        """
        return spec_of_texts(self._start, self._fields, self.texts())

    def close(self) -> None:
        """End without more previews: one may be on its way."""
        self._is_closed = True
        self.dismiss(None)

    def say_problem(self, text: str) -> None:
        """Say what cannot be stored."""
        if not self._is_closed:
            self.query_one("#form-problem", Static).update(Content(visible(text)))

    # events ------------------------------------------------------------------------------
    def on_key(self, event: events.Key) -> None:
        """Ctrl+S stores, Esc leaves, arrows go from line to line."""
        if event.key == "ctrl+s":
            event.stop()
            self._submit()
        elif event.key == "escape":
            event.stop()
            self.close()
        elif isinstance(self.focused, Input) and event.key in ("up", "down"):
            event.stop()
            (self.focus_next if event.key == "down" else self.focus_previous)()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field."""
        event.stop()
        self.focus_next()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Preview anew after a moment."""
        event.stop()
        self._preview_soon()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Preview anew after a moment."""
        event.stop()
        self._preview_soon()

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Say what the field means."""
        widget = self.focused
        if self._is_closed or widget is None or not (widget.id or "").startswith(ID):
            return
        field = list(self._fields.values())[int((widget.id or "").removeprefix(ID))]
        words = f"{field.label}: {field.takes}\n{field.meaning}"
        self.query_one("#form-meaning", Static).update(Content(visible(words, keep_lines=True)))

    # preview -----------------------------------------------------------------------------
    def _preview_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PREVIEW_AFTER_S, self._preview)

    def _preview(self) -> None:
        if self._is_closed:
            return
        try:
            spec = self.spec()
        except LeadSyncError as error:
            self.say_problem(error.message)
            return
        if not spec.key:
            return
        desk = self._desk
        desk.lanes.search.ask(
            "preview",
            lambda: preview(desk.workspace, spec, self._lead_ids),
            self._previewed,
            self._not_previewed,
        )

    def _previewed(self, found: list[Preview]) -> None:
        if not self._is_closed:
            self.say_problem("")
            self.query_one("#form-shown", Static).update(Content(_preview_text(found)))

    def _not_previewed(self, error: Exception) -> None:
        if not isinstance(error, LeadSyncError):
            raise error
        if not self._is_closed:
            self.say_problem(error.message)
            self.query_one("#form-shown", Static).update(Content(""))

    def _submit(self) -> None:
        try:
            self._store(self.spec(), self)
        except LeadSyncError as error:
            words = [error.message, *([error.next_step] if error.next_step else [])]
            self.say_problem("\n".join(words))


def _value_of(widget: Widget) -> str:
    assert isinstance(widget, Input)
    return widget.value


def _preview_text(found: Sequence[Preview]) -> str:
    """What differs from lead to lead, then what is the same for all."""
    if not found:
        return "no leads to preview"
    texts = [one.text.splitlines() for one in found]
    common = set(texts[0]).intersection(*texts[1:]) if len(texts) > 1 else set[str]()
    parts = [
        "\n".join([_price_line(one), *(line for line in lines if line not in common)])
        for one, lines in zip(found, texts, strict=True)
    ]
    if common:
        parts.append("\n".join(["for every lead:", *(t for t in texts[0] if t in common)]))
    return visible("\n\n".join(parts), keep_lines=True)


def _price_line(one: Preview) -> str:
    price = ""
    if one.max_usd_micros is None:
        price = f" ({show_units(one.max_units or {}) or 'price unknown'} at most)"
    elif one.max_usd_micros:
        price = f" (at most {show_at_most(one.max_usd_micros)})"
    return f"lead {one.lead_id}{price}"
