"""`leadsync enrich`: running columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.carry_out import carry_out
from leadsync.cli.commands import Commands, invocation
from leadsync.cli.completion import complete_column
from leadsync.cli.options import DryRun, FilterDoc, InCampaign, InView, Where, Yes
from leadsync.cli.table import Heading
from leadsync.core.engine.cells import Scope
from leadsync.core.models import Reason

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.engine.plan import Plan
    from leadsync.core.workspace import Workspace

app = Commands()

SAMPLE_CHARS = 500  # of a cell: a text is whole, and a provider's whole answer is not


@app.command()
def enrich(
    ctx: typer.Context,
    column: Annotated[
        list[str],
        typer.Option("--column", metavar="KEY", help="Repeatable.", autocompletion=complete_column),
    ],
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    view: InView = "",
    scope: Annotated[
        Scope, typer.Option("--scope", help="default: empty, stale and failed cells.")
    ] = Scope.DEFAULT,
    reason: Annotated[
        Reason | None,
        typer.Option("--reason", metavar="WORD", help="With --scope failed: only such failures."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="At most so many leads.")
    ] = None,
    max_cost: Annotated[
        str | None, typer.Option("--max-cost", metavar="USD", help="The run never spends more.")
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            max=256,
            help="Requests at once; else 8, or up to 32 where a known limit needs them.",
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=1, help="Only so many leads, spread over all; shows texts."),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Ask anew where an earlier answer would serve.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Fill the cells of a column that are empty, stale or failed

    Shows rows, price range and cap, and asks before it sends anything that costs; without a
    terminal it does not ask. Ctrl-C stops: no new request leaves, and runs resume does the rest.

    \b
      leadsync enrich --column pitch --where 'title:"head of"'
      leadsync enrich --column outreach --yes --max-cost 5      (cron)
      leadsync enrich --column pitch --scope failed --reason throttled
      leadsync enrich --column pitch --sample 3
    """
    from leadsync.core.engine.planning import make_plan
    from leadsync.core.engine.sampling import sample_leads
    from leadsync.core.money import parse_usd
    from leadsync.core.selection import select

    call = invocation(ctx)
    cap = (
        parse_usd(max_cost, "--max-cost")
        if max_cost is not None
        else call.config.max_cost_usd_micros
    )
    with call.workspace() as workspace:
        chosen = select(workspace, where=where, document=filter_doc, campaign=campaign, view=view)
        plan_of = partial(
            make_plan, workspace, column, filter_text=chosen.text, scope=scope, reason=reason,
            limit=limit, max_cost_usd_micros=cap, concurrency=concurrency, no_cache=no_cache,
        )  # fmt: skip
        plan = plan_of(filter_doc=chosen.filter)
        if sample is not None:
            plan = plan_of(filter_doc={"id": {"$in": sample_leads(plan, sample)}})
        code = carry_out(workspace, call.out, plan, dry_run=dry_run, yes=yes)
        if sample is not None and not dry_run and not call.out.json:
            _show_sample(workspace, call.out, plan)
        raise typer.Exit(code)


def _show_sample(workspace: Workspace, out: Output, plan: Plan) -> None:
    """What the cells of a sample hold now, a row a lead."""
    from leadsync.core.values import show

    keys = [k for p in plan.columns for k in (list(p.column.outputs.values()) or [p.column.key])]
    leads = sorted({lead_id for part in plan.columns for lead_id in part.leads})
    rows = workspace.store.rows(leads, ["id", *keys])
    cut = (
        tuple(f"{cell[:SAMPLE_CHARS]}…" if len(cell) > SAMPLE_CHARS else cell for cell in row)
        for row in ((show(cell) for cell in row) for row in rows)
    )
    out.table([Heading("lead", is_number=True), *keys], cut)
    out.say("the rest: the same without --sample")
