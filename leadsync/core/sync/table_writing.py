"""A push into a table, carried out: what is written is kept in the ledger, block by block.

A crash between a write and its entry in the ledger does no harm: the rows are found by their ids
at the next push, and cells that hold what they should are written down then.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.errors import ProviderError
from leadsync.core.models import ID_HEADING
from leadsync.core.sync.table_blocks import patch_blocks, patches_of, row_blocks
from leadsync.core.sync.table_lease import table_lease
from leadsync.core.sync.table_marks import keep_marks, marks_of
from leadsync.core.sync.table_push import plan_push
from leadsync.core.sync.tables import AnswerLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from leadsync.core.store.protocol import Store
    from leadsync.core.sync.table_cells import SentCell
    from leadsync.core.sync.table_push import CellChange, PushPlan, PushWish
    from leadsync.core.sync.tables import Cell, Table
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

TRIES = 5  # of rows whose answers are lost


class PushStopped(KeyboardInterrupt):
    """Somebody interrupted a push; what was under way may be there, and is seen by the next one.

    Attributes:
        added: rows that are there for sure.
        changed: cells in rows that were there.
    """

    def __init__(self, added: int, changed: int) -> None:
        """Keep what was written by then."""
        super().__init__()
        self.added = added
        self.changed = changed


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did.

    Attributes:
        plan: what it had to do.
        added: rows.
        changed: cells in rows that were there.
        moved: rows that somebody moved while they were written; a person has to look at them.
        reads: requests that read.
        writes: requests that wrote.
    """

    plan: PushPlan
    added: int
    changed: int
    moved: tuple[int, ...]
    reads: int
    writes: int

    @property
    def is_whole(self) -> bool:
        """Whether there is, of each lead that was meant, what is here, as far as this push saw to it.

        What somebody changed there alone is no lack: a pull takes it.
        """
        return not (self.plan.conflicts or self.plan.cuts or self.moved)


def push_table(
    workspace: Workspace,
    table: Table,
    wish: PushWish,
    *,
    told: Callable[[int, int], None] | None = None,
) -> Pushed:
    """Compare, then write what differs; user's own columns, formulas and order stay as they are.

    Args:
        workspace: whose leads.
        table: where to.
        wish: which leads and columns.
        told: called with (cells written, cells in all), first after the comparison; what it raises
            ends the push in order.

    Raises:
        BusyError: another process writes the table.
        InputError: an unknown column, or the table cannot be used.
        AccessError: it may not be seen or changed.
        ProviderError: it does not answer; what was written stands in the ledger.
        PushStopped: of a `KeyboardInterrupt` while it wrote.
    """
    workspace = workspace.acting(Right.PUSH)
    with table_lease(workspace.store, table.ledger) as renew:
        plan = plan_push(workspace, table, wish)
        writing = _Writing(workspace.store, table, plan, renew, told or (lambda _done, _all: None))
        writing.carry_out()
    traffic = table.traffic
    logger.info(
        "pushed to %s: %d rows added, %d cells changed, %d reads, %d writes",
        table.ledger, writing.added, writing.changed, traffic.reads, traffic.writes,
    )  # fmt: skip
    return Pushed(plan, writing.added, writing.changed, tuple(writing.moved),
                  traffic.reads, traffic.writes)  # fmt: skip


class _Writing:
    def __init__(
        self,
        store: Store,
        table: Table,
        plan: PushPlan,
        renew: Callable[[], None],
        told: Callable[[int, int], None],
    ) -> None:
        self._store = store
        self._table = table
        self._plan = plan
        self._renew = renew
        self._told = told
        self._done = 0
        self._all = len(plan.changes) + len(plan.adds) * len(plan.header)
        self.added = 0
        self.changed = 0
        self.moved: list[int] = []

    def carry_out(self) -> None:
        """All of it, in order."""
        try:
            self.keep(self._plan.marks)
            if not self._plan.is_empty:
                self._told(0, self._all)
                self._renew()
                self.make_room()
                self.change()
                self.add()
        except KeyboardInterrupt:
            raise PushStopped(self.added, self.changed) from None

    def keep(self, marks: Mapping[int, Mapping[str, str]]) -> None:
        """Write down what cells hold now."""
        keep_marks(self._store, self._table.ledger, marks)

    def make_room(self) -> None:
        """Headings of new columns, the id's among them, which is hidden."""
        plan = self._plan
        headings = {plan.now.at[column.key]: column.header for column in plan.new_columns}
        hidden: tuple[int, ...] = ()
        if not plan.now.has_ids:
            headings[plan.now.id_at] = ID_HEADING
            hidden = (plan.now.id_at,)
        rows = plan.now.last_row + 2 if plan.adds else 0
        self._table.make_room(headings, hidden=hidden, rows=rows)

    # cells of rows that are there ----------------------------------------------------------
    def change(self) -> None:
        """Write changed cells; a row counts as written if its id still stands in it afterwards."""
        plan = self._plan
        by_place = {(c.row, plan.now.at[c.key]): c for c in plan.changes}
        patches = patches_of({place: c.after.cell for place, c in by_place.items()})
        for block in patch_blocks(patches, self._table.limits):
            self._renew()
            self._table.update(block)
            written = [
                by_place[patch.row + down, patch.column + right]
                for patch in block
                for down, cells in enumerate(patch.cells)
                for right in range(len(cells))
            ]
            self._settle(written)

    def _settle(self, written: Iterable[CellChange]) -> None:
        self._renew()
        ids = self._table.read_ids(self._plan.now.id_at)
        by_lead: dict[int, dict[str, SentCell]] = {}
        for change in written:
            there = ids[change.row - 1].strip() if change.row <= len(ids) else ""
            if there == str(change.lead_id):
                by_lead.setdefault(change.lead_id, {})[change.key] = change.after
                self.changed += 1
            elif change.row + 1 not in self.moved:
                self.moved.append(change.row + 1)
            self._done += 1
        self.keep({lead_id: marks_of(cells) for lead_id, cells in by_lead.items()})
        self._told(self._done, self._all)

    # new rows ------------------------------------------------------------------------------
    def add(self) -> None:
        """Put leads that have no row below all others."""
        row = self._plan.now.last_row + 1
        sized = ((lead_id, self._row_of(lead_id)) for lead_id in self._plan.adds)
        for block in row_blocks(sized, self._table.limits):
            self._append(row, block)
            row += len(block)
            self.keep({lead_id: marks_of(self._plan.adds[lead_id]) for lead_id in block})
            self.added += len(block)
            self._done += len(block) * len(self._plan.header)
            self._told(self._done, self._all)

    def _append(self, row: int, lead_ids: list[int]) -> None:
        """Append each row once, also where an answer is lost: what is there is seen by its id."""
        left = lead_ids
        for _ in range(TRIES):
            self._renew()
            try:
                self._table.append(row, [self._row_of(lead_id) for lead_id in left])
            except AnswerLost:
                self._renew()
                there = {text.strip() for text in self._table.read_ids(self._plan.now.id_at)}
                left = [lead_id for lead_id in left if str(lead_id) not in there]
                if not left:
                    return
            else:
                return
        raise ProviderError(
            f"{self._table.title} took rows and gave no answer, {TRIES} times over",
            next_step="push again later: rows that are there are not added twice",
        )

    def _row_of(self, lead_id: int) -> list[Cell]:
        now = self._plan.now
        cells: list[Cell] = [None] * (1 + max([now.id_at, *now.at.values()]))
        cells[now.id_at] = lead_id
        for key, cell in self._plan.adds[lead_id].items():
            cells[now.at[key]] = cell.cell if cell.text else None
        return cells
