"""The plan of a run, before anything is sent: rows, price range, cap; Enter starts it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from leadsync.core.engine.cells import Scope
from leadsync.core.engine.plan_text import plan_lines
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.money import parse_usd, show_usd
from leadsync.core.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.binding import BindingType
    from textual.widget import Widget

    from leadsync.core.engine.plan import Plan
    from leadsync.core.models import Doc, Reason
    from leadsync.tui.desk import Desk

SAMPLE = 10
COUNTING = "counting…"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run.

    Attributes:
        columns: keys.
        filter_doc: the leads.
        filter_text: the same in words.
        is_chosen: the words are no filter, but say it all: `5 marked leads`.
        scope: which of their cells.
        reason: with scope `failed`: only those that failed for it.
        limit: at most so many leads.
        cap: what the run may spend, in millionths of a dollar; None: what the config says.
        no_cache: ask anew where an earlier answer would serve.
    """

    columns: tuple[str, ...]
    filter_doc: Doc
    filter_text: str
    scope: Scope = Scope.DEFAULT
    reason: Reason | None = None
    limit: int | None = None
    cap: int | None = None
    no_cache: bool = False
    is_chosen: bool = False

    @property
    def chosen(self) -> str:
        """Which leads these are, where no filter says it."""
        if not self.is_chosen or self.limit is None:
            return self.filter_text if self.is_chosen else ""
        return f"{self.filter_text}, {self.limit} at most"

    def plan(self, desk: Desk) -> Plan:
        """The plan of it. Reads all leads that match: call it in a lane."""
        from leadsync.core.engine.planning import make_plan

        return make_plan(
            desk.workspace,
            self.columns,
            filter_doc=self.filter_doc,
            filter_text=self.filter_text,
            scope=self.scope,
            reason=self.reason,
            limit=self.limit,
            max_cost_usd_micros=self.cap,
            no_cache=self.no_cache,
        )


class PlanPanel(ModalScreen["Plan | None"]):
    """Shows a plan; ends with the plan that is to be run, or None."""

    DEFAULT_CSS = """
    PlanPanel {
        align: center middle;
        & > Vertical {
            width: 90%; max-width: 110; height: auto; max-height: 90%;
            border: round $accent; padding: 0 1; background: $surface;
        }
        & Input, & Input:focus { border: none; height: 1; padding: 0; background: $boost; }
        & #plan-problem { color: $error; height: auto; }
        & #plan-keys { color: $text-muted; margin-top: 1; }
        & #plan-text { height: auto; max-height: 70vh; overflow-y: auto; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, desk: Desk, wanted: Wanted) -> None:
        """Show the plan of what is wanted; it is made in a lane."""
        super().__init__()
        self._desk = desk
        self._wanted = wanted
        self.plan: Plan | None = None

    def compose(self) -> Iterable[Widget]:
        """Title, plan, cap, keys."""
        with Vertical():
            yield Static(f"Run {visible(', '.join(self._wanted.columns))}", markup=False)
            yield Static(COUNTING, markup=False, id="plan-text")
            yield Static("", markup=False, id="plan-problem")
            yield Input(placeholder=self._cap_words(), id="plan-cap")
            yield Static("", markup=False, id="plan-keys")

    def on_mount(self) -> None:
        """Count."""
        self._say_keys()
        self._make()

    def _make(self) -> None:
        self.plan = None
        self._text("plan-text", COUNTING)
        wanted, lane = self._wanted, self._desk.lanes.search
        lane.ask("plan", lambda: wanted.plan(self._desk), self._made, self._failed)

    def _made(self, plan: Plan) -> None:
        if not self.is_mounted:
            return
        self.plan = plan
        lines = plan_lines(plan, self._wanted.chosen)
        self._text("plan-text", "\n".join(map(visible, lines)))
        if plan.cells and self._needs_count:
            box = self.query_one("#plan-cap", Input)
            box.placeholder = f"asks past the cache: type {plan.cells} to run"
            box.focus()
        elif not self._has_typed:
            self.set_focus(None)
        self._say_keys()

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, LeadSyncError):
            raise error
        if self.is_mounted:
            self._text("plan-text", "")
            self._text("plan-problem", visible(error.message))

    # keys --------------------------------------------------------------------------------
    async def on_key(self, event: events.Key) -> None:
        """Enter starts, t tries ten, s changes the scope, Esc leaves."""
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.key == "enter" and self.focused is None:
            event.stop()
            self._start()
        elif self.focused is None and event.key in ("t", "s", "c", "q"):
            event.stop()
            self._do(event.key)

    def _do(self, key: str) -> None:
        if key == "q":
            self.dismiss(None)
        elif key == "c":
            self.query_one("#plan-cap", Input).focus()
        elif key == "s":
            scopes = [Scope.DEFAULT, Scope.EMPTY, Scope.STALE, Scope.FAILED, Scope.ALL]
            following = scopes[(scopes.index(self._wanted.scope) + 1) % len(scopes)]
            self._change(scope=following, reason=None)
        else:
            self._change(limit=None if self._wanted.limit else SAMPLE)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A cap was typed, or the number of cells that are asked anew."""
        event.stop()
        if self._needs_count:
            if self.plan is not None and event.value.strip() == str(self.plan.cells):
                self.dismiss(self.plan)
            else:
                self._text("plan-problem", "that is not the number of cells; nothing was started")
            return
        try:
            cap = parse_usd(event.value, "cap") if event.value.strip() else None
        except InputError as error:
            self._text("plan-problem", f"{error.message}; {error.next_step}")
            return
        self._text("plan-problem", "")
        self.set_focus(None)
        self._change(cap=cap)

    def _start(self) -> None:
        if self.plan is None:
            self._text("plan-problem", "still counting; Enter starts it then")
        elif not self.plan.cells:
            self._text("plan-problem", "nothing to run")
        elif self._needs_count:
            self.query_one("#plan-cap", Input).focus()
        else:
            self.dismiss(self.plan)

    def _change(self, **parts: Any) -> None:
        self._wanted = replace(self._wanted, **parts)
        self._say_keys()
        self._make()

    # words -------------------------------------------------------------------------------
    @property
    def _needs_count(self) -> bool:
        return self._wanted.no_cache

    @property
    def _has_typed(self) -> bool:
        return bool(self.query_one("#plan-cap", Input).value)

    def _cap_words(self) -> str:
        cap = self._wanted.cap
        cap = self._desk.workspace.config.max_cost_usd_micros if cap is None else cap
        return "no cap; c sets one in USD" if cap is None else f"cap {show_usd(cap)}; c changes it"

    def _say_keys(self) -> None:
        tried = "all of them" if self._wanted.limit else f"only the first {SAMPLE}"
        words = [f"s cells: {self._wanted.scope}", f"t {tried}", "c cap", "Esc leave"]
        start = "Enter start" if self.plan is not None and self.plan.cells else ""
        self._text("plan-keys", "  ".join(word for word in (start, *words) if word))

    def _text(self, name: str, text: str) -> None:
        self.query_one(f"#{name}", Static).update(text)
