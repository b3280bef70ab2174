"""The store protocol: what every engine promises, in the trade's words.

Names of values in the store ("slots"): `email name linkedinUrl source campaignId deletedAt`
for what every lead has, `c12` for the column with id 12. Beside these a lead has facets, which
history and undo treat alike: `tag:vip` (1 or None), `lock:12` (1 or None: the cell of column 12
was written by hand) and `task:12` (the document of a Task or None).

All of it stands on one page, longer than others, because this is what an engine has to keep.

Fields of reads are the keys that people type: `id email name linkedin_url tags source campaign
created_at updated_at` and the keys of columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from leadsync.core.models import (
        Call,
        CallCost,
        Campaign,
        CellState,
        Change,
        Column,
        DeferredCell,
        Doc,
        QueuedCell,
        Run,
        Sort,
        Task,
        UnitRecord,
        View,
    )
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.store.erasure import Erasure
    from leadsync.core.store.reading import Reading
    from leadsync.core.store.unit import Unit

Row = tuple[Any, ...]
"""Cells in the order of the fields asked for; `tags` is a sorted tuple of text."""

IDENTITY_SLOTS = ("email", "linkedinUrl", "name")
IDENTITY_KEYS = ("email_alt", "linkedin_member_id", "company")
"""Keys of the columns that, beside the slots above, make two leads one.

