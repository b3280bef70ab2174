"""`leadsync columns steps`: what the steps of a waterfall found and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.options import ColumnKey

if TYPE_CHECKING:
    from leadsync.cli.commands import Commands
    from leadsync.core.engine.step_statistics import StepStatistics


def show_steps(ctx: typer.Context, column: ColumnKey) -> None:
    """Show how often each step of a waterfall was asked, hit and accepted, and at what cost

    Of the cells that stand now. The cost is what the calls cost when they were sent, with the
    checks that followed them; an answer that served several leads counts once.

    \b
      leadsync columns steps work_email
    """
    from leadsync.core.engine.step_statistics import step_statistics

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = step_statistics(workspace, column)
    if call.out.json:
        call.out.docs(one.to_doc() for one in found)
        return
    call.out.table(
        ["step", "kind", "asked", "hit", "accepted", "cost", "per accepted"],
        ((s.step, s.kind, s.asked, s.hit, s.accepted, _cost(s), _each(s)) for s in found),
    )
    if not found:
        call.out.say(f"no cell of {column} tells of steps")


def _cost(one: StepStatistics) -> str:
    from leadsync.core.engine.plan_text import show_units
    from leadsync.core.money import show_usd

    if one.cost_usd_micros is not None:
        return show_usd(one.cost_usd_micros)
    return show_units(one.units) or show_usd(None)


def _each(one: StepStatistics) -> str:
    from leadsync.core.money import show_usd

    each = one.per_accepted_usd_micros
    return "" if each is None else show_usd(each)


def register(app: Commands) -> None:
    """Add the command to `leadsync columns`."""
    app.command("steps")(show_steps)
