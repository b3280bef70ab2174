"""`leadsync why`: the story of a cell."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import ColumnKey

app = Commands()


@app.command()
def why(
    ctx: typer.Context,
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="Id, e-mail or LinkedIn address.")],
    column: ColumnKey,
) -> None:
    """Show where the value of a cell came from

    Who or what wrote it and when; for a running column also the prompt as sent, the model, the
    inputs, the answer, tokens, price and run; and earlier values.

    \b
      leadsync why ada@lovelace.dev pitch
    """
    from leadsync.core.leads.finding import find_lead
    from leadsync.core.provenance import explain
    from leadsync.core.story_text import story_lines

    call = invocation(ctx)
    with call.workspace() as workspace:
        story = explain(workspace, find_lead(workspace, lead), column)
        if call.out.json:
            call.out.doc(story.to_doc())
        else:
            for line in story_lines(story):
                call.out.line(line)
