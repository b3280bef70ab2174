"""The runs of the app: each in a thread of its own, with what it tells; and those of others."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from leadsync.core.errors import LeadSyncError
from leadsync.core.models import RunState
from leadsync.core.money import show_usd
from leadsync.core.wording import show_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadsync.core.engine.events import Event, FirstError, Progress, RunResult
    from leadsync.core.engine.plan import Plan
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.models import Run
    from leadsync.core.workspace import Workspace

STOPS_WITHIN_S = 12.0  # a stop waits 10 s for answers in flight, then settles
RECENT = 20  # runs that the panel lists beside those under way


@dataclass
class Job:
    """A run that this app drives.

    Attributes:
        title: its columns in words.
        totals: column -> cells that it fills.
        left: column -> cells that are still in the queue.
        progress: what it told last.
        causes: first words of each cause of errors that it met.
        held: why a column of it waits for a person.
        result: how it ended; None while it goes on.
        problem: the error that ended it.
        began: `time.monotonic()`.
    """

    run_id: int
    title: str
    stop: StopSignal
    totals: Mapping[int, int] = field(default_factory=dict[int, int])
    left: Mapping[int, int] = field(default_factory=dict[int, int])
    progress: Progress | None = None
    causes: list[FirstError] = field(default_factory=list["FirstError"])
    held: str = ""
    result: RunResult | None = None
    problem: str = ""
    began: float = field(default_factory=time.monotonic)

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.result is None and not self.problem

    @property
    def per_s(self) -> float:
        """Cells settled a second since the app began with it."""
        passed = time.monotonic() - self.began
        return self.progress.settled / passed if self.progress and passed > 0 else 0.0


class Jobs:
    """Starts, stops and resumes runs, and knows how they stand.

    Attributes:
        jobs: by id of the run, in the order they began.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        deliver: Callable[[Callable[[], None]], object],
        changed: Callable[[], None],
        ended: Callable[[Job], None],
    ) -> None:
        """Begin with none.

        Args:
            workspace: whose runs.
            deliver: hands a callback over to the event loop.
            changed: called on the event loop when a job told something.
            ended: called on the event loop when a job is over.
        """
        self._workspace = workspace
        self._deliver = deliver
        self._changed = changed
        self._ended = ended
        self.jobs: dict[int, Job] = {}
        self._threads: dict[int, threading.Thread] = {}

    @property
    def running(self) -> list[Job]:
        """Jobs that go on."""
        return [job for job in self.jobs.values() if job.is_running]

    @property
    def percents(self) -> dict[int, int]:
        """Column -> how much of its own cells is settled, in a run that fills it."""
        return {
            column_id: 100 * (total - min(job.left[column_id], total)) // total
            for job in self.running
            for column_id, total in job.totals.items()
            if total and column_id in job.left
        }

    def read_left(self) -> dict[int, Counter[int]]:
        """What is left of each column of the jobs that go on, by run. Call it in a lane."""
        found: dict[int, Counter[int]] = {}
        for job in self.running:
            found[job.run_id] = Counter(dict.fromkeys(job.totals, 0))
            for (column_id, _), cells in self._workspace.store.queue_counts(job.run_id).items():
                found[job.run_id][column_id] += cells
        return found

    def take_left(self, found: Mapping[int, Counter[int]]) -> None:
        """Keep what a lane has read."""
        for run_id, left in found.items():
            self.jobs[run_id].left = left
        self._changed()

    def start(self, plan: Plan) -> Job:
        """Store a run of this plan and drive it. Call it in a lane: it writes the queue.

        Raises:
            BusyError: another process fills one of the columns.
            HeldError: a price is not known, so that the cap of the plan cannot be kept.
            InputError: the plan has no column that runs.
        """
        from leadsync.core.engine.running import drive
        from leadsync.core.engine.starting import start_run

        run = start_run(self._workspace, plan, actor=self._workspace.actor)
        title = ", ".join(part.column.label or part.column.key for part in plan.columns)
        return self.begin(run, title, drive)

    def begin(self, run: Run, title: str, drive: Callable[..., RunResult]) -> Job:
        """Drive a run that was started already; `drive` gets workspace, id, `stop`, `on_event`."""
        from leadsync.core.engine.stop import StopSignal

        run_id = run.id
        job = self.jobs[run_id] = Job(run_id, title, StopSignal(), self._totals(run))
        thread = threading.Thread(
            target=self._drive, args=(job, drive), name=f"leadsync-run-{run_id}", daemon=True
        )
        self._threads[run_id] = thread
        thread.start()
        return job

    def resume(self, run_id: int) -> Job:
        """Do the rest of a run that was held or stopped."""
        from leadsync.core.engine.results import get_run
        from leadsync.core.engine.running import resume

        return self.begin(get_run(self._workspace, run_id), f"run {run_id}", resume)

    def stop(self, run_id: int) -> None:
        """Stop a run in order, whoever drives it; asked again, one of ours leaves at once."""
        from leadsync.core.engine.running import request_stop

        job = self.jobs.get(run_id)
        if job is not None and job.is_running:
            job.stop.request()
        else:
            request_stop(self._workspace, run_id)

    def stop_all(self) -> int:
        """Stop all runs of this app; how many."""
        running = self.running
        for job in running:
            job.stop.request()
        return len(running)

    def wait_for_all(self) -> None:
        """Wait until all that was asked to stop has stopped, or its time is over."""
        until = time.monotonic() + STOPS_WITHIN_S
        for thread in list(self._threads.values()):
            thread.join(max(0.0, until - time.monotonic()))

    def runs(self) -> Iterator[tuple[Run, Job | None]]:
        """Runs of the workspace, the newest first: those under way, and some that have ended.

        Reads the store: call it in a lane.
        """
        found = sorted(self._workspace.store.runs(), key=lambda run: -run.id)
        under_way = [run for run in found if run.state is RunState.RUNNING]
        others = [run for run in found if run.state is not RunState.RUNNING][:RECENT]
        for run in (*under_way, *others):
            yield run, self.jobs.get(run.id)

    def _totals(self, run: Run) -> dict[int, int]:
        """Cells of each column of a run, as its plan counted them."""
        planned: dict[str, int] = {
            part["key"]: part["run"] + part["cached"] for part in run.estimate.get("columns", [])
        }
        by_id = {column.id: column.key for column in self._workspace.store.columns()}
        return {i: planned.get(by_id.get(i, ""), 0) for i in run.column_ids}

    def _drive(self, job: Job, drive: Callable[..., RunResult]) -> None:
        """In the job's own thread."""
        try:
            result = drive(
                self._workspace, job.run_id, stop=job.stop, on_event=partial(self._tell, job)
            )
        except LeadSyncError as error:
            self._deliver(partial(self._over, job, None, error.message))
        except Exception as error:
            self._deliver(partial(self._over, job, None, f"a bug ended it: {error!r}"))
            raise
        else:
            self._deliver(partial(self._over, job, result, ""))

    def _tell(self, job: Job, event: Event) -> None:
        """In the job's own thread."""
        self._deliver(partial(self._take, job, event))

    def _take(self, job: Job, event: Event) -> None:
        from leadsync.core.engine.events import ColumnHeld, FirstError, Progress

        match event:
            case Progress():
                job.progress = event
            case FirstError():
                job.causes.append(event)
            case ColumnHeld():
                job.held = f"{event.column_key}: {event.detail}"
            case _:
                pass
        self._changed()

    def _over(self, job: Job, result: RunResult | None, problem: str) -> None:
        job.result, job.problem = result, problem
        self._threads.pop(job.run_id, None)
        self._ended(job)


