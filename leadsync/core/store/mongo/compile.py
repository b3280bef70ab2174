"""Filters in MongoDB's words, over the shadows that every lead's document carries.

Cells are compared through `folded.SLOT` (folded text of any filled cell) and `numbers.SLOT` (the
number that a cell is), so that MongoDB answers exactly as SQLite does. Patterns are the portable
ones of `core.query.patterns`; nothing here depends on one server's dialect.
"""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, assert_never

from leadsync.core.models import ColumnType
from leadsync.core.query.catalog import ANY
from leadsync.core.query.conditions import (
    BEGINS_AS_DATE,
    All,
    Blank,
    ComparesDate,
    ComparesNumber,
    ComparesText,
    Contains,
    EqualsNumber,
    EqualsText,
    HasPattern,
    HasWords,
    Not,
    Some,
    StateTest,
    Test,
    TextTest,
)
from leadsync.core.query.document import read_document
from leadsync.core.query.match import predicate_holds
from leadsync.core.text import as_number, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Doc, Value
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.query.conditions import Condition, Predicate

__all__ = ["compile_filter", "fold", "number_of", "sort_key"]

Query = dict[str, Any]

# In a list: mongo-java-server 1.47 forgets what stands beside a `$regex`.
_DATE = re.compile(BEGINS_AS_DATE, re.ASCII)
_ORDERS = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_TEXT_SLOTS = {
    "email": "email",
    "name": "name",
    "linkedin_url": "linkedinUrl",
    "source": "source",
}
# Between "Z" and "a" stand [\\]^_` : when folded behind the digits and before every letter.
_TO_TIME = str.maketrans(dict.fromkeys("[\\]^_`", "@") | {c: c.upper() for c in ascii_lowercase})
_TIME_SLOTS = {"created_at": "createdAt", "updated_at": "updatedAt"}


def compile_filter(filter_doc: Doc, catalog: Catalog, campaigns: Mapping[str, int]) -> Query:
    """The query that finds what a filter document selects; {} for all leads.

    Args:
        filter_doc: a filter document.
        catalog: the fields that it may name.
        campaigns: ids of the campaigns by name.

    Raises:
        InputError: the document cannot be understood.
    """
    return _Compiler(catalog, campaigns).of(read_document(filter_doc, catalog))


def number_of(value: Value) -> float | None:
    """The shadow of a cell in `numbers`: None where the cell is no number."""
    return as_number(value)


def sort_key(
    value: Value | tuple[str, ...], kind: ColumnType | None = None
) -> tuple[int, float, str]:
    """Where a filled cell stands in an order; equal keys stand by id.

    Columns of numbers stand in the order of their numbers, before those of their cells that
    are text; all others in the order of their folded text.

    Args:
        value: a filled cell, or tags.
        kind: the type of the field; None takes cells stored as numbers as those of a column of
            numbers, and all others as text.
    """
    assert value is not None, "blank cells have no place in an order"
    if isinstance(value, (tuple, list)):
        return 1, 0.0, fold("\x1f".join(value))
    is_numeric = kind == ColumnType.NUMBER or (kind is None and not isinstance(value, str))
    number = as_number(value) if is_numeric else None
    return (1, 0.0, fold(value)) if number is None else (0, number, "")


class _Compiler:
    def __init__(self, catalog: Catalog, campaigns: Mapping[str, int]) -> None:
        self._catalog = catalog
        self._campaigns = campaigns

    def of(self, condition: Condition) -> Query:
        match condition:
            case Test():
                return self._test(condition)
            case TextTest():
                return self._any_text(condition.text)
            case StateTest():
                return self._state(condition)
            case All():
                parts = [part for part in map(self.of, condition.parts) if part]
                return _joined("$and", parts) if parts else {}
            case Some():
                parts = list(map(self.of, condition.parts))
                return {} if {} in parts else _joined("$or", parts) if parts else _nothing()
            case Not():
                part = self.of(condition.part)
                return {"$nor": [part]} if part else _nothing()
            case _:
                assert_never(condition)

    def _test(self, test: Test) -> Query:
        match test.field:
            case "id":
                return _id(test.predicate)
            case "campaign":
                return self._campaign(test.predicate)
            case "tags":
                return _tag_test(test.predicate)
            case "created_at" | "updated_at":
                return _time(_TIME_SLOTS[test.field], test.predicate)
            case key:
                return _cell_test(self._slot(key), test.predicate)

    def _slot(self, key: str) -> str:
        column = self._catalog.resolve(key).column
        return column.slot if column else _TEXT_SLOTS[key]

    def _campaign(self, predicate: Predicate) -> Query:
        """The names are few: they are tested here, and the server sees only ids."""
        ids = [i for name, i in self._campaigns.items() if predicate_holds(predicate, name)]
        known = {"campaignId": {"$in": ids}}
        if not isinstance(predicate, Blank):
            return known
        return {"$or": [known, {"campaignId": {"$nin": list(self._campaigns.values())}}]}

    def _any_text(self, text: str) -> Query:
        slots = [*_TEXT_SLOTS.values(), *(column.slot for column in self._catalog.columns)]
        return {"$or": [_text_test(f"folded.{slot}", Contains(text)) for slot in slots]}

    def _state(self, test: StateTest) -> Query:
        columns = self._state_columns(test)
        if test.facet == "locked":
            return {"locked": {"$in": columns}}
        if not columns:
            return _nothing()
        if test.facet == "stale":
            wanted: Any = True
        else:
            # An unset state may be there as null.
            wanted = {"$in": sorted(test.values)} if test.values else {"$gt": ""}
        return _joined("$or", [{f"states.c{column}.{test.facet}": wanted} for column in columns])

    def _state_columns(self, test: StateTest) -> list[int]:
        if test.column == ANY:
            columns = self._catalog.columns if test.facet == "locked" else self._catalog.running
            return [column.id for column in columns]
        own = self._catalog.resolve(test.column).column
        driver = self._catalog.driver(test.column)
        column = own if test.facet == "locked" and own else driver
        return [column.id] if column else []


