"""`leadsync tags`: words on leads."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.completion import complete_tags
from leadsync.cli.lead_choice import LeadTexts, chosen_leads, may_go_on
from leadsync.cli.options import DryRun, FilterDoc, InCampaign, Where, Yes
from leadsync.cli.table import Heading
from leadsync.core.errors import InputError
from leadsync.core.wording import plural

MANY_TAGS = 1000

app = Commands("List tags, put them on leads and take them off")
Tag = Annotated[
    str, typer.Argument(metavar="TAG", help="Several: a,b.", autocompletion=complete_tags)
]


@app.command("list")
def list_tags(ctx: typer.Context, where: Where = "", campaign: InCampaign = "") -> None:
    """List tags with the number of leads that have them

    \b
      leadsync tags list --campaign Inbox
    """
    from leadsync.core.selection import select

    call = invocation(ctx)
    with call.workspace() as workspace:
        chosen = select(workspace, where=where, campaign=campaign)
        counts = workspace.store.value_counts(chosen.filter, "tags", limit=MANY_TAGS)
        found = [(tag, number) for tag, number in counts if tag]
    if call.out.json:
        call.out.docs({"tag": tag, "leads": number} for tag, number in found)
        return
    call.out.table(["tag", Heading("leads", is_number=True)], found)


@app.command("add")
def add_tags(
    ctx: typer.Context,
    tag: Tag,
    leads: LeadTexts = None,
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Put tags on leads

    \b
      leadsync tags add vip ada@lovelace.dev
      leadsync tags add dach --where 'country:DE or country:AT'
    """
    _tag(ctx, tag, leads, where, filter_doc, campaign, adds=True, dry_run=dry_run, yes=yes)


@app.command("rm")
def remove_tags(
    ctx: typer.Context,
    tag: Tag,
    leads: LeadTexts = None,
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Take tags off leads

    \b
      leadsync tags rm cold --where 'tag:cold'
    """
    _tag(ctx, tag, leads, where, filter_doc, campaign, adds=False, dry_run=dry_run, yes=yes)


def _tag(
    ctx: typer.Context,
    tag: str,
    leads: list[str] | None,
    where: str,
    filter_doc: str,
    campaign: str,
    *,
    adds: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    from leadsync.core.leads.editing import tag_leads

    call = invocation(ctx)
    tags = [word.strip() for word in tag.split(",") if word.strip()]
    if not tags:
        raise InputError("no tag is named", next_step="as in: vip, or several: vip,cold")
    with call.workspace() as workspace:
        ids = chosen_leads(
            call.out, workspace, leads, where=where, document=filter_doc, campaign=campaign
        )
        if not may_go_on(call.out, "tag" if adds else "untag", len(ids), {"changed": 0},
                         dry_run=dry_run, yes=yes):  # fmt: skip
            raise typer.Exit
        count = tag_leads(workspace, ids, add=tags if adds else (), drop=() if adds else tags)
    call.out.done({"changed": count}, f"{plural(count, 'lead')} changed")
