"""`leadsync leads add` and `edit`: cells typed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.completion import complete_campaign, complete_tags
from leadsync.cli.lead_choice import LeadTexts, chosen_leads, may_go_on
from leadsync.cli.lead_table import lead_doc
from leadsync.cli.options import DryRun, FilterDoc, InCampaign, InView, Where, Yes
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.leads.form_fields import FORM
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.cli.output import Output

Set = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="FIELD=VALUE", help="Repeatable; blank clears a cell."),
]


def add_lead(
    ctx: typer.Context,
    cells: Set = None,
    campaign: Annotated[
        str, typer.Option("--campaign", "-c", autocompletion=complete_campaign)
    ] = "Inbox",
    tag: Annotated[str, typer.Option("--tag", metavar="A,B", autocompletion=complete_tags)] = "",
) -> None:
    """Add a lead

    On a terminal and without --set it asks field by field; Enter leaves a field blank.

    \b
      leadsync leads add
      leadsync leads add --set email=ada@lovelace.dev --set company="Analytical Engines"
    """
    from leadsync.core.campaigns import archived_note
    from leadsync.core.leads.editing import add_lead
    from leadsync.core.suppression import covered_note

    call = invocation(ctx)
    tags = [t.strip() for t in tag.split(",") if t.strip()]
    typed = parse_cells(cells or ())
    with call.workspace(create=True) as workspace:
        if typed:
            lead_id = add_lead(workspace, campaign, typed, tags=tags)
        elif call.out.can_ask:
            while True:
                typed = _fill_form(call.out, typed)
                try:
                    lead_id = add_lead(workspace, campaign, typed, tags=tags)
                    break
                except LeadSyncError as error:  # the form stays filled: correct it, or Ctrl-C
                    call.out.warn(error.message)
        else:
            raise InputError("no fields are given", next_step="--set email=ada@lovelace.dev")
        home = workspace.campaign(campaign)
        notes = filter(None, (covered_note(workspace.store, lead_id), archived_note(home)))
        if call.out.json:
            call.out.doc(lead_doc(workspace, lead_id))
    call.out.say(f'lead {lead_id} added to "{home.name}"')
    for note in notes:
        call.out.warn(note)


def edit_leads(
    ctx: typer.Context,
    leads: LeadTexts = None,
    cells: Set = None,
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    view: InView = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Set cells of leads by hand

    Cells of running columns that you fill are locked: runs leave them alone. Clearing one lets
    runs fill it again.

    \b
      leadsync leads edit ada@lovelace.dev --set title="Head of Engines"
      leadsync leads edit --where 'country:Deutschland' --set country=DE --dry-run
    """
    from leadsync.core.leads.editing import edit_leads

    call = invocation(ctx)
    typed = parse_cells(cells or ())
    if not typed:
        raise InputError("nothing is to be set", next_step="--set FIELD=VALUE")
    with call.workspace() as workspace:
        ids = chosen_leads(call.out, workspace, leads, where=where, document=filter_doc,
                           campaign=campaign, view=view)  # fmt: skip
        if not may_go_on(call.out, f"set {', '.join(typed)} of", len(ids),
                         {"leads": len(ids), "changed": 0}, dry_run=dry_run, yes=yes):  # fmt: skip
            raise typer.Exit
        changed = edit_leads(workspace, ids, typed)
    call.out.done({"leads": len(ids), "changed": changed}, f"{plural(changed, 'lead')} changed")


def parse_cells(texts: Sequence[str]) -> dict[str, str]:
    """Cells from `FIELD=VALUE` texts.

    Raises:
        InputError: a text has no `=`, or no field before it.
    """
    cells: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f'--set "{text}" has no value', next_step="write it as FIELD=VALUE")
        cells[name.strip()] = value
    return cells


def _fill_form(out: Output, typed: dict[str, str]) -> dict[str, str]:
    answers = {key: out.ask(label, typed.get(key, "")) for key, label in FORM}
    return {key: value for key, value in answers.items() if value}


def register(app: typer.Typer) -> None:
    """Hang these commands on `leadsync leads`."""
    app.command("add")(add_lead)
    app.command("edit")(edit_leads)
