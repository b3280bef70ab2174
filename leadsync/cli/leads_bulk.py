"""`leadsync leads rm`, `restore` and `move`: where leads are."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.completion import complete_campaign
from leadsync.cli.lead_choice import LeadTexts, chosen_leads, may_go_on
from leadsync.cli.options import DryRun, FilterDoc, InCampaign, InView, Where, Yes
from leadsync.core.wording import plural


def remove_leads(
    ctx: typer.Context,
    leads: LeadTexts = None,
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    view: InView = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Put leads in the trash

    They can be restored, and they do not block an import of the same people.

    \b
      leadsync leads rm 4711
      leadsync leads rm --where 'tag:bounced' --dry-run
    """
    from leadsync.core.leads.editing import trash_leads

    call = invocation(ctx)
    with call.workspace() as workspace:
        ids = chosen_leads(call.out, workspace, leads, where=where, document=filter_doc,
                           campaign=campaign, view=view)  # fmt: skip
        if not may_go_on(call.out, "remove", len(ids), {"trashed": 0}, dry_run=dry_run, yes=yes):
            raise typer.Exit
        count = trash_leads(workspace, ids)
    call.out.done(
        {"trashed": count}, f"{plural(count, 'lead')} put in the trash; leadsync undo takes it back"
    )


def restore_leads(
    ctx: typer.Context,
    leads: LeadTexts = None,
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Take leads out of the trash

    \b
      leadsync leads list --trash
      leadsync leads restore 4711
    """
    from leadsync.core.leads.editing import restore_leads

    call = invocation(ctx)
    with call.workspace() as workspace:
        ids = chosen_leads(call.out, workspace, leads, where=where, document=filter_doc,
                           campaign=campaign, trashed=True)  # fmt: skip
        if not may_go_on(call.out, "restore", len(ids), {"restored": 0}, dry_run=dry_run, yes=yes):
            raise typer.Exit
        count = restore_leads(workspace, ids)
    call.out.done({"restored": count}, f"{plural(count, 'lead')} restored")


def move_leads(
    ctx: typer.Context,
    leads: LeadTexts = None,
    to: Annotated[
        str,
        typer.Option(metavar="CAMPAIGN", help="Made if missing.", autocompletion=complete_campaign),
    ] = "",
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Move leads to another campaign

    \b
      leadsync leads move --where 'country:DE' --to "Q4 DACH"
    """
    from leadsync.core.campaigns import archived_note
    from leadsync.core.errors import InputError
    from leadsync.core.leads.editing import move_leads

    if not to:
        raise InputError("where to is not said", next_step="--to CAMPAIGN")
    call = invocation(ctx)
    with call.workspace() as workspace:
        ids = chosen_leads(
            call.out, workspace, leads, where=where, document=filter_doc, campaign=campaign
        )
        if not may_go_on(call.out, "move", len(ids), {"moved": 0}, dry_run=dry_run, yes=yes):
            raise typer.Exit
        count = move_leads(workspace, ids, to)
        home = workspace.campaign(to)
    call.out.done({"moved": count}, f'{plural(count, "lead")} moved to "{home.name}"')
    if note := archived_note(home):
        call.out.warn(note)


def register(app: typer.Typer) -> None:
    """Hang these commands on `leadsync leads`."""
    app.command("rm")(remove_leads)
    app.command("restore")(restore_leads)
    app.command("move")(move_leads)
