"""Tables that are armed: after each run the leads that it touched are pushed there.

Nothing is pushed by itself that was not armed before, with the choice of leads and columns that is
kept with it. A run that was stopped pushes nothing: stop means that no new request leaves.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.errors import LeadSyncError
from leadsync.core.importing.touched import touched_by
from leadsync.core.models import from_doc, now_iso, to_doc
from leadsync.core.selection import select
from leadsync.core.sync.table_push import PushWish
from leadsync.core.sync.table_words import left_names, pushed_line
from leadsync.core.sync.table_writing import push_table
from leadsync.core.sync.tables import find_tables, open_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.store.protocol import Store
    from leadsync.core.sync.tables import Table
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)

DOCUMENTS = "armedTables"


@dataclass(frozen=True, slots=True)
class ArmedTable:
    """A table with the leads and columns that go there after runs.

    Attributes:
        ledger: its name in the ledger; a table is armed once.
        destination: who opens it: "sheets".
        address: as it was typed.
        filter: a filter document as JSON, beside `where`.
        columns: keys of fields; empty: those of the view, else all.
    """

    id: int
    ledger: str
    title: str
    destination: str
    address: str
    tab: str = ""
    where: str = ""
    filter: str = ""
    campaign: str = ""
    view: str = ""
    columns: tuple[str, ...] = ()
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class AfterRun:
    """What became of one armed push.

    Attributes:
        words: one line.
        is_done: False where it failed, or left cells that a person has to look at.
    """

    words: str
    is_done: bool


def list_armed(store: Store) -> list[ArmedTable]:
    """All armed tables, the oldest first."""
    return [_read(document) for document in store.documents(DOCUMENTS)]


def armed_after(workspace: Workspace) -> list[ArmedTable]:
    """The tables that a run of this workspace pushes to when it is done; in practice none."""
    return [] if workspace.config.is_practice else list_armed(workspace.store)


def armed_in(store: Store, destination: str, address: str, tab: str = "") -> list[ArmedTable]:
    """The armed tables of a file; with a tab, that one alone. Nothing is asked over the net.

    Raises:
        InputError: it is no address.
    """
    file = find_tables(destination).file_of(address)
    return [
        armed
        for armed in list_armed(store)
        if armed.ledger.startswith(f"{file}/") and tab in ("", armed.tab)
    ]


def arm_table(  # noqa: PLR0913 - what a selection is
    workspace: Workspace,
    table: Table,
    destination: str,
    address: str,
    *,
    where: str = "",
    document: str = "",
    campaign: str = "",
    view: str = "",
    columns: Sequence[str] = (),
) -> ArmedTable:
    """Push to this table after each run from now on; one that was armed gets the new choice.

    Raises:
        AccessError: who is there may not push.
        InputError: the choice cannot be used.
        NotFound: no such campaign or view.
    """
    workspace = workspace.acting(Right.PUSH)
    select(workspace, where=where, document=document, campaign=campaign, view=view)
    armed = ArmedTable(
        0, table.ledger, table.title, destination, address, table.ledger.partition("/")[2], where,
        document, campaign, view, tuple(columns), now_iso(),
    )  # fmt: skip
    with workspace.store.unit(workspace.actor, f"arm {table.title}") as unit:
        for old in list_armed(workspace.store):
            if old.ledger == table.ledger:
                armed = replace(armed, id=old.id)
        return replace(armed, id=unit.put(DOCUMENTS, to_doc(armed)))


def disarm_table(
    workspace: Workspace, destination: str, address: str, tab: str = ""
) -> list[ArmedTable]:
    """Push nothing there by itself any more; what was armed. Nothing is asked over the net.

    Args:
        workspace: where it was armed.
        destination: who opens it.
        address: of the file.
        tab: of the file; empty: all that are armed.

    Raises:
        AccessError: who is there may not push.
        InputError: it is no address.
    """
    workspace = workspace.acting(Right.PUSH)
    found = armed_in(workspace.store, destination, address, tab)
    if found:
        with workspace.store.unit(workspace.actor, f"disarm {found[0].title}") as unit:
            for armed in found:
                unit.remove(DOCUMENTS, armed.id)
    return found


def push_after_run(workspace: Workspace, unit_id: int, stop: StopSignal) -> list[AfterRun]:
    """Push the leads that a run has touched to every armed table; what became of each.

    What fails is told and logged: the run itself has ended well. A stop ends it between two
    requests.

    Args:
        workspace: of the run.
        unit_id: the unit of the run.
        stop: of the run.
    """
    armed = armed_after(workspace)
    if not armed or not unit_id:
        return []
    if not any(unit.id == unit_id for unit in workspace.store.units()):
        return []  # it has changed nothing
    touched = touched_by(workspace.store, unit_id)
    with _Stoppable(stop) as stoppable:
        return [_push(workspace, one, touched, stoppable) for one in armed] if touched else []


class _Stoppable:
    """Ends waits and pushes when the run is stopped."""

    def __init__(self, stop: StopSignal) -> None:
        self._stop = stop
        self._woken = threading.Event()

    def __enter__(self) -> _Stoppable:
        self._forget = self._stop.listen(self._woken.set)
        return self

    def __exit__(self, *_error: object) -> None:
        self._forget()

    def wait(self, seconds: float) -> None:
        """Wait, or end the push."""
        self._woken.wait(seconds)
        self.told()

    def told(self, _done: int = 0, _all: int = 0) -> None:
        """End the push, if that was asked for."""
        if self._stop.is_requested:
            raise LeadSyncError("stopped", next_step="the next push does the rest")


def _push(
    workspace: Workspace, armed: ArmedTable, touched: Sequence[int], stoppable: _Stoppable
) -> AfterRun:
    try:
        stoppable.told()
        chosen = select(
            workspace, where=armed.where, document=armed.filter, campaign=armed.campaign,
            view=armed.view,
        )  # fmt: skip
        table = open_table(
            workspace.config, armed.destination, armed.address, armed.tab, wait=stoppable.wait
        )
        wish = PushWish(chosen, armed.columns, only=touched)
        done = push_table(workspace, table, wish, told=stoppable.told)
    except LeadSyncError as error:
        logger.warning("armed push to %s failed: %s", armed.title, error.message)
        return AfterRun(f"not pushed to {armed.title}: {error.message}", is_done=False)
    words = "; ".join([pushed_line(done, table), *left_names(done)])
    return AfterRun(f"pushed to {words}", is_done=done.is_whole)


def _read(document: dict[str, object]) -> ArmedTable:
    armed = from_doc(ArmedTable, document)
    return replace(armed, columns=tuple(armed.columns))
