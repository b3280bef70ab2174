"""Runs, the queue of their cells, and the call journal, on SQLite."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import NotFound
from leadsync.core.models import (
    Call,
    CallCost,
    CallState,
    Run,
    RunState,
    Task,
    from_doc,
    to_doc,
)
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.sqlite.claiming import claim_cells, next_due
from leadsync.core.store.sqlite.tx import dumps, marks, write_calls
from leadsync.core.store.succession import busy, continued_by

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from leadsync.core.models import DeferredCell, Doc, QueuedCell

VALUES_AT_ONCE = 5000  # bound values per statement; SQLite takes 32,766


class QueueOperations:
    """The part of the SQLite store that runs need. Uses the store's `write` and `read`."""

    def _write(self) -> AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def _read(self) -> sqlite3.Connection:
        raise NotImplementedError

    @clear_errors
    def tasks(self, lead_ids: Sequence[int], column_ids: Sequence[int]) -> list[Task]:
        """Settled tasks of these cells."""
        found: list[Task] = []
        for chunk in _chunks(lead_ids):
            rows = self._read().execute(
                f"SELECT body FROM tasks WHERE lead_id IN ({marks(len(chunk))})"  # noqa: S608
                f" AND column_id IN ({marks(len(column_ids))})",
                (*chunk, *column_ids),
            )
            found += [from_doc(Task, json.loads(body)) for (body,) in rows]
        return found

    # runs --------------------------------------------------------------------------------
    def start_run(self, run: Run, is_alive: Callable[[Run], bool]) -> Run:
        """Store a new RUNNING run, atomically against others on the same columns."""
        with self._write() as db:
            others = [o for o in _runs(db) if set(o.column_ids) & set(run.column_ids)]
            for other in others:
                if is_alive(other):
                    raise busy(other)
            stored = dataclasses.replace(run, id=_next_run_id(db), state=RunState.RUNNING)
            for other in others:
                left = _drop_unasked(db, other.id, run.column_ids)
                if left or other.state is RunState.RUNNING:
                    note = continued_by(stored.id, other, left)
                    _put_run(db, dataclasses.replace(other, state=RunState.STOPPED, reason=note))
            _put_run(db, stored)
            return stored

    def take_run(
        self,
        run_id: int,
        holder: str,
        lease_until: float,
        is_alive: Callable[[Run], bool],
        *,
        reason: str = "",
    ) -> Run:
        """Become the only member of a run that nobody drives; it is RUNNING afterwards."""
        with self._write() as db:
            run = _run(db, run_id)
            columns = set(run.column_ids)
            for other in _runs(db):
                if set(other.column_ids) & columns and is_alive(other):
                    raise busy(other)
            taken = dataclasses.replace(
                run,
                state=RunState.RUNNING,
                members={holder: lease_until},
                stop_requested=False,
                reason=reason,
            )
            _put_run(db, taken)
            return taken

    def update_run(self, run_id: int, changes: Doc) -> Run:
        """Set fields of a run (stored names) atomically; the run as it is now."""
        return self.change_run(run_id, lambda _run: changes)

    def change_run(self, run_id: int, change: Callable[[Run], Doc]) -> Run:
        """Set fields that depend on what the run holds, in one step; the run as it is now."""
        with self._write() as db:
            run = _run(db, run_id)
            changed = from_doc(Run, to_doc(run) | change(run))
            _put_run(db, changed)
            return changed

    # queue -------------------------------------------------------------------------------
    def enqueue(self, run_id: int, cells: Iterable[tuple[int, int]]) -> int:
        """Queue cells (lead, column) of a run in order; those queued already are left out."""
        with self._write() as db:
            before = db.total_changes
            db.executemany(
                "INSERT OR IGNORE INTO queue (run_id, lead_id, column_id) VALUES (?, ?, ?)",
                ((run_id, lead_id, column_id) for lead_id, column_id in cells),
            )
            return db.total_changes - before

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
        """Take due cells for this process, in order; empty: nothing is due now."""
        with self._write() as db:
            return claim_cells(
                db,
                run_id,
                column_id,
                limit=limit,
                holder=holder,
                lease_until=lease_until,
                now=now,
                late=late,
            )

    def requeue(
        self, cells: Sequence[tuple[int, int]], *, not_before: float, attempts: int
    ) -> None:
        """Put claimed cells back, not to be claimed before `not_before` (epoch seconds)."""
        with self._write() as db:
            db.executemany(
                "UPDATE queue SET reason = 'queued', holder = '', lease_until = 0, not_before = ?,"
                " attempts = ? WHERE lead_id = ? AND column_id = ?",
                [(not_before, attempts, *cell) for cell in cells],
            )

    def defer(self, cells: Sequence[DeferredCell]) -> None:
        """Put claimed cells back, each with the handle of its late answer, or without."""
        with self._write() as db:
            db.executemany(
                "UPDATE queue SET reason = ?, holder = '', lease_until = 0, not_before = ?,"
                " attempts = ?, handle = ? WHERE lead_id = ? AND column_id = ?",
                [
                    (
                        "waiting" if cell.handle else "queued", cell.not_before, cell.attempts,
                        cell.handle, cell.lead_id, cell.column_id,
                    )
                    for cell in cells
                ],
            )  # fmt: skip

    def release(self, run_id: int, *, reason: str, holder: str | None = None) -> int:
        """Give back cells of a run, as `queued` or `held`; how many."""
        with self._write() as db:
            return db.execute(
                "UPDATE queue SET reason = CASE handle WHEN '' THEN ? ELSE 'waiting' END,"
                " holder = '', lease_until = 0 WHERE run_id = ? AND (? IS NULL OR holder = ?)",
                (reason, run_id, holder, holder),
            ).rowcount

    def drop_queue(self, run_id: int) -> int:
        """Forget the cells that a run has not settled; how many."""
        with self._write() as db:
            return db.execute("DELETE FROM queue WHERE run_id = ?", (run_id,)).rowcount

    def drop_cells(self, cells: Sequence[tuple[int, int]]) -> None:
        """Forget queued cells (lead, column) that need no answer any more."""
        with self._write() as db:
            db.executemany("DELETE FROM queue WHERE lead_id = ? AND column_id = ?", cells)

    @clear_errors
    def queue_counts(self, run_id: int) -> dict[tuple[int, str], int]:
        """Cells left by (column, reason)."""
        found = self._read().execute(
            "SELECT column_id, reason, count(*) FROM queue WHERE run_id = ? GROUP BY 1, 2",
            (run_id,),
        )
        return {(column_id, reason): number for column_id, reason, number in found}

    @clear_errors
    def next_due(self, run_id: int, column_id: int, *, late_only: bool = False) -> float | None:
        """When the next unclaimed cell may be claimed; None where none is left."""
        return next_due(self._read(), run_id, column_id, late_only=late_only)

    # calls -------------------------------------------------------------------------------
    def add_calls(self, calls: Sequence[Call]) -> list[int]:
        """Write these requests down, durably where one is about to be sent; their ids."""
        if all(call.state is CallState.ANSWERED for call in calls):
            return self._add_calls(calls)
        self._read().execute("PRAGMA synchronous = FULL")
        try:
            return self._add_calls(calls)
        finally:
            self._read().execute("PRAGMA synchronous = NORMAL")

    def _add_calls(self, calls: Sequence[Call]) -> list[int]:
        with self._write() as db:
            row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'calls'").fetchone()
            first = (row[0] if row else 0) + 1
            write_calls(db, calls, first=first)
            return list(range(first, first + len(calls)))

    def finish_calls(self, calls: Sequence[Call]) -> None:
        """Write down what became of calls."""
        with self._write() as db:
            write_calls(db, calls)

    @clear_errors
    def find_answers(self, request_hashes: Sequence[str]) -> dict[str, Call]:
        """Answered, reusable calls by request hash (the newest of each)."""
        found: dict[str, Call] = {}
        for chunk in _chunks(request_hashes):
            rows = self._read().execute(
                f"SELECT body FROM calls WHERE request_hash IN ({marks(len(chunk))})"  # noqa: S608
                " AND state = ? AND cacheable = 1 ORDER BY id",
                (*chunk, CallState.ANSWERED),
            )
            calls = (from_doc(Call, json.loads(body)) for (body,) in rows)
            found |= {call.request_hash: call for call in calls}
        return found

    @clear_errors
    def calls(
        self,
        *,
        call_ids: Sequence[int] | None = None,
        run_id: int | None = None,
        operation: str = "",
        after: int = 0,
    ) -> list[Call]:
        """Calls by id, or those of a run: of one operation, with greater ids than `after`."""
        if call_ids is None:
            where, values = "run_id = ? AND id > ?", [run_id, after]
            if operation:
                where += " AND json_extract(body, '$.operation') = ?"
            return self._calls(where, [*values, *([operation] if operation else [])])
        found: list[Call] = []
        for chunk in _chunks(sorted(call_ids)):
            found += self._calls(f"id IN ({marks(len(chunk))})", chunk)
        return found

    @clear_errors
    def spending(
        self,
        run_id: int,
        *,
        since: str = "",
        column_id: int = 0,
        provider: str = "",
        holder: str = "",
    ) -> tuple[int, list[Call]]:
        """What the answers of a run have cost, and its calls whose price nobody knows."""
        wanted = {"columnId": column_id, "provider": provider, "holder": holder}
        asked = {name: value for name, value in wanted.items() if value}
        where = "run_id = ? AND json_extract(body, '$.startedAt') >= ?" + "".join(
            f" AND json_extract(body, '$.{name}') = ?" for name in asked
        )
        values = (run_id, since, *asked.values())
        paid = self._read().execute(
            "SELECT sum(json_extract(body, '$.costUsdMicros')) FROM calls"  # noqa: S608 - our own words
            f" WHERE {where} AND state = '{CallState.ANSWERED}'",
            values,
        )
        is_open = (
            f"(state != '{CallState.ANSWERED}' OR (json_extract(body, '$.costUsdMicros') IS NULL"
            " AND json_extract(body, '$.units.maxUsdMicros') IS NOT NULL))"
        )
        return int(paid.fetchone()[0] or 0), self._calls(f"{where} AND {is_open}", values)

    @clear_errors
    def costs(self, *, since: str = "", run_id: int = 0) -> Iterator[CallCost]:
        """What calls have cost, in order of their ids, without what they said."""
        parts = ("provider", "startedAt", "leadIds", "costUsdMicros", "units", "status", "isLook")
        paths = ", ".join(f"json_extract(body, '$.{part}')" for part in parts)
        of_run = f"run_id = {run_id:d} AND " if run_id else ""
        for row in self._read().execute(
            f"SELECT run_id, coalesce(json_extract(body, '$.columnId'), 0), state, cacheable, {paths}"  # noqa: S608 - our own words
            f" FROM calls WHERE {of_run}json_extract(body, '$.startedAt') >= ? ORDER BY id",
            (since,),
        ):
            whose, column_id, state, kept, provider, started_at, lead_ids, cost, stored = row[:-2]
            status, is_look = row[-2:]
            units: dict[str, float] = json.loads(stored or "{}")
            most = units.pop("maxUsdMicros", None)
            yield CallCost(
                provider,
                whose,
                column_id,
                started_at,
                tuple(json.loads(lead_ids)),
                state == CallState.ANSWERED,
                cost,
                (None if most is None else int(most)) if cost is None else 0,
                units,
                is_refused=(status or 0) >= 400 and not kept,
                is_look=bool(is_look),
            )

    def _calls(self, where: str, values: Sequence[Any]) -> list[Call]:
        found = self._read().execute(f"SELECT body FROM calls WHERE {where} ORDER BY id", values)  # noqa: S608
        return [from_doc(Call, json.loads(body)) for (body,) in found]


