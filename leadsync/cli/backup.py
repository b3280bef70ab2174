"""`leadsync backup`: a copy of the store in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation

app = Commands()


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
) -> None:
    """Write a copy of the store to a file

    Others may go on working meanwhile. The copy holds everything but your keys.

    \b
      leadsync backup leads-2026-11-24.backup
    """
    from leadsync.core.backups import back_up

    call = invocation(ctx)
    with call.workspace() as workspace:
        back_up(workspace, file)
        leads = workspace.store.count({})
    if call.out.json:
        call.out.doc({"file": str(file), "bytes": file.stat().st_size, "leads": leads})
    call.out.say(f'backed up to "{file}" ({file.stat().st_size:,} bytes, {leads:,} leads)')
