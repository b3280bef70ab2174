"""Google Sheets: what is shown is compared with a sheet, shown, and pushed; or pulled back."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.sync.armed_tables import arm_table
from leadsync.core.sync.recent_table import RecentTable, recent_table, remember_table
from leadsync.core.sync.table_pull import plan_pull, pull_table
from leadsync.core.sync.table_push import PushWish, plan_push
from leadsync.core.sync.table_words import (
    Hints,
    moved_words,
    pull_lines,
    pulled_line,
    push_lines,
    pushed_line,
)
from leadsync.core.sync.table_writing import push_table
from leadsync.core.sync.tables import open_table
from leadsync.core.wording import plural
from leadsync.tui.actions.transfer import with_progress
from leadsync.tui.panels.sheet_panel import SheetDraft, SheetPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.sync.table_pull import Pulled, PullPlan
    from leadsync.core.sync.table_push import PushPlan
    from leadsync.core.sync.table_writing import Pushed
    from leadsync.core.sync.tables import Table
    from leadsync.core.workspace import Workspace
    from leadsync.tui.desk import Desk

    Told = Callable[[int, int], None]

DESTINATION = "sheets"
LOOK_S = 0.2  # how soon a wait for Google ends after Esc
HINTS = Hints('"Overwrite" writes them', '"Removed rows" adds them', '"Conflicts" says who wins')
NOT_COMPARED = "stopped: nothing was written"
NOT_PUSHED = "stopped: what was written stands; the next push does the rest"
NOT_PULLED = "stopped: nothing was pulled"


def begin_push(desk: Desk) -> None:
    """Choose a sheet for the leads and columns that are shown."""
    columns = tuple(one.key for one in desk.grid.layout_now.fields if one.key != "id")
    draft = replace(_draft(desk), columns=columns)
    panel = SheetPanel(
        desk, "Push what is shown to Google Sheets", draft, lambda p, of: _compare(desk, p, of)
    )
    desk.app.push_screen(panel)


def begin_pull(desk: Desk) -> None:
    """Choose a sheet whose changes are taken."""
    panel = SheetPanel(
        desk, "Pull from Google Sheets", _draft(desk), lambda p, of: _look(desk, p, of), pulls=True
    )
    desk.app.push_screen(panel)


# pushing ---------------------------------------------------------------------------------
def _compare(desk: Desk, panel: SheetPanel, draft: SheetDraft) -> None:
    """Show what a push would write, and ask."""
    if draft.arms and desk.model.look.only_marked:
        raise InputError("marked leads cannot be armed", next_step="save what is shown as a view")
    workspace = desk.workspace
    wish = PushWish(
        desk.model.selection(), draft.columns, overwrites=draft.overwrites, again=draft.again
    )

    def work(told: Told) -> tuple[Table, PushPlan]:
        table = _open(workspace, draft, told)
        plan = plan_push(workspace, table, wish)
        told(1, 1)  # it may have been stopped meanwhile
        return table, plan

    def compared(result: tuple[Table, PushPlan]) -> None:
        _remember(desk, draft)
        table, plan = result
        lines = list(push_lines(plan, table, HINTS))
        verb = f"Arm {table.title}" if draft.arms else "Write down what is there already"
        if not plan.is_empty:
            verb = f"Write to {table.title}"
        elif not draft.arms:
            desk.read("Nothing to push", "\n".join(lines))
            return
        desk.confirm("Push to Google Sheets", lines, verb, lambda: _push(desk, panel, draft, wish))

    with_progress(desk, panel, "Comparing with the sheet", NOT_COMPARED, work, compared)


def _push(desk: Desk, panel: SheetPanel, draft: SheetDraft, wish: PushWish) -> None:
    workspace, look = desk.workspace, desk.model.look

    def work(told: Told) -> tuple[Table, Pushed]:
        table = _open(workspace, draft, told)
        done = push_table(workspace, table, wish, told=told)
        if draft.arms:
            arm_table(
                workspace, table, DESTINATION, draft.address, where=look.where,
                campaign=look.campaign, view=look.view, columns=draft.columns,
            )  # fmt: skip
        return table, done

    def pushed(result: tuple[Table, Pushed]) -> None:
        table, done = result
        panel.dismiss(None)
        words = moved_words(done)
        armed = "; armed for later runs" if draft.arms else ""
        desk.status.say(words or f"{pushed_line(done, table)}{armed}", is_problem=not done.is_whole)

    with_progress(desk, panel, "Pushing to the sheet", NOT_PUSHED, work, pushed)


# pulling ---------------------------------------------------------------------------------
def _look(desk: Desk, panel: SheetPanel, draft: SheetDraft) -> None:
    """Show what a pull would take and what is in conflict, and ask."""
    workspace = desk.workspace

    def work(told: Told) -> tuple[Table, PullPlan]:
        table = _open(workspace, draft, told)
        plan = plan_pull(workspace, table, draft.take)
        told(1, 1)
        return table, plan

    def compared(result: tuple[Table, PullPlan]) -> None:
        _remember(desk, draft)
        table, plan = result
        lines = list(pull_lines(plan, table, HINTS))
        if not plan.taken and draft.take is None:
            desk.read("Nothing to take", "\n".join(lines))
            return
        verb = f"Change {plural(plan.leads, 'lead')}" if plan.taken else "Keep what is here"
        desk.confirm("Pull from Google Sheets", lines, verb, lambda: _pull(desk, panel, draft))

    with_progress(desk, panel, "Comparing with the sheet", NOT_PULLED, work, compared)


def _pull(desk: Desk, panel: SheetPanel, draft: SheetDraft) -> None:
    workspace = desk.workspace

    def work(told: Told) -> tuple[Table, Pulled]:
        table = _open(workspace, draft, told)
        return table, pull_table(workspace, table, draft.take, told=told)

    def pulled(result: tuple[Table, Pulled]) -> None:
        table, done = result
        panel.dismiss(None)
        desk.live.look_now()
        undo = "; u takes it back" if done.leads else ""
        desk.say(f"{pulled_line(done, table)}{undo}")

    with_progress(desk, panel, "Pulling from the sheet", NOT_PULLED, work, pulled)


# both ------------------------------------------------------------------------------------
def _draft(desk: Desk) -> SheetDraft:
    recent = recent_table(desk.workspace.config.state_folder)
    return SheetDraft(recent.address, recent.tab)


def _remember(desk: Desk, draft: SheetDraft) -> None:
    remember_table(desk.workspace.config.state_folder, RecentTable(draft.address, draft.tab))


def _open(workspace: Workspace, draft: SheetDraft, told: Told) -> Table:
    """The sheet; waits for Google end when the work is stopped."""

    def wait(seconds: float) -> None:
        left = seconds
        while left > 0:
            threading.Event().wait(min(LOOK_S, left))
            left -= LOOK_S
            told(0, 0)

    return open_table(workspace.config, DESTINATION, draft.address, draft.tab, wait=wait)
