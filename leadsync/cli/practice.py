"""`leadsync practice`: the copy that `--practice` works on, and what has no place in it."""

from __future__ import annotations

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import DryRun, Yes
from leadsync.core.errors import InputError

app = Commands("Show or remove the copy that --practice works on")

_FOR_REAL = "leave --practice out to do it for real"
REFUSED = {
    "config set": ("settings are those of your workspace", _FOR_REAL),
    "config unset": ("settings are those of your workspace", _FOR_REAL),
    "demo": ("the demo has a workspace of its own", "leadsync demo"),
    "keys set": ("no key is needed and none is read", _FOR_REAL),
    "keys rm": ("no key is needed and none is read", _FOR_REAL),
    "login": ("the copy is open to you alone", _FOR_REAL),
    "logout": ("the copy is open to you alone", _FOR_REAL),
    "users": ("the copy is open to you alone", _FOR_REAL),
    "tokens": ("the copy is open to you alone", _FOR_REAL),
    "practice": ("it is about the copy, not in it", "leadsync practice show"),
    "pull": ("there is nothing outside to read", _FOR_REAL),
    "push": ("nothing is pushed anywhere", "leadsync export shows what would go"),
    "serve": ("nobody can call back", _FOR_REAL),
}
"""Commands that would leave the copy: why they have no place in practice, and what to do."""


def begin_practice(command_path: str) -> None:
    """Say that this is practice, and refuse a command that has no place there.

    Raises:
        InputError: says why, and what to do.
    """
    from leadsync.cli.output import print_talk
    from leadsync.core.practice.marks import LINE

    print_talk(LINE)
    words = command_path.removeprefix("leadsync ").strip()
    for name, (why, next_step) in REFUSED.items():
        if words == name or words.startswith(f"{name} "):
            raise InputError(f'"{words}" has no place in practice: {why}', next_step=next_step)


@app.command()
def show(ctx: typer.Context) -> None:
    """Show where the practice copy is, and since when

    Writes nothing: the copy is made by the first command with --practice.

    \b
      leadsync practice show
      leadsync practice show --json
    """
    from leadsync.core.practice.workspace import find_practice

    call = invocation(ctx)
    found = find_practice(call.config)
    if call.out.json:
        call.out.doc(found.to_doc())
        return
    if not found.made_at:
        call.out.line("there is no practice copy yet: any command with --practice makes one")
        return
    what = "invented people" if found.is_sample else f"a copy of {found.source}"
    call.out.line(f"{what}, made at {found.made_at}")
    call.out.line(str(found.folder))


@app.command()
def reset(ctx: typer.Context, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove the practice copy, so that --practice begins anew

    Takes away the copy, its history and its logs, after a question where a terminal can be asked.
    Your workspace is not touched. The next command with --practice copies it as it is then.

    \b
      leadsync practice reset
      leadsync practice reset --dry-run
    """
    from leadsync.core.practice.workspace import find_practice, reset_practice

    call = invocation(ctx)
    found = find_practice(call.config)
    is_there = found.is_there
    if is_there and not dry_run:
        if call.out.can_ask and not yes and not call.out.confirm(f'Remove "{found.folder}"?'):
            raise typer.Exit
        reset_practice(call.config)
    if call.out.json:
        call.out.doc({**found.to_doc(), "removed": is_there and not dry_run})
    if not is_there:
        call.out.say("there is no practice copy")
    else:
        call.out.say(f"the practice copy {'would be' if dry_run else 'is'} removed")
