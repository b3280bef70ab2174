"""`leadsync history`: what was done, by whom and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.table import Heading

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.workspace import Workspace

app = Commands()


@app.command()
def history(
    ctx: typer.Context,
    lead: Annotated[str, typer.Argument(metavar="[LEAD]", help="Of this lead only.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="0: all of it.")] = 20,
) -> None:
    """List what was done, newest first

    With a lead: every change of every cell of it, oldest first.

    \b
      leadsync history
      leadsync history ada@lovelace.dev
    """
    call = invocation(ctx)
    with call.workspace() as workspace:
        if lead:
            _print_lead(workspace, call.out, lead)
        else:
            _print_units(workspace, call.out, limit or None)


def _print_units(workspace: Workspace, out: Output, limit: int | None) -> None:
    from leadsync.core.history import describe, list_units
    from leadsync.core.models import to_doc

    units = list_units(workspace.store, limit)
    if out.json:
        out.docs(to_doc(unit) for unit in units)
        return
    out.table(
        [Heading("unit", is_number=True), "when", "who", "what", "state"],
        ((u.id, u.at[:19], u.actor, describe(u), "undone" if u.undone_by else "") for u in units),
    )
    if not units:
        out.say("nothing was done yet")


def _print_lead(workspace: Workspace, out: Output, lead: str) -> None:
    from leadsync.core.history import lead_history
    from leadsync.core.leads.finding import find_lead
    from leadsync.core.models import to_doc

    lines = lead_history(workspace, find_lead(workspace, lead))
    if out.json:
        out.docs(to_doc(line) for line in lines)
        return
    out.table(
        [Heading("unit", is_number=True), "when", "who", "field", "before", "after", "by", "state"],
        (
            (h.unit_id, h.at[:19], h.actor, h.field, h.before, h.after, h.label,
             "undone" if h.is_undone else "")
            for h in lines
        ),
    )  # fmt: skip
