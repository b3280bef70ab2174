"""Numbers that nobody else gets: ids from counters, never given again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument

if TYPE_CHECKING:
    from pymongo.database import Database


def next_number(db: Database[Any], name: str, count: int = 1) -> int:
    """The first of `count` numbers that nobody else gets."""
    counter: dict[str, Any] | None = db["counters"].find_one_and_update(
        {"_id": name},
        {"$inc": {"value": count}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    assert counter is not None, "an upsert gives a document"
    return int(counter["value"]) - count + 1


def last_number(db: Database[Any], name: str) -> int:
    """The highest number that was given; 0 for none."""
    counter: dict[str, Any] | None = db["counters"].find_one({"_id": name})
    return int(counter["value"]) if counter else 0
