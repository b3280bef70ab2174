"""Leads on their way through the gate of a column, while a plan is made."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from leadsync.core.engine.cells import Skip
from leadsync.core.engine.gate import OVER_CAP, LeftOut, Step
from leadsync.core.models import Status

if TYPE_CHECKING:
    from leadsync.core.engine.cells import LeadCells, Subject, Verdict
    from leadsync.core.engine.gate import Gate
    from leadsync.core.engine.plan import ColumnPlan
    from leadsync.core.models import CellState


def pass_gate(gate: Gate, subject: Subject, lead: LeadCells) -> Verdict:
    """Whether a lead goes through the gate; one that the place has as it is does not."""
    step = gate.step(lead)
    if isinstance(step, LeftOut):
        return step
    if step is Step.UNCHANGED and _is_current(lead.states.get(subject.column.id)):
        gate.forget(lead.lead_id)
        return gate.kept_out(lead.lead_id) or Skip.FRESH
    return "run"


def _is_current(state: CellState | None) -> bool:
    """Whether a cell tells what the place has; queued ones of a run that ended early count, too."""
    if state is None or state.stale:
        return False
    return Status.SUCCESS in (state.status, (state.settled or (None,))[0])


def close_gate(gate: Gate | None, part: ColumnPlan) -> None:
    """Leave out who is one too many of a company, and count what the rest will do."""
    if gate is None:
        return
    over = gate.over_caps()
    if over:
        part.left_out[OVER_CAP] += len(over)
        part.leads = array("q", (lead_id for lead_id in part.leads if lead_id not in over))
    part.left_out += gate.all_kept_out()
    part.sends, part.verdicts, part.stale = gate.counts(), gate.verdicts, gate.stale()
