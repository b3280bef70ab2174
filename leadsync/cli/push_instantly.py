"""`leadsync push instantly`: leads into a campaign at Instantly, our block list onto theirs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.completion import complete_campaign
from leadsync.cli.options import DryRun, InView, Where, Yes
from leadsync.core.errors import Exit, InputError

if TYPE_CHECKING:
    from leadsync.cli.commands import Commands
    from leadsync.cli.invocation import Invocation
    from leadsync.core.sync.pushing import Push
    from leadsync.core.workspace import Workspace

TOOL = "instantly"
InCampaign = Annotated[
    str,
    typer.Option(
        "--campaign", "-c", metavar="NAME", help="Whose leads.", autocompletion=complete_campaign
    ),
]


def push_instantly(
    ctx: typer.Context,
    campaign: InCampaign = "",
    to: Annotated[
        str, typer.Option("--to", metavar="CAMPAIGN", help="Campaign at Instantly: id or name.")
    ] = "",
    where: Where = "",
    view: InView = "",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=NAME", help="What a field is called there."),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="VERDICT", help="Send these, too: unverified, risky:role."),
    ] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Send leads that lack a variable, too.")
    ] = False,
    join: Annotated[
        str, typer.Option("--join", metavar="TEXT", help="What joins lists; else they are refused.")
    ] = "",
    block_list: Annotated[
        bool, typer.Option("--block-list", help="Send the suppression list instead of leads.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Put leads into a campaign at Instantly, and later send what has changed

    Shows how many are new or changed, how many stay here and why, and asks. Who is suppressed, not
    verified, over the cap of the company or without a variable of the sequences stays here. Nothing
    is sent twice. Even with --dry-run Instantly is asked what the campaign is, which costs nothing.
    Leads that are removed here stay at Instantly.

    \b
      leadsync push instantly --campaign Q4 --to "Fall outreach" --dry-run
      leadsync push instantly -c Q4 --to "Fall outreach" --map pitch=icebreaker --yes    (cron)
      leadsync push instantly --block-list
    """
    call = invocation(ctx)
    with call.workspace() as workspace:
        if block_list:
            raise typer.Exit(_push_blocks(call, workspace, dry_run=dry_run, yes=yes))
        if not campaign or not to:
            raise InputError(
                "nothing says whose leads go where",
                next_step='leadsync push instantly --campaign NAME --to "CAMPAIGN AT INSTANTLY"',
            )
        from leadsync.core.selection import select
        from leadsync.core.sync.push_mapping import parse_mapping
        from leadsync.core.sync.pushing import PushWish, prepare_push

        wish = PushWish(
            TOOL, campaign, to, mapping=parse_mapping(mapping or ()),
            allow=tuple(allow or ()), allow_missing=allow_missing, join=join,
            chosen=select(workspace, campaign=campaign, where=where, view=view),
        )  # fmt: skip
        push = prepare_push(workspace, wish)
        raise typer.Exit(_carry_out(call, workspace, push, dry_run=dry_run, yes=yes))


def _carry_out(
    call: Invocation, workspace: Workspace, push: Push, *, dry_run: bool, yes: bool
) -> Exit:
    """Show a push, ask, run it; how the process should end."""
    from leadsync.cli.run_watch import watch
    from leadsync.core.access.rights import Right
    from leadsync.core.models import RunState
    from leadsync.core.sync.armed_tables import armed_after
    from leadsync.core.sync.push_text import push_lines
    from leadsync.core.sync.pushing import drive_push, start_push, states_there

    out = call.out
    armed = [table.title for table in armed_after(workspace)] if push.plan.cells else []
    if out.json:
        doc = {**push.to_doc(), "armed": armed}
        out.doc(doc if dry_run else {"event": "push", **doc})
    else:
        afterwards = (f"  afterwards pushed to {title} (armed)" for title in armed)
        for line in (*push_lines(push), *afterwards):
            (out.line if dry_run else out.say)(line)
    if dry_run:
        return Exit.DONE
    if not push.plan.cells:
        out.say("nothing to send")
        return Exit.DONE
    if push.sends and out.can_ask and not yes and not out.confirm(f"Send {push.sends:,} leads?"):
        return Exit.DONE
    run = start_push(workspace, push)
    pushing = workspace.acting(Right.PUSH)  # tells what has left, also when the login is over then
    lead_ids = push.plan.columns[0].leads
    result = watch(out, push.plan.cells, partial(drive_push, pushing, run.id, lead_ids=lead_ids))
    if out.json:
        column = pushing.column(push.column.key)
        states = states_there(pushing, column, lead_ids)
        out.doc({"event": "states", "column": column.key, "states": dict(states)})
    if result.state is RunState.STOPPED:
        workspace.require(Right.PUSH)  # nobody stopped it where the login is over: that is told
    return result.exit_code


def _push_blocks(call: Invocation, workspace: Workspace, *, dry_run: bool, yes: bool) -> Exit:
    from leadsync.core.sync.blocking import plan_blocks, push_blocks

    out = call.out
    plan = plan_blocks(workspace, TOOL)
    number = _number(len(plan.values))
    left = f"; {plan.unsendable:,} of erased people stay here" if plan.unsendable else ""
    if dry_run or not plan.values:
        doc = {"dryRun": dry_run, **plan.to_doc()}
        words = f"would send {number}" if plan.values else "nothing to send"
        out.done(doc, f"{words}, {plan.known:,} were sent before{left}")
        return Exit.DONE
    if out.can_ask and not yes and not out.confirm(f"Block {number} at Instantly?"):
        return Exit.DONE
    taken = push_blocks(workspace, plan)
    doc = {**plan.to_doc(), "taken": taken}
    out.done(doc, f"{taken:,} of {number} now on the block list of Instantly{left}")
    return Exit.DONE if taken == len(plan.values) else Exit.PARTLY


def _number(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries:,} entries"


def register(app: Commands) -> None:
    """Add the command to the group."""
    app.command(TOOL)(push_instantly)
