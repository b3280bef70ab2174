"""`leadsync load`: an empty store out of a dump."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import DryRun

app = Commands()


@app.command()
def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dump; -: standard input.")],
    dry_run: DryRun = False,
) -> None:
    """Fill an empty store from a dump

    A store that holds anything is left alone. All of the dump is loaded, or nothing.

    \b
      leadsync load leads.jsonl --store mongodb://localhost/team
    """
    from leadsync.core.dump_file import read_dump
    from leadsync.core.restoring import count_dump

    call = invocation(ctx)
    with call.workspace(create=True) as workspace:
        if dry_run:
            leads = count_dump(file, workspace.store)
            if call.out.json:
                call.out.doc({"dryRun": True, "leads": leads})
            else:
                call.out.line(f"would load {leads:,} leads")
            raise typer.Exit
        count = workspace.store.load(read_dump(file))
        leads = workspace.store.count({})
    if call.out.json:
        call.out.doc({"records": count, "leads": leads})
    call.out.say(f"{count:,} records loaded, {leads:,} leads among them")
