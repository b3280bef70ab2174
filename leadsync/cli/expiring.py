"""`leadsync expire`: leads whose time is over."""

from __future__ import annotations

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import DryRun, Yes
from leadsync.core.errors import InputError
from leadsync.core.wording import plural

app = Commands()


@app.command()
def expire(ctx: typer.Context, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove leads for good that their campaign keeps no longer

    A campaign with --retention-days keeps leads for so long after their last change: an import, an
    edit or an answer of a run. One without it keeps its leads. Undo does not bring them back. On a terminal it asks first; elsewhere, as in cron, --yes is needed.

    \b
      leadsync expire --dry-run
      leadsync expire --yes
    """
    from leadsync.core.erasure.erased_text import expiry_lines
    from leadsync.core.erasure.retention import expire
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    if not (dry_run or yes or call.out.can_ask):
        raise InputError(
            "nobody can be asked here; nothing was removed",
            next_step="leadsync expire --dry-run, then with --yes",
        )
    with call.workspace() as workspace:
        done = expire(workspace, dry_run=True)
        leads = sum(expiry.leads for expiry in done)
        if leads and not dry_run:
            question = f"Remove {plural(leads, 'lead')} for good?"
            if not yes and not call.out.confirm(question):
                return
            done = expire(workspace)
    if call.out.json:
        call.out.docs(to_doc(expiry) | {"dryRun": dry_run} for expiry in done)
        return
    for line in expiry_lines(done, dry_run=dry_run):
        call.out.line(line)
    if not done:
        call.out.say("no campaign has a time: leadsync campaigns set NAME --retention-days 365")
