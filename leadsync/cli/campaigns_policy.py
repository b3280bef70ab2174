"""`leadsync campaigns policy`: which verdicts about addresses may be pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.options import CampaignName

if TYPE_CHECKING:
    from leadsync.cli.commands import Commands


def set_policy(
    ctx: typer.Context,
    name: CampaignName,
    verdicts: Annotated[
        list[str] | None,
        typer.Argument(metavar="VERDICT…", help="As deliverable or risky:catch_all; none: show."),
    ] = None,
    usual: Annotated[bool, typer.Option("--usual", help="Bring the usual policy back.")] = False,
) -> None:
    """Show or say which verdicts about an address let a lead be pushed

    Without any, deliverable addresses and those of catch-all domains are pushed, the latter with a
    warning. A verdict is a status of e-mail verification, alone or with its reason; unverified
    stands for addresses that were never checked. A reason that no verification of ours gives is taken,
    as another tool may have filled the column, and told.

    \b
      leadsync campaigns policy "Q4 founders"
      leadsync campaigns policy "Q4 founders" deliverable risky:catch_all risky:role
      leadsync campaigns policy "Q4 founders" --usual
    """
    from leadsync.core.push_policy import odd_verdicts, push_policy, set_push_policy

    call = invocation(ctx)
    with call.workspace() as workspace:
        campaign = workspace.campaign(name)
        if verdicts or usual:
            campaign = set_push_policy(workspace, name, () if usual else verdicts or ())
    allowed = sorted(push_policy(campaign).allowed)
    for doubt in odd_verdicts(allowed):
        call.out.warn(doubt)
    if call.out.json:
        call.out.doc({"campaign": campaign.name, "push": allowed})
        return
    for verdict in allowed:
        call.out.line(verdict)


def register(app: Commands) -> None:
    """Add the command to the group."""
    app.command("policy")(set_policy)