def _cell_test(slot: str, predicate: Predicate) -> Query:
    match predicate:
        case EqualsNumber():
            return {f"numbers.{slot}": {"$in": sorted(predicate.numbers)}}
        case ComparesNumber():
            return {f"numbers.{slot}": {_ORDERS[predicate.order]: predicate.number}}
        case _:
            return _text_test(f"folded.{slot}", predicate)


def _text_test(path: str, predicate: Predicate) -> Query:
    match predicate:
        case Blank():
            return {path: {"$exists": False}}
        case EqualsText():
            return {path: {"$in": sorted(predicate.texts)}}
        case ComparesText():
            return {path: {_ORDERS[predicate.order]: predicate.text}}
        case ComparesDate():
            return {path: {_ORDERS[predicate.order]: predicate.text, "$in": [_DATE]}}
        case Contains():
            return {path: {"$regex": re.escape(predicate.text)}}
        case HasWords() | HasPattern():
            return {path: {"$regex": predicate.pattern}}
        case EqualsNumber() | ComparesNumber():
            raise AssertionError(f"{path} has no numbers: {predicate}")
        case _:
            assert_never(predicate)


def _tag_test(predicate: Predicate) -> Query:
    """One tag fits. Patterns ask `$elemMatch`: mongo-java-server 1.47 reads a list as one text."""
    query = _text_test("foldedTags", predicate)
    if isinstance(predicate, (ComparesDate, Contains, HasWords, HasPattern)):
        return {"foldedTags": {"$elemMatch": query["foldedTags"]}}
    return query


def _time(path: str, predicate: Predicate) -> Query:
    """Times have no shadow: they are ASCII as `2026-01-31T09:00:00.000Z`, never a number."""
    match predicate:
        case Blank():
            return {path: {"$in": [None, ""]}}
        case EqualsNumber() | ComparesNumber():
            return _nothing()
        case EqualsText():
            return {path: {"$in": sorted(map(_as_time, predicate.texts))}}
        case ComparesText() | ComparesDate():
            return {path: {_ORDERS[predicate.order]: _as_time(predicate.text)}}
        case Contains():
            return {path: {"$regex": re.escape(predicate.text), "$options": "i"}}
        case HasWords() | HasPattern():
            # What case the letters of the boundaries have does not matter either.
            return {path: {"$regex": predicate.pattern, "$options": "i"}}
        case _:
            assert_never(predicate)


def _as_time(folded: str) -> str:
    """Folded text that stands to stored times (with `T` and `Z`) as it stood to folded ones."""
    return folded.translate(_TO_TIME)


def _id(predicate: Predicate) -> Query:
    match predicate:
        case Blank():
            return _nothing()
        case EqualsNumber():
            whole = {int(n) for n in predicate.numbers if n.is_integer() and abs(n) < 2**63}
            return {"_id": {"$in": sorted(whole)}}
        case ComparesNumber():
            number = predicate.number
            is_wide = not number.is_integer() or abs(number) >= 2**63
            return {"_id": {_ORDERS[predicate.order]: number if is_wide else int(number)}}
        case _:
            raise AssertionError(f"ids are only compared as numbers: {predicate}")


def _joined(operator: str, parts: Sequence[Query]) -> Query:
    return parts[0] if len(parts) == 1 else {operator: list(parts)}


def _nothing() -> Query:
    return {"_id": {"$in": []}}
