"""`leadsync costs`: what requests have cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.table import Heading
from leadsync.core.engine.costs import CostsBy

if TYPE_CHECKING:
    from leadsync.core.engine.costs import CostLine

app = Commands()


@app.command()
def costs(
    ctx: typer.Context,
    by: Annotated[CostsBy, typer.Option("--by", help="What to sum up by.")] = CostsBy.COLUMN,
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="Only from this day (UTC) on.")
    ] = "",
) -> None:
    """Show what requests have cost, beside what plans said

    \b
      leadsync costs --by run
      leadsync costs --by day --since 2026-11-01
    """
    from leadsync.core.engine.costs import PLANNED_BY, cost_report
    from leadsync.core.engine.plan_text import show_units
    from leadsync.core.models import to_doc
    from leadsync.core.money import show_usd

    call = invocation(ctx)
    with call.workspace() as workspace:
        lines = cost_report(workspace, by, since=_day(since))
    if call.out.json:
        call.out.docs(to_doc(line) for line in lines)
        return
    is_planned = by in PLANNED_BY
    call.out.table(
        [str(by), Heading("calls", is_number=True), Heading("cost", is_number=True),
         Heading("maybe", is_number=True), Heading("no price", is_number=True), "counted",
         *(["planned"] if is_planned else [])],
        (
            (line.name, line.calls, show_usd(line.cost_usd_micros),
             _maybe(line), line.unpriced,
             show_units(line.units), *([_planned(line)] if is_planned else []))
            for line in lines
        ),
    )  # fmt: skip
    if not lines:
        call.out.say("nothing was asked yet")


def _maybe(line: CostLine) -> str:
    """What lost answers may have cost."""
    from leadsync.core.money import show_usd

    known = show_usd(line.at_most_usd_micros)
    return f"{known} + {line.lost_unpriced} of unknown price" if line.lost_unpriced else known


def _planned(line: CostLine) -> str:
    from leadsync.core.engine.plan_text import show_range

    if line.min_usd_micros is None:
        return ""
    return show_range(line.min_usd_micros, line.max_usd_micros)


def _day(text: str) -> str:
    from datetime import date

    from leadsync.core.errors import InputError

    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InputError(f'"{text}" is no day', next_step="write it as 2026-11-01") from error
