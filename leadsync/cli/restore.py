"""`leadsync restore`: a backup in the place of the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import DryRun, Yes
from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.restoring import Restored

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
    are; who was erased or suppressed since the backup stays so. On a terminal it asks first;
    elsewhere --yes is needed.

    \b
      leadsync restore leads-2026-11-24.backup --dry-run
      leadsync restore leads-2026-11-24.backup --yes
    """
    from leadsync.core.config import hide_password
    from leadsync.core.restoring import plan_restore, restore_workspace

    call = invocation(ctx)
    out = call.out
    place = hide_password(call.config.store)
    if dry_run:
        _print(out, plan_restore(file, call.config), place, dry_run=True)
        return
    if not yes:
        plan_restore(file, call.config)  # what cannot be restored is told, not asked about
        if not out.can_ask:
            raise InputError(
                "nobody can be asked here; nothing was changed",
                next_step=f"leadsync restore {file} --dry-run, then with --yes",
            )
        if not out.confirm(f'Replace what is in "{place}"?'):
            return
    _print(out, restore_workspace(file, call.config), place)


def _print(out: Output, done: Restored, place: str, *, dry_run: bool = False) -> None:
    from leadsync.core.models import to_doc
    from leadsync.core.wording import plural

    if out.json:
        kept = str(done.kept) if done.kept else None
        out.doc(to_doc(done) | {"kept": kept, "dryRun": dry_run})
    say = out.line if dry_run and not out.json else out.say
    leads = plural(done.leads, "lead")
    if dry_run:
        say(f'would put {leads} in the place of what is in "{place}"')
    else:
        say(f'restored: {leads} in "{place}"')
    if done.erased:
        people = "1 person" if done.erased == 1 else f"{done.erased:,} people"
        verb = "would be left out" if dry_run else "left out"
        say(f"{verb}: {plural(done.erased_leads, 'lead')} of {people} erased since the backup")
    if done.suppressions:
        verb = "would be kept" if dry_run else "kept"
        entries = "1 entry" if done.suppressions == 1 else f"{done.suppressions:,} entries"
        say(f"{verb}: {entries} of the suppression list that the backup has not")
    for sentence in done.left:
        say(sentence)
    if done.kept:
        say(f'what was there is kept in "{done.kept}"')
