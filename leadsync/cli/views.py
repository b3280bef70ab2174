"""`leadsync views`: filters with their order and columns, under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.completion import complete_column
from leadsync.cli.options import Columns, InCampaign, SortBy, ViewName, Where

if TYPE_CHECKING:
    from leadsync.core.models import View

app = Commands("List, save, show and remove saved views")

Frozen = Annotated[
    int, typer.Option("--frozen", metavar="N", min=0, help="First columns that do not scroll.")
]
Hidden = Annotated[
    str,
    typer.Option(
        "--hidden", metavar="A,B", help="Columns to keep without showing them.",
        autocompletion=complete_column,
    ),
]  # fmt: skip


@app.command("list")
def list_views(ctx: typer.Context) -> None:
    """List saved views

    \b
      leadsync views list
    """
    from leadsync.core.models import to_doc
    from leadsync.core.views import list_views

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = list_views(workspace)
        campaigns = {c.id: c.name for c in workspace.store.campaigns()}
        if call.out.json:
            call.out.docs(to_doc(view) for view in found)
            return
        call.out.table(
            ["name", "campaign", "filter", "order", "columns"],
            (
                (v.name, campaigns.get(v.campaign_id or 0, ""), v.filter, v.sort, v.shown)
                for v in found
            ),
        )
        if not found:
            call.out.say("there are no views yet: leadsync views save NAME --where FILTER")


@app.command("save")
def save_view(
    ctx: typer.Context,
    name: ViewName,
    where: Where = "",
    campaign: InCampaign = "",
    sort: SortBy = None,
    columns: Columns = "",
    frozen: Frozen = 1,
    hidden: Hidden = "",
) -> None:
    """Keep a filter, an order and columns under a name

    A width in cells may stand behind a column, for the grid. A view of the same name is replaced;
    leadsync undo brings the old one back.

    \b
      leadsync views save heads --where 'title:"head of"' --sort -created --columns name,email
      leadsync views save wide --columns name:24,title:40,email --frozen 2 --hidden tags
    """
    from leadsync.core.models import to_doc
    from leadsync.core.views import parse_columns, save_view

    call = invocation(ctx)
    named = parse_columns(_listed(columns), frozen=frozen, hidden=_listed(hidden))
    with call.workspace(create=True) as workspace:
        view = save_view(workspace, name, where=where, campaign=campaign, sort=sort or (),
                         columns=named)  # fmt: skip
    if call.out.json:
        call.out.doc(to_doc(view))
    call.out.say(f'view "{view.name}" saved: leadsync leads list --view "{view.name}"')


@app.command("show")
def show_view(ctx: typer.Context, name: ViewName) -> None:
    """Show what a view selects, and how many leads that is

    \b
      leadsync views show heads
    """
    from leadsync.core.models import to_doc
    from leadsync.core.selection import select

    call = invocation(ctx)
    with call.workspace() as workspace:
        chosen = select(workspace, view=name)
        assert chosen.view
        doc = to_doc(chosen.view) | {"leads": workspace.store.count(chosen.filter)}
        if call.out.json:
            call.out.doc(doc)
        else:
            rows = doc | _in_words(chosen.view)
            call.out.table(["", ""], ((key, value) for key, value in rows.items() if value))


@app.command("rm")
def remove_view(ctx: typer.Context, name: ViewName) -> None:
    """Forget a view; no lead changes

    \b
      leadsync views rm heads
    """
    from leadsync.core.models import to_doc
    from leadsync.core.views import remove_view

    call = invocation(ctx)
    with call.workspace() as workspace:
        view = remove_view(workspace, name)
    call.out.done(to_doc(view), f'view "{view.name}" removed; leadsync undo brings it back')


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _in_words(view: View) -> dict[str, Any]:
    """The columns of a view as the options of `views save` name them."""
    from leadsync.core.views import column_text

    return {
        "columns": [column_text(column) for column in view.columns if not column.hidden],
        "frozen": sum(column.frozen for column in view.columns if not column.hidden),
        "hidden": [column_text(column) for column in view.columns if column.hidden],
    }
