"""Filters on one lead in memory: conditions of columns, formulas, rows just written."""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, assert_never

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
from leadsync.core.text import as_number, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadsync.core.models import CellState, Doc, Value
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.query.conditions import Condition, Predicate


COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NOT_SEARCHED = frozenset({"id", "tags", "campaign", "created_at", "updated_at"})


def matches(
    doc: Doc,
    lead: Mapping[str, Value | tuple[str, ...]],
    states: Mapping[str, CellState] | None = None,
    catalog: Catalog | None = None,
) -> bool:
    """Whether a lead is one that the filter document selects.

    Args:
        doc: a filter document; without `catalog` its names must be canonical, as `parse_filter`
            and `validate_document` give them.
        lead: cells by field key; missing keys are blank.
        states: the states of its running cells by column key.
        catalog: where aliases are to be understood.

    Raises:
        InputError: the document cannot be understood.
    """
    return holds(read_document(doc, catalog), lead, states or {})


def holds(
    condition: Condition,
    lead: Mapping[str, Value | tuple[str, ...]],
    states: Mapping[str, CellState],
) -> bool:
    """The same for a document that was read once for many leads."""
    match condition:
        case Test():
            return _field_holds(condition, lead.get(condition.field))
        case TextTest():
            return any(
                predicate_holds(Contains(condition.text), value)
                for key, value in lead.items()
                if key not in _NOT_SEARCHED and not isinstance(value, tuple)
            )
        case StateTest():
            return _state_holds(condition, states)
        case All():
            return all(holds(part, lead, states) for part in condition.parts)
        case Some():
            return any(holds(part, lead, states) for part in condition.parts)
        case Not():
            return not holds(condition.part, lead, states)
        case _:
            assert_never(condition)


def predicate_holds(predicate: Predicate, value: Value) -> bool:  # noqa: PLR0911 - a line a kind
    """Whether a predicate holds of one cell."""
    if value is None or value == "":
        return isinstance(predicate, Blank)
    match predicate:
        case Blank():
            return False
        case EqualsText():
            return fold(value) in predicate.texts
        case EqualsNumber():
            return as_number(value) in predicate.numbers
        case ComparesText():
            return COMPARE[predicate.order](fold(value), predicate.text)
        case ComparesDate():
            text = fold(value)
            is_date = compiled(BEGINS_AS_DATE).search(text) is not None
            return is_date and COMPARE[predicate.order](text, predicate.text)
        case ComparesNumber():
            number = as_number(value)
            return number is not None and COMPARE[predicate.order](number, predicate.number)
        case Contains():
            return predicate.text in fold(value)
        case HasWords() | HasPattern():
            return compiled(predicate.pattern).search(fold(value)) is not None
        case _:
            assert_never(predicate)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """A portable pattern, ready for use."""
    return re.compile(pattern, re.ASCII)


def _field_holds(test: Test, value: Value | tuple[str, ...]) -> bool:
    if not isinstance(value, (tuple, list)):
        return predicate_holds(test.predicate, value)
    if isinstance(test.predicate, Blank):
        return not value
    return any(predicate_holds(test.predicate, tag) for tag in value)


def _state_holds(test: StateTest, states: Mapping[str, CellState]) -> bool:
    if test.column == ANY:
        return any(_fits(test, state) for state in states.values())
    return test.column in states and _fits(test, states[test.column])


def _fits(test: StateTest, state: CellState) -> bool:
    if test.facet == "stale":
        return state.stale
    if test.facet == "locked":
        return state.locked
    word = state.status if test.facet == "status" else state.reason
    return word is not None and (not test.values or str(word) in test.values)
