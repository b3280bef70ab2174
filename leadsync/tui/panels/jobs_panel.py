"""The jobs panel: runs under way and of late, with rate, cost, and errors by cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from leadsync.core.models import RunState
from leadsync.core.money import show_usd
from leadsync.core.visible_text import visible
from leadsync.core.wording import show_seconds
from leadsync.tui.jobs import count_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.widget import Widget

    from leadsync.core.engine.events import ErrorGroup, RunResult
    from leadsync.core.models import Run
    from leadsync.tui.desk import Desk
    from leadsync.tui.jobs import Job

LOOK_EVERY_S = 0.5
KEYS = "X stop  s resume  Enter causes of errors  r run a cause again  Esc leave"
BAR = 20

Retry = tuple[int, str]
"""A run, and the reason of the failed cells that are to run again."""


class JobsPanel(ModalScreen["Retry | None"]):
    """Lists runs; ends with failed cells that are to run again, or None."""

    DEFAULT_CSS = """
    JobsPanel {
        align: center middle;
        & > Vertical {
            width: 95%; height: 85%; border: round $accent; padding: 0 1; background: $surface;
        }
        & OptionList, & OptionList:focus {
            height: 1fr; border: none; background: $surface; padding: 0;
        }
        & #jobs-keys { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, desk: Desk) -> None:
        """List the runs of the desk's workspace."""
        super().__init__()
        self._desk = desk
        self._found: list[tuple[Run, Job | None]] = []
        self._causes: dict[int, RunResult] = {}
        self._shown: list[tuple[str, str]] = []

    def compose(self) -> Iterable[Widget]:
        """The list and its keys."""
        with Vertical():
            yield Static("Jobs", markup=False)
            yield OptionList(markup=False)
            yield Static(KEYS, markup=False, id="jobs-keys")

    def on_mount(self) -> None:
        """List, and look again while it is shown."""
        self.query_one(OptionList).focus()
        self.look()
        self.set_interval(LOOK_EVERY_S, self.look)

    def look(self) -> None:
        """Read how the runs stand."""
        self._desk.ask_store("jobs", lambda: [*self._desk.jobs.runs()], self._looked)

    def _looked(self, found: list[tuple[Run, Job | None]]) -> None:
        if not self.is_mounted:
            return
        self._found = found
        lines: list[tuple[str, str]] = []
        for run, job in found:
            lines.append((f"run {run.id}", _run_line(run, job, self._names(run))))
            result = self._causes.get(run.id)
            if result is not None:
                lines += _cause_lines(run.id, result, self._desk.keys.hint_of("story.inspect"))
        self._show(lines or [("", "no runs yet: R runs the column under the cursor")])

    def _show(self, lines: list[tuple[str, str]]) -> None:
        if lines == self._shown:
            return
        options = self.query_one(OptionList)
        keep = options.highlighted or 0
        self._shown = lines
        options.clear_options()
        options.add_options(Option(visible(text)) for _, text in lines)
        options.highlighted = min(keep, len(lines) - 1)

    def _names(self, run: Run) -> str:
        columns = {c.id: c.label or c.key for c in self._desk.workspace.store.columns()}
        return ", ".join(columns.get(i, "a removed column") for i in run.column_ids)

    # keys --------------------------------------------------------------------------------
    def on_key(self, event: events.Key) -> None:
        """X stops, s resumes, r runs a cause again."""
        if event.key in ("escape", "q"):
            event.stop()
            self.dismiss(None)
            return
        chosen = self._chosen()
        if chosen is None or event.key not in ("X", "x", "s", "r"):
            return
        event.stop()
        kind, _, rest = chosen.partition(" ")
        run_id = int(rest.partition(" ")[0])
        if event.key in ("X", "x"):
            self._desk.write(lambda: self._desk.jobs.stop(run_id), lambda _: self.look())
        elif event.key == "s":
            self._ask_to_resume(run_id)
        elif kind == "cause":
            self.dismiss((run_id, rest.partition(" ")[2]))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show or hide the causes of errors of a run."""
        event.stop()
        chosen = self._chosen()
        if chosen is None or not chosen.startswith("run "):
            return
        run_id = int(chosen.removeprefix("run "))
        if run_id in self._causes:
            del self._causes[run_id]
            self._looked(self._found)
            return
        from leadsync.core.engine.results import result_of

        def found(result: RunResult) -> None:
            self._causes[run_id] = result
            self._looked(self._found)

        self._desk.ask_store("causes", lambda: result_of(self._desk.workspace, run_id), found)

    def _ask_to_resume(self, run_id: int) -> None:
        """Say what is left and what it may cost, and go on when the user says so.

        A run with nothing left, or one that somebody drives, says by itself why it cannot.
        """
        from leadsync.core.engine.members import is_alive
        from leadsync.core.engine.rest_text import rest_lines
        from leadsync.core.engine.results import get_run
        from leadsync.core.store.succession import is_continued

        desk = self._desk

        def go_on() -> None:
            desk.write(lambda: desk.jobs.resume(run_id), lambda _: self.look())

        def read() -> tuple[Run, int]:
            left = sum(desk.workspace.store.queue_counts(run_id).values())
            return get_run(desk.workspace, run_id), left

        def found(rest: tuple[Run, int]) -> None:
            run, left = rest
            if not left and is_continued(run):
                key = desk.keys.hint_of("run.column")
                names = self._names(run)
                desk.say(f"{key} on {names} asks what run {run_id} left: it was {run.reason}")
                return
            if not left or is_alive(run):
                go_on()
                return
            lines = [f"{self._names(run)}: {run.state}", *rest_lines(run, left)]
            verb = f"Resume run {run_id}"
            desk.confirm(verb, lines, verb, go_on)

        desk.ask_store("rest", read, found)

    def _chosen(self) -> str | None:
        place = self.query_one(OptionList).highlighted
        if place is None or place >= len(self._shown) or not self._shown[place][0]:
            return None
        return self._shown[place][0]


def _run_line(run: Run, job: Job | None, names: str) -> str:
    settled = sum(run.counts.values())
    total = max(run.planned, 1)
    done = min(BAR, settled * BAR // total)
    bar = "█" * done + "·" * (BAR - done)
    parts = [f"{run.id:>4}  {names}", str(run.state), bar, f"{settled:,}/{run.planned:,}"]
    if job is not None and job.is_running and job.progress is not None:
        parts.append(f"{job.per_s:.1f}/s, {job.progress.in_flight} in flight")
        if job.progress.eta_s is not None:
            parts.append(f"{show_seconds(job.progress.eta_s)} left")
    elif run.state is RunState.RUNNING and job is None:
        parts.append("by another process")
    parts.append(show_usd(run.cost_usd_micros))
    return "  ".join([*parts, count_words(run.counts), run.reason and f"({run.reason})"]).rstrip()


def _cause_lines(run_id: int, result: RunResult, look: str) -> list[tuple[str, str]]:
    """What failed, and the keys that help: `look` shows where a cell came from."""
    from leadsync.core.engine.remedies import remedy_of_error

    again = "r here runs them again"
    groups: Sequence[ErrorGroup] = result.errors
    if not groups:
        return [("", "        no errors")]
    return [
        (
            f"cause {run_id} {group.reason}",
            f"        {group.count:,} {group.reason}: {group.detail} (as lead {group.lead_id}); "
            + remedy_of_error(group.reason, group.detail, again=again, look=look),
        )
        for group in groups
    ]
