"""Running columns: every run begins with its plan on the screen; stopping is one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.cells import Scope
from leadsync.core.errors import InputError
from leadsync.core.models import Reason
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from leadsync.core.engine.plan import Plan
    from leadsync.core.models import Column
    from leadsync.tui.desk import Desk
    from leadsync.tui.panels.jobs_panel import Retry
    from leadsync.tui.panels.plan_panel import Wanted


def cells(desk: Desk, _count: int | None) -> None:
    """Plan the cells of the range, of the marked leads, or the one under the cursor."""
    from leadsync.tui.panels.plan_panel import Wanted

    column = running_column(desk)
    if desk.model.marks and not desk.grid.cursor.has_range:
        ids = list(desk.model.marks.ids())
        words = plural(len(ids), "marked lead")
        show_plan(desk, Wanted((column.key,), {"id": {"$in": ids}}, words, is_chosen=True))
        return
    lead_id = desk.grid.lead_id
    if lead_id is None:
        raise InputError("there is no lead here")
    if desk.grid.cursor.has_range:
        ids = list(desk.targets_of_range())
        words = f"{plural(len(ids), 'lead')} of the range"
        show_plan(desk, Wanted((column.key,), {"id": {"$in": ids}}, words, is_chosen=True))
        return
    where, words = {"id": {"$in": [lead_id]}}, f"lead {lead_id}"
    wanted = Wanted((column.key,), where, words, Scope.ALL, is_chosen=True)
    show_plan(desk, wanted)


def column(desk: Desk, _count: int | None) -> None:
    """Plan the column under the cursor over all leads that are shown."""
    from leadsync.tui.panels.plan_panel import Wanted

    chosen = desk.model.selection()
    show_plan(desk, Wanted((running_column(desk).key,), chosen.filter, chosen.text))


def again(desk: Desk, _count: int | None) -> None:
    """Plan the column anew, past the cache; starting it takes the number of its cells."""
    from leadsync.tui.panels.plan_panel import Wanted

    chosen = desk.model.selection()
    key = running_column(desk).key
    show_plan(desk, Wanted((key,), chosen.filter, chosen.text, Scope.ALL, no_cache=True))


def stop(desk: Desk, _count: int | None) -> None:
    """Stop the runs of the column under the cursor, also those of other processes."""
    own = running_column(desk)

    def work() -> list[int]:
        found = [
            run.id
            for run, _ in desk.jobs.runs()
            if run.state.value == "running" and own.id in run.column_ids
        ]
        for run_id in found:
            desk.jobs.stop(run_id)
        return found

    def done(found: list[int]) -> None:
        names = ", ".join(map(str, found))
        desk.say(f"stopping run {names}; no new request leaves" if found else "nothing runs here")

    desk.write(work, done)


def stop_all(desk: Desk, _count: int | None) -> None:
    """Stop all runs of this app."""
    number = desk.jobs.stop_all()
    words = f"stopping {plural(number, 'run')}; no new request leaves"
    desk.say(words if number else "nothing runs here")


def jobs(desk: Desk, _count: int | None) -> None:
    """Show the jobs panel."""
    from leadsync.tui.panels.jobs_panel import JobsPanel

    desk.app.push_screen(JobsPanel(desk), lambda retry: _retry(desk, retry))


def running_column(desk: Desk) -> Column:
    """The column that fills the one under the cursor.

    Raises:
        InputError: it is not filled by runs.
    """
    field = desk.grid.field
    catalog = desk.workspace.store.catalog()
    if field is not None:
        found = catalog.driver(field.key) or next(
            (c for c in desk.workspace.store.columns() if c.key == field.key), None
        )
        if found is not None and found.is_running:
            return found
    name = field.label if field is not None else "this"
    raise InputError(f'"{name}" is no column that runs; A adds one')


def show_plan(desk: Desk, wanted: Wanted) -> None:
    """Show the plan of what is wanted; run it when the user says so."""
    from leadsync.tui.panels.plan_panel import PlanPanel

    desk.app.push_screen(PlanPanel(desk, wanted), lambda plan: _start(desk, plan))


def _start(desk: Desk, plan: Plan | None) -> None:
    if plan is None:
        return
    desk.write(
        lambda: desk.jobs.start(plan),
        lambda job: desk.say(f"run {job.run_id} began; X stops it, gj shows it"),
    )


def _retry(desk: Desk, retry: Retry | None) -> None:
    if retry is None:
        return
    from leadsync.core.engine.results import get_run
    from leadsync.tui.panels.plan_panel import Wanted

    run_id, reason = retry
    run = get_run(desk.workspace, run_id)
    keys = tuple(c.key for c in desk.workspace.store.columns() if c.id in run.column_ids)
    words = f"cells that failed: {reason}"
    show_plan(desk, Wanted(keys, {}, words, Scope.FAILED, Reason(reason), is_chosen=True))
