"""`leadsync person`: everything that is held on somebody."""

from __future__ import annotations

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.erasing import Person

app = Commands()


@app.command()
def person(ctx: typer.Context, person: Person) -> None:
    """Show everything that is held on a person, and where it came from

    Their leads in all campaigns, each cell with the file, hand, formula or request that it came
    from; history, requests to providers, where they were sent, and whether they are suppressed.
    With --json it is a file that can be handed out.

    \b
      leadsync person ada@lovelace.example
      leadsync person ada@lovelace.example --json
    """
    from leadsync.core.erasure.dossier import find_dossier
    from leadsync.core.erasure.dossier_text import dossier_lines

    call = invocation(ctx)
    with call.workspace() as workspace:
        dossier = find_dossier(workspace, person)
    if call.out.json:
        call.out.doc(dossier.to_doc())
        return
    for line in dossier_lines(dossier):
        call.out.line(line)
