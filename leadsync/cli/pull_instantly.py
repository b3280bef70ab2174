"""`leadsync pull instantly`: what became of leads at Instantly."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.options import DryRun, InCampaign

if TYPE_CHECKING:
    from collections.abc import Generator

    from leadsync.cli.commands import Commands
    from leadsync.cli.output import Output
    from leadsync.core.workspace import Workspace

TOOL = "instantly"


def pull_instantly(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Option("--from", metavar="CAMPAIGN", help="Campaign at Instantly: id or name.")
    ],
    campaign: InCampaign = "",
    dry_run: DryRun = False,
) -> None:
    """Bring back status, replies, bounces and interest from Instantly

    Fills instantly_status, instantly_replied_at, instantly_interest and others, made where they are
    missing, in one step that undo takes back. Who bounced or unsubscribed goes on the suppression
    list. Nothing changes at Instantly.

    \b
      leadsync pull instantly --from "Fall outreach"
      leadsync pull instantly --from "Fall outreach" --campaign Q4 --json    (cron)
    """
    from leadsync.core.sync.pulling import pull
    from leadsync.core.sync.push_text import pull_lines

    call = invocation(ctx)
    with (
        call.workspace() as workspace,
        _telling_a_stop(workspace, call.out, dry_run=dry_run),
        call.out.progress("reading") as bar,
    ):
        pulled = pull(
            workspace, TOOL, source, campaign=campaign, dry_run=dry_run,
            on_page=(lambda number: bar(number, number)) if bar else None,
        )  # fmt: skip
    if call.out.json:
        call.out.doc({"dryRun": dry_run, **pulled.to_doc()})
        return
    for line in pull_lines(pulled, dry_run=dry_run):
        (call.out.line if dry_run else call.out.say)(line)


@contextmanager
def _telling_a_stop(workspace: Workspace, out: Output, *, dry_run: bool) -> Generator[None]:
    """Ctrl-C ends a pull, and whether anything was written by then is told."""
    from leadsync.core.errors import Exit

    before = workspace.store.units(limit=1)
    try:
        yield
    except KeyboardInterrupt:
        if out.json:
            out.doc({"dryRun": dry_run, "stopped": True})
        words = "nothing was changed"
        if workspace.store.units(limit=1) != before:
            words = "look at leadsync history; pull again for the rest, nothing is done twice"
        out.warn(f"stopped: {words}")
        raise typer.Exit(Exit.STOPPED) from None


def register(app: Commands) -> None:
    """Add the command to the group."""
    app.command(TOOL)(pull_instantly)