A name with a company counts only for a lead that has nothing else.
"""


class Store(Protocol):
    """Leads, documents, history, queue and call journal of one workspace.

    May be used from several threads; each thread sees its own connection. Reads inside an open
    unit of the same thread see what it has written so far on SQLite only, so do not rely on it.
    """

    url: str

    # leads -------------------------------------------------------------------------------
    def ids(
        self,
        filter_doc: Doc,
        sort: Sequence[Sort] = (),
        *,
        limit: int | None = None,
        trashed: bool = False,
    ) -> array[int]:
        """Ids of the leads that match, in order; by id where no order is asked for."""
        ...

    def rows(self, lead_ids: Sequence[int], fields: Sequence[str]) -> list[Row]:
        """Fields of these leads, in the order of the ids, trashed ones included."""
        ...

    def count(self, filter_doc: Doc, *, trashed: bool = False) -> int:
        """How many leads match."""
        ...

    def scan(
        self,
        filter_doc: Doc,
        fields: Sequence[str],
        sort: Sequence[Sort] = (),
        *,
        trashed: bool = False,
    ) -> Iterator[Row]:
        """Stream fields of all leads that match; memory does not grow with their number."""
        ...

    def cancellable(self, reading: Reading) -> AbstractContextManager[None]:
        """Let `reading.cancel()` break off what this thread reads inside the block.

        SQLite looks within milliseconds, MongoDB between documents. Writes are not broken off.

        Raises:
            ReadCancelledError: in the block, once the read was broken off.
        """
        ...

    def value_counts(self, filter_doc: Doc, field: str, *, limit: int) -> list[tuple[Any, int]]:
        """The most frequent values of a field (None: blank) with their counts."""
        ...

    def states(
        self, lead_ids: Sequence[int], column_ids: Sequence[int]
    ) -> dict[tuple[int, int], CellState]:
        """States of running cells, by (lead, column); cells without any are left out."""
        ...

    def find_by_keys(self, keys: Sequence[str], campaign_id: int | None) -> dict[str, int]:
        """Identity key -> the live lead that has it (the oldest), in one or in any campaign."""
        ...

    # documents ---------------------------------------------------------------------------
    def documents(self, kind: str) -> list[Doc]:
        """All documents of a kind, by id: campaigns columns views runs mappings …."""
        ...

    def get_document(self, kind: str, doc_id: int) -> Doc | None:
        """One document, or None."""
        ...

    def save(self, kind: str, body: Doc) -> int:
        """Store a document outside history (runs, remembered mappings); its id."""
        ...

    def campaigns(self) -> list[Campaign]:
        """All campaigns by id, archived ones included."""
        ...

    def columns(self) -> list[Column]:
        """All columns by id."""
        ...

    def views(self) -> list[View]:
        """All saved views."""
        ...

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        ...

    def catalog(self) -> Catalog:
        """The fields that filters and sorts may name now."""
        ...

    # units and history -------------------------------------------------------------------
    def unit(self, actor: str, label: str, *, into: int = 0) -> AbstractContextManager[Unit]:
        """Open a unit of work; leaving it commits all of it with its history, or nothing.

        Args:
            actor: who does it, for history.
            label: what is done, in the user's words: `import apollo.csv`.
            into: id of an earlier unit that this one belongs to (the settles of one run).
        """
        ...

    def units(self, *, limit: int | None = None) -> list[UnitRecord]:
        """Units, newest first."""
        ...

    def changes(
        self, *, unit_id: int | None = None, lead_id: int | None = None
    ) -> Iterator[Change]:
        """History of a unit, of a lead, or of that lead in that unit, oldest first."""
        ...

    def revision(self) -> int:
        """A number that grows with every commit of any process."""
        ...

    def documents_revision(self) -> Any:
        """A value that differs after any document was changed; the progress of runs is none."""
        ...

    def set_formulas(self, factory: Any) -> None:
        """Give the maker of `Formulas` from the list of columns; units use it."""
        ...

    # tasks, queue, calls -----------------------------------------------------------------
    def tasks(self, lead_ids: Sequence[int], column_ids: Sequence[int]) -> list[Task]:
        """Settled tasks of these cells."""
        ...

    def start_run(self, run: Run, is_alive: Callable[[Run], bool]) -> Run:
        """Store a new RUNNING run, atomically against others on the same columns.

        Cells that earlier runs, which nobody drives any more, left in the queue for these
        columns are dropped: the new run has planned them itself. Those whose answer comes later
        stay with the run that has asked.

        Raises:
            BusyError: a run that is alive holds one of the columns.
        """
        ...

    def take_run(
        self,
        run_id: int,
        holder: str,
        lease_until: float,
        is_alive: Callable[[Run], bool],
        *,
        reason: str = "",
    ) -> Run:
        """Become the only member of a run that nobody drives; it is RUNNING afterwards.

        Raises:
            BusyError: it, or another run on its columns, is alive.
            NotFound: there is no such run.
        """
        ...

    def update_run(self, run_id: int, changes: Doc) -> Run:
        """Set fields of a run (stored names) atomically; the run as it is now."""
        ...

    def change_run(self, run_id: int, change: Callable[[Run], Doc]) -> Run:
        """Set fields that depend on what the run holds, in one step; the run as it is now.

        `change` gets the run and returns the fields to set (stored names). It may be called
        again where another process was faster; what it raises leaves the run as it was.
        """
        ...

    def enqueue(self, run_id: int, cells: Iterable[tuple[int, int]]) -> int:
        """Queue cells (lead, column) of a run in order; those queued already are left out."""
        ...

    def claim(
        self,
        run_id: int,
        column_id: int,
        *,
        limit: int,
        holder: str,
        lease_until: float,
        now: float,
        late: bool = False,
    ) -> list[QueuedCell]:
        """Take due cells for this process, in order; empty: nothing is due now.

        Args:
            run_id: whose cells.
            column_id: of which column.
            limit: at most so many.
            holder: who takes them.
            lease_until: epoch seconds until which nobody else does.
            now: epoch seconds.
            late: those that wait for a late answer; else those that have to be asked.
        """
        ...

    def requeue(
        self, cells: Sequence[tuple[int, int]], *, not_before: float, attempts: int
    ) -> None:
        """Put claimed cells back, not to be claimed before `not_before` (epoch seconds)."""
        ...

    def defer(self, cells: Sequence[DeferredCell]) -> None:
        """Put claimed cells back, each with the handle of its late answer, or without."""
        ...

    def release(self, run_id: int, *, reason: str, holder: str | None = None) -> int:
        """Give back all cells of a run, claimed or not, as `queued` or `held`; how many.

        Those whose answer comes later wait on. With `holder` only those that it has claimed; an
        empty one means those that nobody has.
        """
        ...

    def drop_queue(self, run_id: int) -> int:
        """Forget the cells that a run has not settled; how many."""
        ...

    def drop_cells(self, cells: Sequence[tuple[int, int]]) -> None:
        """Forget queued cells (lead, column) that need no answer any more."""
        ...

    def queue_counts(self, run_id: int) -> dict[tuple[int, str], int]:
        """Cells left by (column, reason)."""
        ...

    def next_due(self, run_id: int, column_id: int, *, late_only: bool = False) -> float | None:
        """When the next unclaimed cell may be claimed; None where none is left.

        `late_only` looks at those alone that wait for a late answer.
        """
        ...

    def add_calls(self, calls: Sequence[Call]) -> list[int]:
        """Write these requests down; their ids.

        Durably, where one of them is about to be sent.
        """
        ...

    def finish_calls(self, calls: Sequence[Call]) -> None:
        """Write down what became of calls."""
        ...

    def find_answers(self, request_hashes: Sequence[str]) -> dict[str, Call]:
        """Answered, reusable calls by request hash (the newest of each)."""
        ...

    def calls(
        self,
        *,
        call_ids: Sequence[int] | None = None,
        run_id: int | None = None,
        operation: str = "",
        after: int = 0,
    ) -> list[Call]:
        """Calls by id, or those of a run: of one operation, with greater ids than `after`."""
        ...

    def spending(
        self,
        run_id: int,
        *,
        since: str = "",
        column_id: int = 0,
        provider: str = "",
        holder: str = "",
    ) -> tuple[int, list[Call]]:
        """What the answers of a run have cost, and its calls whose price nobody knows.

        These are calls to which no answer came, and answers that did not tell their price.

        Args:
            run_id: whose calls.
            since: only those sent at this moment (as `now_iso` writes it) or later.
            column_id: only those for this column.
            provider: only those to this one.
            holder: only those of this member of the run.
        """
        ...

    def costs(self, *, since: str = "", run_id: int = 0) -> Iterator[CallCost]:
        """What calls have cost, in order of their ids, without what they said.

        `since` leaves out those that were sent before that moment, `run_id` those of other runs.
        """
        ...

    def change_shared(self, name: str, change: Callable[[Doc], Doc]) -> Doc:
        """Change a document that processes share while they run, in one step; what it is now.

        `change` gets the document as it is, or `{}`, and may be called again where another
        process was faster. Such documents are in no history and in no dump.
        """
        ...

    # what was sent -----------------------------------------------------------------------
    def sent(self, destination: str, lead_ids: Sequence[int] | None = None) -> dict[int, Doc]:
        """What was sent to a destination outside, by lead: of all leads, or of these.

        Args:
            destination: one place at one provider, such as `sheets:SPREADSHEET/TAB`.
            lead_ids: only these; those without an entry are left out.
        """
        ...

    def keep_sent(self, destination: str, entries: Mapping[int, Doc]) -> None:
        """Write down what was sent, in place of what was there, on the disk before it returns.

        It is in no history: undo takes back what is here, not what is out there.
        """
        ...

    # forgetting people -------------------------------------------------------------------
    def owners_of(self, keys: Sequence[str]) -> list[int]:
        """Ids of all leads that have one of these identity keys, in the trash and undone ones too."""
        ...

    def calls_about(self, lead_ids: Sequence[int]) -> list[Call]:
        """The calls that were about any of these leads, by id."""
        ...

    def sent_of(self, lead_ids: Sequence[int]) -> list[tuple[str, int, Doc]]:
        """Where these leads were sent: destination, lead, entry of the ledger."""
        ...

    def unchanged_since(self, campaign_id: int, before: str) -> array[int]:
        """Ids of a campaign's leads that nothing has changed since then, whatever their presence."""
        ...

    def asking_about(self, lead_ids: Sequence[int]) -> int:
        """The run that is asking about one of these leads now; 0: none."""
        ...

    def erase_leads(self, erasure: Erasure, *, rehearsal: bool = False) -> dict[str, int]:
        """Remove leads for good with all that tells of them; how much went, by place.

        In no history: undo of what was done before finds nothing of them. May be done again, and
        has to be where it was broken off on MongoDB. Places are those of `erasure.PLACES`.

        Args:
            erasure: which leads, and the words that tell of them.
            rehearsal: nothing is written; what would go is counted, whoever is asking.

        Raises:
            BusyError: a run is asking about one of them now.
        """
        ...

    def overwrite_deleted(self) -> list[str]:
        """Overwrite what deleted records have left behind; a sentence for what could not be."""
        ...

    # the store as a thing ----------------------------------------------------------------
    def backup(self, target: Path) -> None:
        """Write a consistent copy to a new file while others go on working."""
        ...

    def has_content(self) -> bool:
        """Whether a load would lose something: units that can be undone, or documents.

        Users, their logins and the label of a practice copy are none, nor are changes of users.
        """
        ...

    def records(self) -> Iterator[tuple[str, Doc]]:
        """Everything, as (collection, document) in a stable order: `leadsync dump`.

        The shapes are the same on every engine, so that a dump of one loads into another:
        `counters {name, value}`, `documents {kind, body}`, `units` and `calls` and `tasks` as
        `to_doc` gives them, `leads {id campaignId presence deletedAt createdAt updatedAt
        createdUnit email name linkedinUrl source c12… tags[] locks[]}` without blanks,
        `queue {runId leadId columnId reason attempts notBefore handle}`, `changes {seq unitId leadId
        fields}`, `sent {destination leadId body}`. Order: counters, documents by (kind, id),
        units, leads, tasks by (lead, column), queue by position, calls, changes, sent by
        (destination, lead); each by id.
        """
        ...

    def load(self, records: Iterable[tuple[str, Doc]]) -> int:
        """Fill an empty store with dumped records; how many."""
        ...

    def check(self) -> list[str]:
        """What is damaged, one sentence each; empty where nothing is."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
