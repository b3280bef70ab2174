"""`leadsync erase`: a person, removed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import DryRun, Yes
from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.erasure.erasing import Erased

app = Commands()

Person = Annotated[
    str, typer.Argument(metavar="EMAIL", help="Their e-mail address, or LinkedIn profile.")
]


@app.command()
def erase(ctx: typer.Context, person: Person, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove a person for good, and keep them out

    From leads, history, requests, cache, queue, what was sent and logs, in all campaigns; undo
    does not bring them back. A salted hash stays, by which imports, runs and pushes refuse them.
    On a terminal the address has to be typed again; elsewhere --yes is needed.

    \b
      leadsync erase ada@lovelace.example --dry-run
      leadsync erase ada@lovelace.example --yes
    """
    from leadsync.core.erasure.erasing import erase

    call = invocation(ctx)
    may_erase = yes or call.out.can_ask
    with call.workspace(create=may_erase and not dry_run) as workspace:
        if dry_run or not yes:
            plan = erase(workspace, person, dry_run=True)
            if dry_run:
                _print(call.out, plan)
                return
            if not may_erase:
                raise InputError(
                    "nobody can be asked here; nothing was erased",
                    next_step=f"leadsync erase {person} --dry-run, then with --yes",
                )
            _tell(call.out, plan)
            if call.out.ask(f"Type {person} to erase it for good").strip() != person.strip():
                call.out.say("nothing was changed")
                return
        _print(call.out, erase(workspace, person))


def _print(out: Output, done: Erased) -> None:
    from leadsync.core.erasure.erased_text import advice_lines, erased_lines
    from leadsync.core.models import to_doc

    if out.json:
        files = {name: [to_doc(file) for file in found]
                 for name, found in (("backups", done.backups), ("exports", done.exports))}  # fmt: skip
        out.doc(to_doc(done) | files)
        return
    for line in erased_lines(done):
        out.line(line)
    for line in advice_lines(done):
        out.say(line)


def _tell(out: Output, plan: Erased) -> None:
    """What would go, before the question: talk, whatever is printed afterwards."""
    from leadsync.core.erasure.erased_text import erased_lines

    for line in erased_lines(plan):
        out.say(line)
