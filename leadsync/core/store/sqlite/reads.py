"""Reading leads from SQLite: ids, rows, counts, streams, states."""

from __future__ import annotations

import json
from array import array
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from leadsync.core.identity import other_spellings
from leadsync.core.models import CellState, Reason, Status
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.sqlite.compile import compile_filter, compile_sort
from leadsync.core.store.sqlite.tx import key_hashes, marks

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from leadsync.core.models import Campaign, Doc, Sort
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.store.protocol import Row

IDS_AT_ONCE = 5000  # bound values per statement; SQLite takes 32,766
ROWS_AT_ONCE = 500  # fetchmany: 500 rows of 20 cells are 0.5 MB
TAG_SEPARATOR = "\x1f"

_OWN = {
    "id": "l.id",
    "email": "l.email",
    "name": "l.name",
    "linkedin_url": "l.linkedin_url",
    "source": "l.source",
    "created_at": "l.created_at",
    "updated_at": "l.updated_at",
    "campaign": "l.campaign_id",
    "tags": "(SELECT group_concat(tag, char(31)) FROM lead_tags WHERE lead_id = l.id)",
}


class LeadReads:
    """The part of the SQLite store that reads leads."""

    def _read(self) -> sqlite3.Connection:
        raise NotImplementedError

    def catalog(self) -> Catalog:
        """The fields that filters and sorts may name now."""
        raise NotImplementedError

    def campaigns(self) -> list[Campaign]:
        """All campaigns by id."""
        raise NotImplementedError

    def _where(self, filter_doc: Doc, *, trashed: bool) -> tuple[str, list[Any]]:
        campaigns = {campaign.name: campaign.id for campaign in self.campaigns()}
        condition, values = compile_filter(filter_doc, self.catalog(), campaigns)
        return f"FROM leads l WHERE l.presence = {int(trashed)} AND ({condition})", values

    def _order(self, sort: Sequence[Sort]) -> str:
        return f" ORDER BY {compile_sort(sort, self.catalog())}" if sort else " ORDER BY l.id"

    @clear_errors
    def ids(
        self,
        filter_doc: Doc,
        sort: Sequence[Sort] = (),
        *,
        limit: int | None = None,
        trashed: bool = False,
    ) -> array[int]:
        """Ids of the leads that match, in order; by id where no order is asked for."""
        where, values = self._where(filter_doc, trashed=trashed)
        sql = f"SELECT l.id {where}{self._order(sort)} LIMIT ?"
        found = array("q")
        cursor = self._read().execute(sql, (*values, -1 if limit is None else limit))
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            found.extend(row[0] for row in rows)
        return found

    @clear_errors
    def count(self, filter_doc: Doc, *, trashed: bool = False) -> int:
        """How many leads match."""
        where, values = self._where(filter_doc, trashed=trashed)
        return self._read().execute(f"SELECT count(*) {where}", values).fetchone()[0]

    @clear_errors
    def rows(self, lead_ids: Sequence[int], fields: Sequence[str]) -> list[Row]:
        """Fields of these leads, in the order of the ids, trashed ones included."""
        names, decode = self._selected(fields)
        found: dict[int, Row] = {}
        for at in range(0, len(lead_ids), IDS_AT_ONCE):
            chunk = lead_ids[at : at + IDS_AT_ONCE]
            sql = f"SELECT l.id, {names} FROM leads l WHERE l.presence < 2 AND l.id IN ({marks(len(chunk))})"  # noqa: S608 - checked names
            for row in self._read().execute(sql, tuple(chunk)):
                found[row[0]] = row[1:]
        ordered = [found[lead_id] for lead_id in lead_ids if lead_id in found]
        return [decode(row) for row in ordered] if decode else ordered

    @clear_errors
    def scan(
        self,
        filter_doc: Doc,
        fields: Sequence[str],
        sort: Sequence[Sort] = (),
        *,
        trashed: bool = False,
    ) -> Iterator[Row]:
        """Stream fields of all leads that match; memory does not grow with their number."""
        names, decode = self._selected(fields)
        where, values = self._where(filter_doc, trashed=trashed)
        cursor = self._read().execute(f"SELECT {names} {where}{self._order(sort)}", values)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from (map(decode, rows) if decode else rows)

    @clear_errors
    def value_counts(self, filter_doc: Doc, field: str, *, limit: int) -> list[tuple[Any, int]]:
        """The most frequent values of a field (None: blank) with their counts."""
        where, values = self._where(filter_doc, trashed=False)
        if field == "tags":
            sql = f"SELECT t.tag, count(*) FROM lead_tags t JOIN (SELECT l.id {where}) m ON m.id = t.lead_id"  # noqa: S608
        else:
            names, _ = self._selected([field])
            sql = f"SELECT {names}, count(*) {where}"
        found = self._read().execute(
            f"{sql} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?", (*values, limit)
        )
        if field != "campaign":
            return found.fetchall()
        by_id = {campaign.id: campaign.name for campaign in self.campaigns()}
        return [(by_id.get(value), number) for value, number in found]

    def _selected(self, fields: Sequence[str]) -> tuple[str, Callable[[Row], Row] | None]:
        """SQL of the fields, and how to finish a row (None: it is ready as it comes)."""
        catalog = self.catalog()
        names: list[str] = []
        for field in fields:
            reference = catalog.resolve(field)
            names.append(f"l.c{reference.column.id:d}" if reference.column else _OWN[reference.key])
        finish = {n: catalog.resolve(f).key for n, f in enumerate(fields)}
        tags = {n for n, key in finish.items() if key == "tags"}
        campaigns = {n for n, key in finish.items() if key == "campaign"}
        if not tags and not campaigns:
            return ", ".join(names), None
        by_id = {campaign.id: campaign.name for campaign in self.campaigns()}

        def decode(row: Row) -> Row:
            cells = list(row)
            for n in tags:
                cells[n] = tuple(sorted(cells[n].split(TAG_SEPARATOR))) if cells[n] else ()
            for n in campaigns:
                cells[n] = by_id.get(cells[n], "")
            return tuple(cells)

        return ", ".join(names), decode

    @clear_errors
    def states(
        self, lead_ids: Sequence[int], column_ids: Sequence[int]
    ) -> dict[tuple[int, int], CellState]:
        """States of running cells, by (lead, column); cells without any are left out."""
        states: dict[tuple[int, int], CellState] = {}
        for at in range(0, len(lead_ids), IDS_AT_ONCE):
            states |= self._states(lead_ids[at : at + IDS_AT_ONCE], column_ids)
        return states

    def _states(
        self, lead_ids: Sequence[int], column_ids: Sequence[int]
    ) -> dict[tuple[int, int], CellState]:
        where = f"lead_id IN ({marks(len(lead_ids))}) AND column_id IN ({marks(len(column_ids))})"
        values = (*lead_ids, *column_ids)
        db = self._read()
        locked = set(db.execute(f"SELECT lead_id, column_id FROM lead_locks WHERE {where}", values))  # noqa: S608
        states: dict[tuple[int, int], CellState] = {}
        for lead, column, status, reason, stale, body in db.execute(
            f"SELECT lead_id, column_id, status, reason, stale, body FROM tasks WHERE {where}",  # noqa: S608
            values,
        ):
            states[lead, column] = CellState(
                Status(status),
                Reason(reason),
                bool(stale),
                (lead, column) in locked,
                json.loads(body).get("detail", ""),
            )
        for lead, column, reason in db.execute(
            f"SELECT lead_id, column_id, reason FROM queue WHERE {where}",  # noqa: S608
            values,
        ):
            cell = (lead, column)
            state = states.get(cell, CellState(locked=cell in locked))
            states[cell] = state.queued(Reason(reason))
        for cell in locked:
            states.setdefault(cell, CellState(locked=True))
        return states

    @clear_errors
    def find_by_keys(self, keys: Sequence[str], campaign_id: int | None) -> dict[str, int]:
        """Identity key -> the live lead that has it (the oldest), in one or in any campaign."""
        names = dict(zip(key_hashes(keys), keys, strict=True))
        if others := other_spellings(keys):
            names |= zip(key_hashes(list(others)), others.values(), strict=True)
        scope = "" if campaign_id is None else f" AND campaign_id = {campaign_id:d}"
        found: list[tuple[int, int]] = []
        hashes = sorted(names)
        for at in range(0, len(hashes), IDS_AT_ONCE):
            chunk = hashes[at : at + IDS_AT_ONCE]
            sql = f"SELECT hash, lead_id FROM lead_keys WHERE hash IN ({marks(len(chunk))}){scope}"  # noqa: S608
            found += self._read().execute(sql, chunk)
        gone = self._not_live({lead_id for _, lead_id in found})
        found.sort(key=itemgetter(1), reverse=True)  # the oldest lead has the last word
        return {names[h]: lead_id for h, lead_id in found if lead_id not in gone}

    def _not_live(self, lead_ids: set[int]) -> set[int]:
        """Those of the leads that are in the trash or undone.

        Asked once a lead, not once a key by a join: a third less time.
        """
        gone: set[int] = set()
        every = sorted(lead_ids)
        for at in range(0, len(every), IDS_AT_ONCE):
            chunk = every[at : at + IDS_AT_ONCE]
            sql = f"SELECT id FROM leads WHERE presence > 0 AND id IN ({marks(len(chunk))})"  # noqa: S608
            gone.update(lead_id for (lead_id,) in self._read().execute(sql, chunk))
        return gone
