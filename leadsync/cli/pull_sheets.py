"""`leadsync pull sheets`: what people changed in a Google spreadsheet."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.options import DryRun, Yes
from leadsync.core.sync.table_pull import Take

if TYPE_CHECKING:
    from collections.abc import Generator

    from leadsync.cli.commands import Commands
    from leadsync.cli.output import Output
    from leadsync.core.sync.table_pull import Pulled
    from leadsync.core.sync.tables import Table
    from leadsync.core.workspace import Workspace


def pull_sheets(
    ctx: typer.Context,
    origin: Annotated[
        str,
        typer.Option("--from", metavar="URL", help="Address of the spreadsheet, from the browser."),
    ],
    tab: Annotated[
        str, typer.Option("--tab", metavar="NAME", help="Else that of the address, or the first.")
    ] = "",
    take: Annotated[
        Take | None, typer.Option("--take", help="Who wins where both sides changed a cell.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Take what was changed in a Google sheet back into leads

    Each cell is compared with what was pushed last: one that was changed in the sheet alone is
    written here, in one step that undo takes back; one that was changed on both sides is listed
    and left, unless --take says who wins. Nothing is written to the sheet. On a terminal it asks;
    elsewhere it writes at once. Ends with 3 where conflicts are left, or a cell does not fit; they
    are named.

    \b
      leadsync pull sheets --from https://docs.google.com/spreadsheets/d/1q4 --tab Leads --dry-run
      leadsync pull sheets --from https://docs.google.com/spreadsheets/d/1q4 --take sheet --yes
    """
    from leadsync.core.errors import Exit
    from leadsync.core.sync.tables import open_table

    call = invocation(ctx)
    with _telling_a_stop(call.out, dry_run=dry_run), call.workspace() as workspace:
        table = open_table(workspace.config, "sheets", origin, tab)
        done = _pull(workspace, call.out, table, take, dry_run=dry_run, yes=yes)
    if done is not None and not done.is_whole:
        raise typer.Exit(Exit.PARTLY)


def _pull(
    workspace: Workspace, out: Output, table: Table, take: Take | None, *, dry_run: bool, yes: bool
) -> Pulled | None:
    """Show, ask where somebody can answer, pull; None where nothing was to be done for real."""
    from leadsync.core.sync.table_docs import pull_doc
    from leadsync.core.sync.table_pull import plan_pull, pull_table
    from leadsync.core.sync.table_words import (
        CHANGES_SHOWN,
        SHOWN_AGAIN,
        pull_left,
        pull_lines,
        pull_told,
        pulled_line,
    )
    from leadsync.core.wording import plural

    asks = out.can_ask and not yes
    if dry_run or asks:
        plan = plan_pull(workspace, table, take)
        if dry_run and out.json:
            out.doc({"dryRun": True, **pull_doc(plan, table)})
            return None
        for line in pull_lines(plan, table):
            (out.line if dry_run else out.say)(line)
        if dry_run or (plan.taken and not out.confirm(f"Change {plural(plan.leads, 'lead')}?")):
            return None
    done = pull_table(workspace, table, take)
    if out.json:
        out.doc({"dryRun": False, "leads": done.leads, **pull_doc(done.plan, table)})
    elif not asks:
        for line in pull_told(done.plan):
            out.say(line)
    out.say(pulled_line(done, table))
    shown = SHOWN_AGAIN if asks and not out.quiet else CHANGES_SHOWN
    for words in pull_left(done.plan, shown=shown):
        out.warn(f"{table.title}: {words}")
    return done


@contextmanager
def _telling_a_stop(out: Output, *, dry_run: bool) -> Generator[None]:
    """Ctrl-C ends a pull, and what was written by then is told."""
    from leadsync.core.errors import Exit
    from leadsync.core.sync.table_pull import PullStopped
    from leadsync.core.wording import plural

    try:
        yield
    except KeyboardInterrupt as stop:
        leads = stop.leads if isinstance(stop, PullStopped) else 0
        if out.json:
            out.doc({"dryRun": dry_run, "stopped": True, "leads": leads})
        words = "nothing was changed"
        if isinstance(stop, PullStopped):
            words = f"{plural(leads, 'lead')} changed; leadsync undo {stop.unit_id} takes it back"
        out.warn(f"stopped: {words}")
        raise typer.Exit(Exit.STOPPED) from None


def register(app: Commands) -> None:
    """Add the command to `leadsync pull`."""
    app.command("sheets")(pull_sheets)
