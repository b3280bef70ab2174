"""Pushes into tables and pulls from them as JSON; rows are numbered as people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.models import Doc
    from leadsync.core.sync.table_pull import PulledCell, PullPlan
    from leadsync.core.sync.table_push import CellChange, PushPlan
    from leadsync.core.sync.table_rows import TableNow
    from leadsync.core.sync.tables import Table


def push_doc(plan: PushPlan, table: Table) -> Doc:
    """A push as JSON."""
    return {
        "table": table.ledger,
        "adds": list(plan.adds),
        "changes": [_change_doc(change) for change in plan.changes],
        "conflicts": [_change_doc(change) for change in plan.conflicts],
        "newColumns": [column.header for column in plan.new_columns],
        "unchanged": plan.unchanged,
        "changedThere": plan.theirs,
        "formulas": plan.formulas,
        "suppressed": plan.suppressed,
        "removedThere": plan.removed,
        "cut": len(plan.cuts),
        "cutCells": [{"leadId": lead_id, "column": key} for lead_id, key in plan.cuts],
        **_rows_doc(plan.now),
    }


def pull_doc(plan: PullPlan, table: Table) -> Doc:
    """A pull as JSON."""
    return {
        "table": table.ledger,
        "taken": [_pulled_doc(cell) for cell in plan.taken],
        "conflicts": [_pulled_doc(cell) for cell in plan.conflicts],
        "keptHere": [_pulled_doc(cell) for cell in plan.kept],
        "refused": [_pulled_doc(cell) | {"why": cell.why} for cell in plan.refused],
        "changedHere": plan.waiting,
        "formulaErrors": plan.errors,
        "unknownRows": [row + 1 for row in plan.unknown],
        **_rows_doc(plan.now),
    }


def _change_doc(change: CellChange) -> Doc:
    return {"leadId": change.lead_id, "row": change.row + 1, "column": change.key,
            "before": change.before, "after": change.after.text}  # fmt: skip


def _pulled_doc(cell: PulledCell) -> Doc:
    return {"leadId": cell.lead_id, "row": cell.row + 1, "column": cell.key,
            "here": cell.here, "there": cell.there}  # fmt: skip


def _rows_doc(now: TableNow) -> Doc:
    return {
        "rowsWithoutId": [row + 1 for row in now.nameless],
        "rowsWithOddId": [row + 1 for row in now.odd_ids],
        "repeatedIds": [[row + 1, first + 1] for row, first in now.repeated],
    }