def job_words(running: Sequence[Job]) -> list[str]:
    """Jobs under way in few words, for the status line; empty where nothing runs."""
    if not running:
        return []
    told = [job.progress for job in running if job.progress is not None]
    settled = sum(p.settled for p in told)
    total = sum(j.progress.total if j.progress else sum(j.totals.values()) for j in running)
    cost = sum(p.cost_usd_micros for p in told)
    words = [f"running {settled:,}/{total:,}", show_usd(cost), "gX stop"]
    words.append(f"{sum(job.per_s for job in running):.1f}/s")
    left = [p.eta_s for p in told if p.eta_s is not None]
    if left:
        words.append(f"{show_seconds(max(left))} left")
    return [" ".join(words)]


def count_words(counts: Mapping[str, int]) -> str:
    """Settled cells by reason, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{n:,} {word.replace('_', ' ')}" for word, n in ordered if n)


def how_it_ended(job: Job) -> str:
    """The end of a job in one line."""
    if job.problem:
        return f"run {job.run_id} ended: {job.problem}"
    assert job.result is not None
    result = job.result
    counts = count_words(result.counts) or "nothing settled"
    words = [f"run {job.run_id} {result.state}: {counts}"]
    words.append(show_usd(result.cost_usd_micros))
    if result.left:
        words.append(f"{result.left:,} left")
    if result.reason:
        words.append(result.reason)
    words += [*result.pushed, *result.push_problems]
    return "; ".join(words)
