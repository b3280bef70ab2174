"""What a push into a table would do: rows to add, cells to change, and what it leaves alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadsync.core.exporting.exporter import export_header
from leadsync.core.exporting.formats import ExportColumn, ExportOptions
from leadsync.core.models import ID_HEADING, OWN_FIELDS
from leadsync.core.suppression import SuppressionList
from leadsync.core.sync.table_cells import SentCell, Verdict, compare, mark_of, sent_cell
from leadsync.core.sync.table_marks import read_marks
from leadsync.core.sync.table_rows import read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from leadsync.core.selection import Selection
    from leadsync.core.sync.table_rows import TableNow, TableRow
    from leadsync.core.sync.tables import Table
    from leadsync.core.workspace import Workspace

LEADS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class PushWish:
    """What is to be pushed.

    Attributes:
        chosen: which leads; new ones go below in this order.
        columns: keys of fields; empty: those of the view, else all.
        only: of these leads alone; None: of all that are chosen.
        overwrites: also cells that somebody has changed in the table.
        again: also leads whose rows somebody has removed there.
    """

    chosen: Selection
    columns: tuple[str, ...] = ()
    only: Collection[int] | None = None
    overwrites: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell there, and what it becomes.

    Attributes:
        row: from 0.
    """

    lead_id: int
    key: str
    row: int
    before: str
    after: SentCell


@dataclass(slots=True)
class PushPlan:
    """What a push would do.

    Attributes:
        header: the columns that leads have there.
        now: the table as it was read.
        adds: cells of leads that get a row, in order.
        changes: cells that are written in rows that are there.
        conflicts: cells that were changed on both sides; only written if asked for.
        theirs: cells that were changed there alone; a pull takes them.
        formulas: cells that somebody's formula fills; never written.
        suppressed: leads that must not be touched.
        removed: leads whose row somebody has removed there.
        unchanged: leads whose row has all its cells.
        cuts: lead and key of texts that are written and do not fit whole.
        marks: what the ledger learns of rows that are there, without any write.
    """

    header: tuple[ExportColumn, ...]
    now: TableNow
    adds: dict[int, dict[str, SentCell]] = field(default_factory=dict[int, dict[str, SentCell]])
    changes: list[CellChange] = field(default_factory=list[CellChange])
    conflicts: list[CellChange] = field(default_factory=list[CellChange])
    theirs: int = 0
    formulas: int = 0
    suppressed: int = 0
    removed: int = 0
    unchanged: int = 0
    cuts: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    marks: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written there."""
        return not (self.adds or self.changes)

    @property
    def new_columns(self) -> list[ExportColumn]:
        """Columns that are made there."""
        return [column for column in self.header if column.key in self.now.new]

    @property
    def changed_leads(self) -> int:
        """How many rows have a cell that changes."""
        return len({change.lead_id for change in self.changes})


def plan_push(workspace: Workspace, table: Table, wish: PushWish) -> PushPlan:
    """Compare leads with a table; reads it, writes nothing anywhere.

    Raises:
        InputError: an unknown column, or the table cannot be used.
        AccessError: it may not be seen.
        ProviderError: it does not answer.
    """
    header = push_header(workspace, wish)
    now = read_table(table, header)
    known = read_marks(workspace.store, table.ledger, wish.only)
    plan = PushPlan(header, now)
    suppressed = SuppressionList(workspace.store)
    for lead_id, (email, profile), cells in _leads(workspace, wish, plan.header, table):
        if suppressed.keeps_out(email, profile):
            plan.suppressed += 1
            continue
        row = now.rows.get(lead_id)
        marks = known.get(lead_id, {})
        if row is not None:
            _compare_row(plan, wish, row, cells, marks, lead_id)
        elif marks and now.has_ids and not wish.again:
            plan.removed += 1
        else:
            plan.cuts += [(lead_id, key) for key, cell in cells.items() if cell.is_cut]
            plan.adds[lead_id] = cells
    return plan


def push_header(workspace: Workspace, wish: PushWish) -> tuple[ExportColumn, ...]:
    """The columns that leads have in the table, the id left out: it has a column of its own.

    A heading names one field: a label that is another field's label or key, too, gives way to its
    own key.

    Raises:
        InputError: an unknown column, or one that is named twice.
    """
    header = export_header(workspace, wish.chosen, ExportOptions(), columns=wish.columns)
    columns = workspace.store.columns()
    named = Counter(column.label.casefold() for column in columns)
    named.update({column.key for column in columns if column.key != column.label.casefold()})
    named.update([*OWN_FIELDS])
    labels = {column.key: column.label for column in columns}
    labelled = [replace(column, header=labels.get(column.key, column.key)) for column in header]
    return tuple(
        replace(column, header=column.key) if named[column.header.casefold()] > 1 else column
        for column in labelled
        if column.key not in ("id", ID_HEADING) and column.header.casefold() != ID_HEADING
    )


def _leads(
    workspace: Workspace, wish: PushWish, header: Sequence[ExportColumn], table: Table
) -> Iterator[tuple[int, tuple[object, object], dict[str, SentCell]]]:
    """Id, address with profile, and cells of the leads that are meant, in order."""
    store = workspace.store
    ids: Sequence[int] = store.ids(wish.chosen.filter, wish.chosen.sort)
    if wish.only is not None:
        only = frozenset(wish.only)
        ids = [lead_id for lead_id in ids if lead_id in only]
    fields = ["id", "email", "linkedin_url", *(column.key for column in header)]
    most = table.limits.characters
    for at in range(0, len(ids), LEADS_AT_ONCE):
        for lead_id, email, profile, *values in store.rows(ids[at : at + LEADS_AT_ONCE], fields):
            pairs = zip(header, values, strict=True)
            yield lead_id, (email, profile), {c.key: sent_cell(v, c.type, most) for c, v in pairs}


def _compare_row(
    plan: PushPlan,
    wish: PushWish,
    row: TableRow,
    cells: Mapping[str, SentCell],
    marks: Mapping[str, str],
    lead_id: int,
) -> None:
    changes: list[CellChange] = []
    differing = 0
    learnt: dict[str, str] = {}
    for key, cell in cells.items():
        if key in row.formulas:
            plan.formulas += 1
            continue
        there = row.texts.get(key, "")
        # A column that is not there has no cells that anybody could have changed.
        verdict = compare(cell.text, there, None if key in plan.now.new else marks.get(key))
        change = CellChange(lead_id, key, row.number, there, cell)
        if verdict is Verdict.SAME:
            if marks.get(key) != (mark := mark_of(there)):
                learnt[key] = mark
        elif verdict is Verdict.HERE or wish.overwrites:
            changes.append(change)
        else:
            differing += 1
            if verdict is Verdict.THERE:
                plan.theirs += 1
            else:
                plan.conflicts.append(change)
    plan.changes += changes
    plan.cuts += [(lead_id, change.key) for change in changes if change.after.is_cut]
    plan.unchanged += not (changes or differing)
    if learnt:
        plan.marks[lead_id] = learnt
