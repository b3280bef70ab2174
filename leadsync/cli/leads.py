"""`leadsync leads`: looking at leads, and writing them by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli import leads_bulk, leads_count, leads_dupes, leads_form
from leadsync.cli.commands import Commands, invocation
from leadsync.cli.lead_table import lead_doc, print_leads
from leadsync.cli.options import Columns, FilterDoc, InCampaign, InView, SortBy, Where
from leadsync.cli.table import Heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.models import Doc
    from leadsync.core.workspace import Workspace

DEFAULT_LIMIT = 50

app = Commands("List, show, add, edit, remove, restore and merge leads")
LeadText = Annotated[str, typer.Argument(metavar="LEAD", help="Id, e-mail or LinkedIn address.")]


@app.command("list")
def list_leads(
    ctx: typer.Context,
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    view: InView = "",
    columns: Columns = "",
    sort: SortBy = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="0: all of them.")] = (
        DEFAULT_LIMIT
    ),
    trash: Annotated[bool, typer.Option("--trash", help="Leads in the trash instead.")] = False,
) -> None:
    """List leads

    Shows the fields that have values, or those of a view or of --columns. --json prints whole
    leads, or with --columns or --view an object with just these fields under these names.

    \b
      leadsync leads list --where 'title:"head of" country:DE' --sort company
      leadsync leads list --campaign Inbox --columns email,company --limit 0
    """
    from leadsync.core.selection import select

    call = invocation(ctx)
    with call.workspace() as workspace:
        chosen = select(workspace, where=where, document=filter_doc, campaign=campaign,
                        view=view, sort=sort or ())  # fmt: skip
        print_leads(workspace, call.out, chosen, columns, limit=limit or None, trashed=trash)


@app.command("show")
def show_lead(ctx: typer.Context, lead: LeadText) -> None:
    """Show every field of a lead

    \b
      leadsync leads show 4711
      leadsync leads show ada@lovelace.dev --json
    """
    from leadsync.core.leads.finding import find_lead

    call = invocation(ctx)
    with call.workspace() as workspace:
        lead_id = find_lead(workspace, lead)
        if call.out.json:
            call.out.doc(lead_doc(workspace, lead_id))
        else:
            heads = ["field", Heading("value", wraps=True), Heading("state", wraps=True)]
            call.out.table(heads, _lines(workspace, lead_id))


def _lines(workspace: Workspace, lead_id: int) -> Iterator[tuple[str, object, str]]:
    doc: Doc = lead_doc(workspace, lead_id)
    cells: Doc = doc.pop("customFields")
    states: Doc = doc.pop("states")
    for name, value in (doc | cells).items():
        if value is not None and value != []:
            yield name, value, ", ".join(states.get(name, ()))


for part in (leads_form, leads_bulk, leads_count, leads_dupes):
    part.register(app)
