"""`leadsync redo`: what was undone last, brought back."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import Yes

app = Commands()


@app.command()
def redo(
    ctx: typer.Context,
    unit: Annotated[
        int | None, typer.Argument(metavar="[UNIT]", help="Number in leadsync history.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Bring back what was undone last

    It never asks; --yes is taken as leadsync undo takes it.

    \b
      leadsync redo
      leadsync redo 12
    """
    from leadsync.core import history

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = history.redo(workspace, unit)
        if call.out.json:
            call.out.doc({"redone": found.id})
        call.out.say(f"brought back {found.id}: {history.describe(found)}")
