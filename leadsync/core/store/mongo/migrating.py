"""Schema versions of a database: making a new one, bringing an older one up to date.

`meta.schema` counts the steps that the database has seen. MongoDB has no transaction around them,
so each step may be done again after a crash; they run under the write lock, one process at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import ASCENDING

from leadsync.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymongo.database import Database

    Step = Callable[[Database[Any]], None]

_META = {"_id": "meta"}


def _create(database: Database[Any]) -> None:
    """Make indexes and the first documents; harmless where another process does it too."""
    database["leads"].create_index([("presence", ASCENDING), ("campaignId", ASCENDING)])
    database["queue"].create_index(
        [("runId", ASCENDING), ("columnId", ASCENDING), ("position", ASCENDING)]
    )
    database["calls"].create_index([("requestHash", ASCENDING)])
    database["calls"].create_index([("runId", ASCENDING)])
    database["changes"].create_index([("leadId", ASCENDING), ("_id", ASCENDING)])
    database["changes"].create_index([("unitId", ASCENDING), ("_id", ASCENDING)])
    database["locks"].update_one(
        {"_id": "write"}, {"$setOnInsert": {"holder": "", "beat": 0, "journal": ""}}, upsert=True
    )


def _index_due_cells(database: Database[Any]) -> None:
    """Give claims their cells in order, and the moment of the next one, without sorting all."""
    mine = [("runId", ASCENDING), ("columnId", ASCENDING), ("reason", ASCENDING)]
    for field in ("position", "notBefore", "leaseUntil"):  # claims, next_due, expired leases
        database["queue"].create_index([*mine, (field, ASCENDING)])


def _index_sent(database: Database[Any]) -> None:
    """Find what was sent by destination and by lead."""
    database["sent"].create_index([("destination", ASCENDING), ("leadId", ASCENDING)])
    database["sent"].create_index([("leadId", ASCENDING)])


STEPS: tuple[Step, ...] = (_create, _index_due_cells, _index_sent)
"""Append only: step n brings `meta.schema` from n to n + 1, and may be done again."""


def prepare(database: Database[Any], place: str) -> None:
    """Make a new database ready; refuse one that a newer LeadSync wrote.

    Raises:
        StoreError: the database is newer.
    """
    if database["meta"].find_one(_META) is None:
        for step in STEPS:
            step(database)
        first: dict[str, Any] = {
            "schema": len(STEPS), "rev": 0, "documentsRev": 0, "visible": 0, "kinds": [],
        }  # fmt: skip
        database["meta"].update_one(_META, {"$setOnInsert": first}, upsert=True)
    schema = schema_of(database)
    if schema > len(STEPS):
        raise StoreError(
            f'"{place}" was written by a newer LeadSync (schema {schema}, this one knows'
            f" {len(STEPS)})",
            next_step="upgrade LeadSync, or name another store with --store",
        )


def is_behind(database: Database[Any]) -> bool:
    """Whether the database lacks a step of this LeadSync."""
    return schema_of(database) < len(STEPS)


def bring_up_to_date(database: Database[Any], steps: Sequence[Step] = STEPS) -> None:
    """Run the steps that the database has not seen. The caller holds the write lock."""
    for number, step in enumerate(steps[schema_of(database) :], schema_of(database) + 1):
        step(database)
        database["meta"].update_one(_META, {"$set": {"schema": number}})


def schema_of(database: Database[Any]) -> int:
    """How many steps the database has seen."""
    meta: dict[str, Any] | None = database["meta"].find_one(_META)
    assert meta is not None, "a store that is open has its meta document"
    return int(meta["schema"])
