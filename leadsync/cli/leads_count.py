"""`leadsync leads count`: how many, and how they spread over a field."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.completion import complete_column
from leadsync.cli.options import FilterDoc, InCampaign, InView, Where
from leadsync.cli.table import Heading


def count_leads(
    ctx: typer.Context,
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    view: InView = "",
    by: Annotated[
        str, typer.Option("--by", metavar="FIELD", help="By value.", autocompletion=complete_column)
    ] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Most frequent values.")] = 20,
) -> None:
    """Count leads, all of them or by the values of a field

    \b
      leadsync leads count --where 'pitch:empty'
      leadsync leads count --by country
    """
    from leadsync.core.selection import select

    call = invocation(ctx)
    with call.workspace() as workspace:
        chosen = select(workspace, where=where, document=filter_doc, campaign=campaign, view=view)
        if not by:
            number = workspace.store.count(chosen.filter)
            call.out.doc({"leads": number}) if call.out.json else call.out.line(f"{number}")
            return
        field = workspace.store.catalog().resolve(by).key
        counts = workspace.store.value_counts(chosen.filter, field, limit=limit)
    if call.out.json:
        call.out.docs({field: value, "leads": number} for value, number in counts)
    else:
        heads = [field, Heading("leads", is_number=True)]
        call.out.table(heads, (("(blank)" if v is None else v, n) for v, n in counts))


def register(app: typer.Typer) -> None:
    """Hang this command on `leadsync leads`."""
    app.command("count")(count_leads)
