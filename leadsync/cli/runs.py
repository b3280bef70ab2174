"""`leadsync runs`: what runs did, and stopping and resuming them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.completion import complete_column, complete_run
from leadsync.cli.options import Yes
from leadsync.cli.table import Heading

app = Commands("List, show, stop and resume runs, and list what failed")
OfColumn = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="KEY", help="Only of this one; repeatable.",
        autocompletion=complete_column,
    ),
]  # fmt: skip
RunNumber = Annotated[
    int,
    typer.Argument(
        metavar="RUN", help="Number in leadsync runs list.", autocompletion=complete_run
    ),
]


@app.command("list")
def list_runs(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="0: all of them.")] = 20,
) -> None:
    """List runs, newest first

    \b
      leadsync runs list
    """
    from leadsync.core.engine.plan_text import show_spent
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = sorted(workspace.store.runs(), key=lambda run: -run.id)[: limit or None]
        keys = {c.id: c.key for c in workspace.store.columns()}
    if call.out.json:
        call.out.docs(to_doc(run) for run in found)
        return
    call.out.table(
        [Heading("run", is_number=True), "state", "columns", Heading("cells", is_number=True),
         Heading("done", is_number=True), Heading("cost", is_number=True), "started", "filter"],
        (
            (r.id, r.state, ", ".join(keys.get(i, f"removed {i}") for i in r.column_ids), r.planned,
             sum(r.counts.values()), show_spent(r), r.started_at[:19], r.filter)
            for r in found
        ),
    )  # fmt: skip
    if not found:
        call.out.say("there were no runs yet: leadsync enrich --column KEY")


@app.command("show")
def show_run(ctx: typer.Context, run: RunNumber) -> None:
    """Show what a run did: counts, cost, errors by cause, what is left

    \b
      leadsync runs show 3
    """
    from leadsync.core.engine.plan_text import result_lines
    from leadsync.core.engine.results import result_of

    call = invocation(ctx)
    with call.workspace() as workspace:
        result = result_of(workspace, run)
    if call.out.json:
        call.out.doc(result.to_doc())
    else:
        for line in result_lines(result):
            call.out.line(line)


@app.command("stop")
def stop_run(ctx: typer.Context, run: RunNumber) -> None:
    """Ask the process that drives a run to stop; it sees that within a second

    \b
      leadsync runs stop 3
    """
    from leadsync.core.engine.results import result_of
    from leadsync.core.engine.running import request_stop

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = request_stop(workspace, run)
        remedy = result_of(workspace, run).remedy
    if found.stop_requested and found.state == "running":
        call.out.say(f"run {run} is asked to stop; leadsync runs resume {run} does the rest")
        return
    rest = "; ".join(part for part in (found.reason, remedy) if part)
    call.out.say(
        f"nobody works on run {run}, so nothing is left to stop: it is {found.state}"
        f"{f' ({rest})' if rest else ''}"
    )


@app.command("resume")
def resume_run(
    ctx: typer.Context,
    run: RunNumber,
    max_cost: Annotated[
        str | None,
        typer.Option("--max-cost", metavar="USD", help="A new cap for all of the run."),
    ] = None,
    yes: Yes = False,
) -> None:
    """Do exactly the rest of a run that was stopped or held, or whose process died

    \b
      leadsync runs resume 3
      leadsync runs resume 3 --max-cost 10
    """
    from leadsync.cli.run_watch import watch
    from leadsync.core.engine.results import result_of
    from leadsync.core.engine.running import resume
    from leadsync.core.money import parse_usd
    from leadsync.core.wording import plural

    cap = parse_usd(max_cost, "--max-cost") if max_cost is not None else None
    call = invocation(ctx)
    out = call.out
    with call.workspace() as workspace:
        left = result_of(workspace, run).left
        out.say(f"run {run}: {plural(left, 'cell')} left")
        if left and out.can_ask and not yes and not out.confirm("Go on?"):
            raise typer.Exit
        rest = partial(resume, workspace, run, max_cost_usd_micros=cap)
        raise typer.Exit(watch(out, left, rest).exit_code)


@app.command("errors")
def list_run_errors(ctx: typer.Context, column: OfColumn = None) -> None:
    """List why cells failed, of all runs: causes with counts, an example, what to do

    \b
      leadsync runs errors
      leadsync enrich --column pitch --scope failed --reason throttled
    """
    from leadsync.core.engine.failures import list_errors
    from leadsync.core.engine.plan_text import error_lines
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = list_errors(workspace, column or ())
    if call.out.json:
        call.out.docs(
            {"column": part.column_key, **to_doc(group)} for part in found for group in part.groups
        )
        return
    for part in found:
        call.out.line(part.column_key)
        for group in part.groups:
            for line in error_lines(group):
                call.out.line(line)
    if not found:
        call.out.say("no cell has failed")


@app.command("unknown")
def list_run_unknown(ctx: typer.Context, column: OfColumn = None) -> None:
    """List cells whose request was sent and never answered: maybe billed

    \b
      leadsync runs unknown
      leadsync enrich --column pitch --scope failed --reason unknown
    """
    from leadsync.core.engine.failures import list_unknown
    from leadsync.core.models import to_doc
    from leadsync.core.money import show_usd

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = list_unknown(workspace, column or ())
    if call.out.json:
        call.out.docs(to_doc(cell) for cell in found)
        return
    call.out.table(
        ["column", Heading("lead", is_number=True), Heading("at most", is_number=True), "calls",
         "when", "what happened"],
        (
            (c.column_key, c.lead_id,
             "price unknown" if c.at_most_usd_micros is None else show_usd(c.at_most_usd_micros),
             ", ".join(str(i) for i in c.call_ids), c.at[:19], c.detail)
            for c in found
        ),
    )  # fmt: skip
    if not found:
        call.out.say("every request that was sent has its answer")