def _runs(db: sqlite3.Connection) -> list[Run]:
    found: Iterable[Any] = db.execute("SELECT body FROM documents WHERE kind = 'runs' ORDER BY id")
    return [from_doc(Run, json.loads(body)) for (body,) in found]


def _run(db: sqlite3.Connection, run_id: int) -> Run:
    row = db.execute(
        "SELECT body FROM documents WHERE kind = 'runs' AND id = ?", (run_id,)
    ).fetchone()
    if row is None:
        raise NotFound("run", run_id, next_step="leadsync runs list")
    return from_doc(Run, json.loads(row[0]))


def _put_run(db: sqlite3.Connection, run: Run) -> None:
    db.execute(
        "INSERT OR REPLACE INTO documents VALUES ('runs', ?, ?)", (run.id, dumps(to_doc(run)))
    )


def _drop_unasked(db: sqlite3.Connection, run_id: int, column_ids: Sequence[int]) -> int:
    return db.execute(
        f"DELETE FROM queue WHERE run_id = ? AND column_id IN ({marks(len(column_ids))})"  # noqa: S608
        " AND handle = ''",
        (run_id, *column_ids),
    ).rowcount


def _next_run_id(db: sqlite3.Connection) -> int:
    return db.execute(
        "INSERT INTO meta VALUES ('seq:runs', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
        " RETURNING value"
    ).fetchone()[0]


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[at : at + VALUES_AT_ONCE] for at in range(0, len(values), VALUES_AT_ONCE))
