"""What people changed in a table, back into the store: a three-way compare, cell by cell.

Known are the cell as it was sent last, as it is there, and as it is here. Only what was changed
there alone is taken; what was changed on both sides is listed, and left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.leads.block_edits import edit_block, unfit_cells
from leadsync.core.models import OWN_FIELDS, WRITABLE_OWN_FIELDS
from leadsync.core.sync.table_cells import Verdict, compare, mark_of, sent_cell
from leadsync.core.sync.table_lease import table_lease
from leadsync.core.sync.table_marks import keep_marks, read_marks
from leadsync.core.sync.table_push import LEADS_AT_ONCE, PushWish, push_header
from leadsync.core.sync.table_rows import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadsync.core.exporting.formats import ExportColumn
    from leadsync.core.sync.table_cells import SentCell
    from leadsync.core.sync.table_rows import TableNow, TableRow
    from leadsync.core.sync.tables import Table
    from leadsync.core.workspace import Workspace

NOT_BY_HAND = "it cannot be set by hand"


class Take(StrEnum):
    """Which side wins where a cell was changed on both."""

    SHEET = "sheet"
    STORE = "store"


class PullStopped(KeyboardInterrupt):
    """Somebody interrupted a pull whose cells were written; the next one finds nothing to take.

    Attributes:
        leads: how many leads changed.
        unit_id: what undo takes back.
    """

    def __init__(self, leads: int, unit_id: int) -> None:
        """Keep what was written by then."""
        super().__init__()
        self.leads = leads
        self.unit_id = unit_id


@dataclass(frozen=True, slots=True)
class PulledCell:
    """A cell that was changed there.

    Attributes:
        row: from 0.
        why: why it is not taken; empty where it is, or where both sides changed it.
    """

    lead_id: int
    key: str
    row: int
    here: str
    there: str
    why: str = ""


@dataclass(slots=True)
class PullPlan:
    """What a pull would do.

    Attributes:
        taken: cells that were changed there alone.
        conflicts: cells that were changed on both sides.
        kept: cells that were changed on both sides and stay as here; the next push writes them.
        refused: cells that cannot be taken, each with why.
        waiting: cells that were changed here alone; a push writes them.
        errors: cells whose formula comes to an error; left out.
        unknown: rows with an id of no lead that is here.
        marks: what the ledger learns of cells that are alike on both sides.
    """

    now: TableNow
    taken: list[PulledCell] = field(default_factory=list[PulledCell])
    conflicts: list[PulledCell] = field(default_factory=list[PulledCell])
    kept: list[PulledCell] = field(default_factory=list[PulledCell])
    refused: list[PulledCell] = field(default_factory=list[PulledCell])
    waiting: int = 0
    errors: int = 0
    unknown: list[int] = field(default_factory=list[int])
    marks: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])

    @property
    def leads(self) -> int:
        """How many leads get a cell."""
        return len({cell.lead_id for cell in self.taken})


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did.

    Attributes:
        leads: how many leads changed; one unit, which undo takes back.
    """

    plan: PullPlan
    leads: int

    @property
    def is_whole(self) -> bool:
        """Whether all that was changed there is here, or was settled."""
        return not (self.plan.conflicts or self.plan.refused)


def plan_pull(workspace: Workspace, table: Table, take: Take | None = None) -> PullPlan:
    """Compare a table with the leads in it; writes nothing anywhere.

    Args:
        workspace: whose leads.
        table: where from.
        take: which side wins where both have changed a cell; None: neither.

    Raises:
        InputError: the table is not there, or cannot be used.
        AccessError: it may not be seen.
        ProviderError: it does not answer.
    """
    table.must_be_there()
    known = read_marks(workspace.store, table.ledger)
    header = _columns(workspace, {key for marks in known.values() for key in marks})
    now = read_table(table, header)
    there = [column for column in header if column.key not in now.new]
    plan = PullPlan(now)
    seen: set[int] = set()
    for lead_id, cells in _leads(workspace, sorted(now.rows), there, table):
        seen.add(lead_id)
        _compare_row(plan, now.rows[lead_id], cells, known.get(lead_id, {}), lead_id)
    plan.unknown = [row.number for lead_id, row in now.rows.items() if lead_id not in seen]
    if take is Take.SHEET:
        plan.taken += plan.conflicts
        plan.conflicts = []
    elif take is Take.STORE:
        for cell in plan.conflicts:  # as if this had been sent: the next push writes what is here
            plan.marks.setdefault(cell.lead_id, {})[cell.key] = mark_of(cell.there)
        plan.kept, plan.conflicts = plan.conflicts, []
    _refuse(workspace, plan)
    return plan


