"""`leadsync push sheets`: leads into a Google spreadsheet."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.options import Columns, DryRun, FilterDoc, InCampaign, InView, SortBy, Where, Yes

if TYPE_CHECKING:
    from collections.abc import Generator

    from leadsync.cli.commands import Commands
    from leadsync.cli.output import Output
    from leadsync.core.sync.table_push import PushWish
    from leadsync.core.sync.table_writing import Pushed
    from leadsync.core.sync.tables import Table
    from leadsync.core.workspace import Workspace

DESTINATION = "sheets"
ARMED = "after each run the leads that it touched are pushed"

SheetAddress = Annotated[
    str, typer.Option("--to", metavar="URL", help="Address of the spreadsheet, from the browser.")
]
Tab = Annotated[
    str,
    typer.Option("--tab", metavar="NAME", help="Of the spreadsheet; else that of the address, or"
                 " the first. A new one is made."),
]  # fmt: skip


def push_sheets(
    ctx: typer.Context,
    to: SheetAddress,
    tab: Tab = "",
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    view: InView = "",
    columns: Columns = "",
    sort: SortBy = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also cells that were changed in the sheet.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also leads whose rows were removed in the sheet.")
    ] = False,
    arm: Annotated[
        bool, typer.Option("--arm", help="From now on push what runs fill, after each run.")
    ] = False,
    disarm: Annotated[bool, typer.Option("--disarm", help="Not any more.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Put leads into a Google sheet, and later what has changed

    Rows are found by the hidden column leadsync_id; new leads go below, new columns to the right.
    Your own columns, formulas and the order of rows stay. Cells that were changed in the sheet are
    left to a pull. Nothing is ever run as a formula. On a terminal it shows the changes and asks;
    elsewhere it writes at once. Ends with 3 where cells that both sides changed were left, or texts
    were cut; they are named.

    \b
      leadsync push sheets --to https://docs.google.com/spreadsheets/d/1q4 --tab Leads --dry-run
      leadsync push sheets --to https://docs.google.com/spreadsheets/d/1q4 --view hot --yes   (cron)
      leadsync push sheets --to https://docs.google.com/spreadsheets/d/1q4 --view hot --arm
    """
    from leadsync.core.errors import Exit, InputError
    from leadsync.core.selection import select
    from leadsync.core.sync.armed_tables import arm_table
    from leadsync.core.sync.table_push import PushWish
    from leadsync.core.sync.tables import open_table

    call = invocation(ctx)
    if arm and disarm:
        raise InputError("--arm and --disarm are the opposite of each other")
    if arm and sort:
        raise InputError(
            "an armed push does not keep --sort",
            next_step="leave it out, or name a view with the order that you want: --view NAME",
        )
    with _telling_a_stop(call.out), call.workspace() as workspace:
        if disarm:
            _disarm(workspace, call.out, to, tab, dry_run=dry_run)
            return
        chosen = select(workspace, where=where, document=filter_doc, campaign=campaign, view=view,
                        sort=sort or ())  # fmt: skip
        named = tuple(name.strip() for name in columns.split(",") if name.strip())
        wish = PushWish(chosen, named, overwrites=overwrite, again=again)
        table = open_table(workspace.config, DESTINATION, to, tab)
        if not _is_meant(workspace, call.out, table, wish, arm=arm, dry_run=dry_run, yes=yes):
            return
        done = _push(workspace, call.out, table, wish, was_shown=call.out.can_ask and not yes)
        if arm:
            arm_table(workspace, table, DESTINATION, to, where=where, document=filter_doc,
                      campaign=campaign, view=view, columns=named)  # fmt: skip
            call.out.say(f"{table.title} is armed: {ARMED}")
    raise typer.Exit(Exit.DONE if done.is_whole else Exit.PARTLY)


def _disarm(workspace: Workspace, out: Output, to: str, tab: str, *, dry_run: bool) -> None:
    """Push nothing there by itself any more."""
    from leadsync.core.sync.armed_tables import armed_in, disarm_table

    if dry_run:
        titles = [armed.title for armed in armed_in(workspace.store, DESTINATION, to, tab)]
        doc, verb = {"dryRun": True, "armed": bool(titles)}, "would no longer be armed"
    else:
        titles = [armed.title for armed in disarm_table(workspace, DESTINATION, to, tab)]
        doc, verb = {"armed": False}, "no longer armed"
    words = f"{verb}: {', '.join(titles)}" if titles else "it was not armed"
    out.done({**doc, "disarmed": titles}, words)


def _is_meant(
    workspace: Workspace,
    out: Output,
    table: Table,
    wish: PushWish,
    *,
    arm: bool,
    dry_run: bool,
    yes: bool,
) -> bool:
    """Show the changes where that was asked for, or somebody can answer; whether to write them."""
    from leadsync.core.sync.table_docs import push_doc
    from leadsync.core.sync.table_push import plan_push
    from leadsync.core.sync.table_words import push_lines

    if not dry_run and (yes or not out.can_ask):
        return True
    plan = plan_push(workspace, table, wish)
    if dry_run and out.json:
        out.doc({"dryRun": True, "arms": arm, **push_doc(plan, table)})
        return False
    for line in (*push_lines(plan, table), *([f"  then armed: {ARMED}"] if arm else ())):
        (out.line if dry_run else out.say)(line)
    return not dry_run and (plan.is_empty or out.confirm(f"Write to {table.title}?"))


def _push(
    workspace: Workspace, out: Output, table: Table, wish: PushWish, *, was_shown: bool
) -> Pushed:
    """Write, and tell what was written and what was left."""
    from leadsync.core.sync.table_docs import push_doc
    from leadsync.core.sync.table_words import (
        CHANGES_SHOWN,
        SHOWN_AGAIN,
        moved_words,
        push_left,
        push_told,
        pushed_line,
    )
    from leadsync.core.sync.table_writing import push_table

    with out.progress("pushing") as progress:
        done = push_table(workspace, table, wish, told=progress)
    if out.json:
        out.doc({"dryRun": False, "added": done.added, "changed": done.changed,
                 "movedRows": list(done.moved), "reads": done.reads, "writes": done.writes,
                 **push_doc(done.plan, table)})  # fmt: skip
    out.say(pushed_line(done, table))
    for line in () if was_shown else push_told(done.plan):
        out.say(line)
    shown = SHOWN_AGAIN if was_shown and not out.quiet else CHANGES_SHOWN
    for words in push_left(done.plan, shown=shown):
        out.warn(f"{table.title}: {words}")
    if words := moved_words(done):
        out.warn(words)
    return done


@contextmanager
def _telling_a_stop(out: Output) -> Generator[None]:
    """Ctrl-C ends a push, and what was written by then is told."""
    from leadsync.core.errors import Exit
    from leadsync.core.sync.table_writing import PushStopped
    from leadsync.core.wording import plural

    try:
        yield
    except KeyboardInterrupt as stop:
        added, changed = (stop.added, stop.changed) if isinstance(stop, PushStopped) else (0, 0)
        if out.json:
            out.doc({"dryRun": False, "stopped": True, "added": added, "changed": changed})
        words = "nothing was written"
        if isinstance(stop, PushStopped):
            words = (
                f"{plural(added, 'row')} added, {plural(changed, 'cell')} changed, and maybe what was"
                " under way; push again for the rest, nothing is done twice"
            )
        out.warn(f"stopped: {words}")
        raise typer.Exit(Exit.STOPPED) from None


def register(app: Commands) -> None:
    """Add the command to `leadsync push`."""
    app.command("sheets")(push_sheets)
