"""`leadsync undo`: what was done last, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import DryRun, Yes

if TYPE_CHECKING:
    from leadsync.core.models import UnitRecord

app = Commands()


@app.command()
def undo(
    ctx: typer.Context,
    unit: Annotated[
        int | None, typer.Argument(metavar="[UNIT]", help="Number in leadsync history.")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=1, help="How many, from the newest.")] = 1,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Take back what was done last

    Lists what it would take back and asks. Without a terminal it does not ask. Any unit can be
    taken back, not only the newest; leadsync redo brings it back.

    \b
      leadsync undo
      leadsync undo 12 --yes
    """
    from leadsync.core import history
    from leadsync.core.errors import InputError

    call = invocation(ctx)
    out = call.out
    with call.workspace() as workspace:
        if unit is None:
            found = history.undo_candidates(workspace.store, steps)
        else:
            found = [history.get_unit(workspace.store, unit)]
        if not found:
            raise InputError("there is nothing to undo", next_step="leadsync history")
        for one in found:
            history.check_undo(workspace, one)
        asks = out.can_ask and not yes
        for one in found if dry_run or asks else ():
            out.say(f"{'would take' if dry_run else 'takes'} back {_named(one)}")
        if dry_run:
            if out.json:
                out.doc({"dryRun": True, "units": [one.id for one in found]})
            raise typer.Exit
        if asks and not out.confirm("Take it back?"):
            if out.json:
                out.doc({"undone": []})
            raise typer.Exit
        for one in found:
            history.undo(workspace, one.id)
            out.say(f"took back {_named(one)}")
        undone = [one.id for one in found]
        out.done({"undone": undone}, "done; leadsync redo brings it back")


def _named(unit: UnitRecord) -> str:
    from leadsync.core.history import describe

    return f"{unit.id}: {describe(unit)}"