def pull_table(
    workspace: Workspace,
    table: Table,
    take: Take | None = None,
    *,
    told: Callable[[int, int], None] | None = None,
) -> Pulled:
    """Write what was changed there into the store, as one unit that undo takes back.

    Args:
        workspace: whose leads.
        table: where from.
        take: which side wins where both have changed a cell; None: neither.
        told: called with (0, cells to take) once all is compared; what it raises ends the pull
            before anything is written.

    Raises:
        BusyError: another process writes the table.
        InputError: a cell would make two leads of a campaign one; nothing is written.
        AccessError: it may not be seen.
        ProviderError: it does not answer.
        PullStopped: of a `KeyboardInterrupt` after the cells were written.
    """
    workspace.require(Right.EDIT)
    workspace = workspace.acting(Right.PUSH)
    with table_lease(workspace.store, table.ledger):
        plan = plan_pull(workspace, table, take)
        if told is not None:
            told(0, len(plan.taken))
        texts: dict[int, dict[str, str]] = {}
        for cell in plan.taken:
            texts.setdefault(cell.lead_id, {})[cell.key] = cell.there
        done = edit_block(workspace, texts, f"pull from {table.title}") if texts else None
        marks = {i: {k: mark_of(t) for k, t in cells.items()} for i, cells in texts.items()}
        try:
            keep_marks(workspace.store, table.ledger, plan.marks)
            if done is not None:
                keep_marks(workspace.store, table.ledger, marks, pulled_by=done.unit_id)
        except KeyboardInterrupt:
            if done is None or not done.unit_id:
                raise
            raise PullStopped(done.leads, done.unit_id) from None
    return Pulled(plan, done.leads if done else 0)


def _columns(workspace: Workspace, pushed: set[str]) -> tuple[ExportColumn, ...]:
    """The columns that were pushed there; where nothing is known of it, all."""
    from leadsync.core.selection import Selection

    keys = [*OWN_FIELDS, *(column.key for column in workspace.store.columns())]
    known = [key for key in keys if not pushed or key in pushed]
    return push_header(workspace, PushWish(Selection(), tuple(known)))


def _leads(
    workspace: Workspace, ids: Sequence[int], header: Sequence[ExportColumn], table: Table
) -> Iterator[tuple[int, dict[str, SentCell]]]:
    """Cells of the leads that are here and not in the trash."""
    most = table.limits.characters
    fields = ["id", *(column.key for column in header)]
    for at in range(0, len(ids), LEADS_AT_ONCE):
        chunk = list(ids[at : at + LEADS_AT_ONCE])
        live = workspace.store.ids({"id": {"$in": chunk}})
        for lead_id, *values in workspace.store.rows(live, fields):
            pairs = zip(header, values, strict=True)
            yield lead_id, {c.key: sent_cell(v, c.type, most) for c, v in pairs}


def _compare_row(
    plan: PullPlan,
    row: TableRow,
    cells: Mapping[str, SentCell],
    marks: Mapping[str, str],
    lead_id: int,
) -> None:
    for key, cell in cells.items():
        there = row.texts[key]
        verdict = compare(cell.text, there, marks.get(key))
        if verdict is Verdict.SAME:
            if marks.get(key) != (mark := mark_of(there)):
                plan.marks.setdefault(lead_id, {})[key] = mark
        elif verdict is Verdict.HERE:
            plan.waiting += 1
        elif key in row.formulas and there.startswith("#"):
            plan.errors += 1
        elif cell.is_cut:
            words = "it is longer here than a cell there holds"
            plan.refused.append(PulledCell(lead_id, key, row.number, cell.text, there, words))
        else:
            found = PulledCell(lead_id, key, row.number, cell.text, there)
            (plan.taken if verdict is Verdict.THERE else plan.conflicts).append(found)


def _refuse(workspace: Workspace, plan: PullPlan) -> None:
    """Sort out what cannot be taken: computed cells, texts that do not fit, erased people."""
    computed = {c.key for c in workspace.store.columns() if c.kind == TEMPLATE}
    fixed = computed | {key for key in OWN_FIELDS if key not in WRITABLE_OWN_FIELDS}
    texts: dict[int, dict[str, str]] = {}
    for cell in plan.taken:
        if cell.key not in fixed:
            texts.setdefault(cell.lead_id, {})[cell.key] = cell.there
    unfit = {(lead_id, key): why for lead_id, key, why in unfit_cells(workspace, texts)}
    kept: list[PulledCell] = []
    for cell in plan.taken:
        why = NOT_BY_HAND if cell.key in fixed else unfit.get((cell.lead_id, cell.key), "")
        if why:
            plan.refused.append(replace(cell, why=why))
        else:
            kept.append(cell)
    plan.taken = kept
