"""`leadsync push sheets`: leads into a Google spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.options import Columns, DryRun, FilterDoc, InCampaign, InView, SortBy, Where, Yes

if TYPE_CHECKING:
    from leadsync.cli.commands import Commands
    from leadsync.cli.output import Output
    from leadsync.core.sync.table_push import PushWish
    from leadsync.core.sync.tables import Table
    from leadsync.core.workspace import Workspace

DESTINATION = "sheets"

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
    left to a pull. Nothing is ever run as a formula. On a terminal it shows the changes and asks.

    \b
      leadsync push sheets --to https://docs.google.com/spreadsheets/d/1q4 --tab Leads --dry-run
      leadsync push sheets --to https://docs.google.com/spreadsheets/d/1q4 --view hot --yes   (cron)
      leadsync push sheets --to https://docs.google.com/spreadsheets/d/1q4 --view hot --arm
    """
    from leadsync.core.errors import InputError
    from leadsync.core.selection import select
    from leadsync.core.sync.armed_tables import arm_table, disarm_table
    from leadsync.core.sync.table_push import PushWish
    from leadsync.core.sync.tables import open_table

    call = invocation(ctx)
    if arm and disarm:
        raise InputError("--arm and --disarm are the opposite of each other")
    with call.workspace() as workspace:
        chosen = select(workspace, where=where, document=filter_doc, campaign=campaign, view=view,
                        sort=sort or ())  # fmt: skip
        named = tuple(name.strip() for name in columns.split(",") if name.strip())
        wish = PushWish(chosen, named, overwrites=overwrite, again=again)
        if disarm:
            titles = [armed.title for armed in disarm_table(workspace, DESTINATION, to, tab)]
            words = f"no longer armed: {', '.join(titles)}" if titles else "it was not armed"
            call.out.done({"armed": False, "disarmed": titles}, words)
            return
        table = open_table(workspace.config, DESTINATION, to, tab)
        if not _push(workspace, call.out, table, wish, dry_run=dry_run, yes=yes) or not arm:
            return
        arm_table(workspace, table, DESTINATION, to, where=where, document=filter_doc,
                  campaign=campaign, view=view, columns=named)  # fmt: skip
    call.out.say(f"{table.title} is armed: after each run the leads that it touched are pushed")


def _push(
    workspace: Workspace, out: Output, table: Table, wish: PushWish, *, dry_run: bool, yes: bool
) -> bool:
    """Show, ask where somebody can answer, push; False where nothing was to be done for real."""
    from leadsync.core.sync.table_push import plan_push
    from leadsync.core.sync.table_words import moved_words, push_doc, push_lines, pushed_line
    from leadsync.core.sync.table_writing import push_table

    asks = out.can_ask and not yes
    if dry_run or asks:
        plan = plan_push(workspace, table, wish)
        if dry_run and out.json:
            out.doc({"dryRun": True, **push_doc(plan, table)})
            return False
        for line in push_lines(plan, table):
            (out.line if dry_run else out.say)(line)
        if dry_run or (not plan.is_empty and not out.confirm(f"Write to {table.title}?")):
            return False
    with out.progress("pushing") as progress:
        done = push_table(workspace, table, wish, told=progress)
    if out.json:
        out.doc({"dryRun": False, "added": done.added, "changed": done.changed,
                 "movedRows": list(done.moved), "reads": done.reads, "writes": done.writes,
                 **push_doc(done.plan, table)})  # fmt: skip
    out.say(pushed_line(done, table))
    if words := moved_words(done):
        out.warn(words)
    return True


def register(app: Commands) -> None:
    """Add the command to `leadsync push`."""
    app.command("sheets")(push_sheets)
