"""A plan, shown, agreed to and carried out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadsync.core.errors import Exit

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.engine.plan import Plan
    from leadsync.core.workspace import Workspace


def carry_out(workspace: Workspace, out: Output, plan: Plan, *, dry_run: bool, yes: bool) -> Exit:
    """Show a plan, ask where it costs and somebody can answer, run it; how the process should end."""
    from leadsync.cli.run_watch import watch
    from leadsync.core.access.rights import Right
    from leadsync.core.engine.plan_text import plan_lines
    from leadsync.core.engine.running import drive
    from leadsync.core.engine.starting import start_run
    from leadsync.core.models import RunState
    from leadsync.core.sync.armed_tables import armed_after

    armed = [table.title for table in armed_after(workspace)] if plan.cells else []
    doc = {**plan.to_doc(), "armed": armed}
    if out.json and (dry_run or not plan.cells):
        out.doc(doc)
    elif out.json:
        out.doc({"event": "plan", **doc})
    else:
        for line in plan_lines(plan):
            (out.line if dry_run else out.say)(line)
        for title in armed:
            (out.line if dry_run else out.say)(f"  afterwards pushed to {title} (armed)")
    if dry_run:
        return Exit.DONE
    if not plan.cells:
        out.say("nothing to do")
        return Exit.DONE
    costs = (plan.to_ask and plan.max_usd_micros != 0) or plan.hands_over
    if costs and out.can_ask and not yes and not out.confirm(f"Run {plan.to_ask:,} cells?"):
        return Exit.DONE
    run = start_run(workspace, plan, actor=workspace.actor)
    result = watch(out, plan.cells, partial(drive, workspace, run.id))
    if result.state is RunState.STOPPED:
        workspace.require(Right.ENRICH)  # nobody stopped it where the login is over: that is told
    return result.exit_code
