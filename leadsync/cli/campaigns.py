"""`leadsync campaigns`: the named sets that leads live in."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli import campaigns_policy
from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import CampaignName
from leadsync.cli.table import Heading
from leadsync.core.errors import InputError

app = Commands("List, add, rename, archive and set up campaigns")


@app.command("list")
def list_campaigns(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Archived ones, too.")] = False,
) -> None:
    """List campaigns with the number of their leads

    \b
      leadsync campaigns list
    """
    from leadsync.core.campaign_settings import settings_in_words
    from leadsync.core.campaigns import list_campaigns
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = list_campaigns(workspace, archived=every)
        if call.out.json:
            call.out.docs(to_doc(c.campaign) | {"leads": c.leads} for c in found)
            return
        call.out.table(
            ["name", Heading("leads", is_number=True), "since", "state"],
            (
                (c.campaign.name, c.leads, c.campaign.created_at[:10],
                 "; ".join(filter(None, ("archived" * c.campaign.archived,
                                         settings_in_words(c.campaign)))))
                for c in found
            ),
        )  # fmt: skip
        if not found:
            only_archived = workspace.store.campaigns() and not every
            none_yet = "there are no campaigns yet; an import makes one"
            all_away = "all campaigns are archived: leadsync campaigns list --all"
            call.out.say(all_away if only_archived else none_yet)


@app.command("add")
def add_campaign(ctx: typer.Context, name: CampaignName) -> None:
    """Add a campaign

    \b
      leadsync campaigns add "Q4 founders"
    """
    from leadsync.core.campaigns import add_campaign
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace(create=True) as workspace:
        made = add_campaign(workspace, name)
    call.out.done(to_doc(made), f'campaign "{made.name}" added')


@app.command("rename")
def rename_campaign(
    ctx: typer.Context,
    name: CampaignName,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME")],
) -> None:
    """Give a campaign another name

    \b
      leadsync campaigns rename "Q4 founders" "Q4 founders DACH"
    """
    from leadsync.core.campaigns import rename_campaign
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace() as workspace:
        renamed = rename_campaign(workspace, name, new_name)
    call.out.done(to_doc(renamed), f'the campaign is called "{renamed.name}" now')


@app.command("archive")
def archive_campaign(
    ctx: typer.Context,
    name: CampaignName,
    back: Annotated[bool, typer.Option("--undo", help="Take it out of the archive.")] = False,
) -> None:
    """Leave a campaign out of lists; its leads stay as they are

    \b
      leadsync campaigns archive "Q4 founders"
      leadsync campaigns archive "Q4 founders" --undo
    """
    from leadsync.core.campaigns import archive_campaign, unarchive_campaign
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace() as workspace:
        done = (unarchive_campaign if back else archive_campaign)(workspace, name)
    state = "back in the list" if back else "archived"
    call.out.done(to_doc(done), f'campaign "{done.name}" is {state}')


@app.command("set")
def set_campaign(
    ctx: typer.Context,
    name: CampaignName,
    retention_days: Annotated[
        int | None,
        typer.Option(metavar="N", help="Leads not changed for N days expire; 0: never."),
    ] = None,
    max_per_company: Annotated[
        int | None,
        typer.Option(metavar="N", help="Push at most N contacts of one company; 0: all."),
    ] = None,
    max_per_domain: Annotated[
        int | None, typer.Option(metavar="N", help="Push at most N contacts of one domain; 0: all.")
    ] = None,
) -> None:
    """Say how long leads are kept, and how many contacts of one company are pushed

    Nothing is removed before leadsync expire is run. Caps hold back the newest contacts of a
    company at push; they stay in the campaign.

    \b
      leadsync campaigns set "Q4 founders" --retention-days 365
      leadsync campaigns set "Q4 founders" --max-per-company 3 --max-per-domain 3
    """
    from leadsync.core.campaign_settings import set_campaign, settings_in_words
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    if retention_days is None and max_per_company is None and max_per_domain is None:
        raise InputError(
            "nothing is to be set", next_step="as in: --retention-days 365, --max-per-company 3"
        )
    with call.workspace() as workspace:
        done = set_campaign(
            workspace,
            name,
            retention_days=retention_days,
            max_per_company=max_per_company,
            max_per_domain=max_per_domain,
        )
    call.out.done(to_doc(done), f'campaign "{done.name}": {settings_in_words(done) or "no limits"}')


campaigns_policy.register(app)
