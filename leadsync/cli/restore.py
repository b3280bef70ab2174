"""`leadsync restore`: a backup in the place of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import DryRun, Yes

app = Commands()


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup, or a dump.")],
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Put a backup in the place of the store

    What the store held is kept in a dated file beside it. Users, logins and tokens stay as they
    are. On a terminal it asks first.

    \b
      leadsync restore leads-2026-11-24.backup --dry-run
      leadsync restore leads-2026-11-24.backup
    """
    from leadsync.core.config import hide_password
    from leadsync.core.restoring import count_backup, restore_workspace

    call = invocation(ctx)
    out = call.out
    place = hide_password(call.config.store)
    if dry_run:
        leads = count_backup(file, into_practice=call.config.is_practice)
        if out.json:
            out.doc({"dryRun": True, "leads": leads})
        else:
            out.line(f'would put {leads:,} leads in the place of what is in "{place}"')
        raise typer.Exit
    if out.can_ask and not yes and not out.confirm(f'Replace what is in "{place}"?'):
        raise typer.Exit
    done = restore_workspace(file, call.config)
    if out.json:
        kept = str(done.kept) if done.kept else None
        out.doc({"leads": done.leads, "kept": kept, "erased": done.erased})
    out.say(f'restored: {done.leads:,} leads in "{place}"')
    if done.erased:
        out.say(f"left out: {done.erased:,} of those who were erased since")
    if done.kept:
        out.say(f'what was there is kept in "{done.kept}"')
