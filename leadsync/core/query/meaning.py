"""What a typed condition means: trees of the filter language → filter documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, assert_never

from leadsync.core.errors import InputError, nearest
from leadsync.core.models import ColumnType
from leadsync.core.query.catalog import ANY, CUSTOM_FIELDS, STATE_FACETS
from leadsync.core.query.document import canonical_name, check_document, state_column
from leadsync.core.query.loose_signs import check_value, check_word
from leadsync.core.query.operands import AFTER_ALL_TIMES, as_date, is_other_day, plain_digits
from leadsync.core.query.parse import error_at
from leadsync.core.query.tree import AllOf, AnyOf, Condition, Kind, Negated, Word
from leadsync.core.text import as_number

if TYPE_CHECKING:
    from leadsync.core.models import Doc
    from leadsync.core.query.catalog import Catalog, FieldRef
    from leadsync.core.query.tree import Tree

_ORDERS = {">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte"}
_RANGE = re.compile(r"(?P<low>.*?)\.\.(?P<high>.*)", re.DOTALL)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def to_document(tree: Tree, text: str, catalog: Catalog) -> Doc:
    """The filter document of a tree.

    Args:
        tree: what `parse_tree(text)` gave.
        text: for the places in errors.
        catalog: the fields that there are.

    Raises:
        InputError: a field, value or pattern cannot be; the place is named.
    """
    return _Meaning(text, catalog).of(tree)


class _Meaning:
    def __init__(self, text: str, catalog: Catalog) -> None:
        self._text = text
        self._catalog = catalog

    def of(self, tree: Tree) -> Doc:
        match tree:
            case Word():
                check_word(tree, self._text)
                return self._checked({"$text": tree.text}, tree.at)
            case Condition():
                return self._condition(tree)
            case Negated():
                return {"$not": self.of(tree.term)}
            case AllOf():
                return {"$and": [self.of(term) for term in tree.terms]}
            case AnyOf():
                return {"$or": [self.of(term) for term in tree.terms]}
            case _:
                assert_never(tree)

    def _condition(self, condition: Condition) -> Doc:
        check_value(condition, self._text)
        name = condition.field
        if name.lower() in STATE_FACETS:
            return self._plain_state(condition, name.lower())
        column, _, facet = name.rpartition(".")
        if column and not name.startswith(CUSTOM_FIELDS):
            return self._cell_state(condition, column, facet)
        field = self._catalog.find(name)
        if field:
            return self._of_field(field, condition)
        sentence = self._catalog.unknown(name)
        raise error_at(self._text, condition.at, sentence, "leadsync columns list")

    def _of_field(self, field: FieldRef, condition: Condition) -> Doc:
        try:
            operators = _operators(field, condition)
        except InputError as error:
            raise self._error(condition.value_at, error) from error
        return self._checked({field.key: operators}, condition.value_at)

    def _plain_state(self, condition: Condition, facet: str) -> Doc:
        """The state that a bare word asks for, also where a column has the word as its key."""
        try:
            return self._bare_state(condition, facet)
        except InputError as error:
            if self._catalog.find(facet) is None:
                raise
            column = f"{CUSTOM_FIELDS}{facet}"
            advice = f"the column of that key is {column}{condition.operator}…"
            raise InputError(error.message, next_step=advice) from error

    def _bare_state(self, condition: Condition, facet: str) -> Doc:
        """`status:error`, `reason:throttled`: of any column; `stale:pitch`: of that column."""
        if facet in ("status", "reason"):
            return self._state(condition, ANY, facet, _state_operators(condition))
        if condition.operator not in (":", "=", "!="):
            raise self._unfit(condition, facet)
        column = self._known_column(condition.value, facet, condition.value_at)
        found = self._state(condition, column, facet, {"$eq": True})
        return {"$not": found} if condition.operator == "!=" else found

    def _cell_state(self, condition: Condition, column: str, facet: str) -> Doc:
        if facet.lower() not in STATE_FACETS:
            near = nearest(facet, STATE_FACETS)
            hint = f'; did you mean "{near}"?' if near else ""
            sentence = f'no cell state "{facet}"{hint}'
            at = condition.at + len(column) + 1
            raise error_at(self._text, at, sentence, f"one of: {', '.join(STATE_FACETS)}")
        if condition.operator not in (":", "=", "!="):
            raise self._unfit(condition, facet)
        key = self._known_column(column, facet.lower(), condition.at)
        return self._state(condition, key, facet.lower(), _state_operators(condition))

    def _known_column(self, name: str, facet: str, at: int) -> str:
        """The column whose states are meant; the error stands where it was named."""
        try:
            return state_column(ANY if name.lower() == ANY else name, facet, self._catalog)
        except InputError as error:
            raise self._error(at, error) from error

    def _state(self, condition: Condition, column: str, facet: str, operators: Doc) -> Doc:
        return self._checked({f"{column}.{facet}": operators}, condition.value_at)

    def _unfit(self, condition: Condition, facet: str) -> InputError:
        return error_at(
            self._text, condition.at, f"{facet} takes : = or !=, not {condition.operator}"
        )

    def _checked(self, doc: Doc, at: int) -> Doc:
        """The document, if it can be read; its error with the place."""
        try:
            check_document(doc, self._catalog)
        except InputError as error:
            raise self._error(at, error) from error
        return {canonical_name(n, self._catalog) if n[0] != "$" else n: v for n, v in doc.items()}

    def _error(self, at: int, error: InputError) -> InputError:
        return error_at(self._text, at, error.message, error.next_step)


def _state_operators(condition: Condition) -> Doc:
    word = condition.value.lower()
    negative = condition.operator == "!="
    if condition.kind is Kind.BARE and word in ("empty", "exists"):
        return {"$exists": (word == "exists") is not negative}
    value: Any = _FLAGS.get(word, condition.value)
    return {"$ne" if negative else "$eq": value}


def _operators(field: FieldRef, condition: Condition) -> Doc:
    match condition.operator:
        case ":":
            return _has(field, condition)
        case "=":
            return {"$eq": _equal(field, condition)}
        case "!=":
            return {"$ne": _equal(field, condition)}
        case "~" if condition.kind is Kind.REGEX:
            return {"$regex": condition.value}
        case "~":
            return {"$contains": condition.value}
        case operator:
            return {_ORDERS[operator]: _compared(field, condition.value, condition.kind)}


def _has(field: FieldRef, condition: Condition) -> Doc:
    value, kind = condition.value, condition.kind
    if not value:
        return {"$exists": False}
    if kind is Kind.QUOTED:
        return {_whole_or_words(field): value}
    if value.lower() in ("empty", "exists"):
        return {"$exists": value.lower() == "exists"}
    span = _range(field, value)
    if span:
        return span
    if "*" in value:
        return _wildcard(value)
    wanted = _equal(field, condition)
    return {_whole_or_words(field) if isinstance(wanted, str) else "$eq": wanted}


def _whole_or_words(field: FieldRef) -> str:
    if field.key in ("id", "tags", "campaign"):
        return "$eq"
    if field.type == ColumnType.DATE:
        return "$prefix"
    return "$words"


def _equal(field: FieldRef, condition: Condition) -> str | float:
    number = as_number(condition.value) if condition.kind is Kind.BARE else None
    if field.type == ColumnType.NUMBER and number is not None:
        return _plain(number)
    return condition.value


def _compared(field: FieldRef, value: str, kind: Kind) -> str | float:
    if kind is not Kind.BARE or field.type == ColumnType.DATE:
        return value
    number = _number(field, value)
    return value if number is None else _plain(number)


def _number(field: FieldRef, text: str) -> float | None:
    """The number that a bare text is, where it is one; `4,000` and `1/2/2026` are asked about."""
    digits = plain_digits(text)
    meant = digits or ("dates as 2026-01-31" if is_other_day(text) else "")
    if meant and field.type != ColumnType.NUMBER:
        raise InputError(
            f'"{text}" is compared as a text', next_step=f'write {meant}, or "{text}" in quotes'
        )
    return as_number(text)


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _range(field: FieldRef, value: str) -> Doc | None:
    """`10..20`, `10..`, `..20`, both ends included; the last day of a range of dates, too."""
    found = _RANGE.fullmatch(value)
    if not found or not (found["low"] or found["high"]):
        return None
    ends = {"$gte": found["low"], "$lte": found["high"]}
    given = {operator: end for operator, end in ends.items() if end}
    if field.type == ColumnType.DATE or all(as_date(end, field.type) for end in given.values()):
        # The whole last day is in the range.
        return {op: end + AFTER_ALL_TIMES if op == "$lte" else end for op, end in given.items()}
    numbers = {operator: _number(field, end) for operator, end in given.items()}
    if field.type != ColumnType.NUMBER and any(number is None for number in numbers.values()):
        return None
    return {op: given[op] if n is None else _plain(n) for op, n in numbers.items()}


def _wildcard(value: str) -> Doc:
    """`acme*`: a word begins so; `*` alone: filled; elsewhere it stands for any text."""
    if not value.strip("*"):
        return {"$exists": True}
    inner = value.strip("*")
    if "*" not in inner:
        if value.endswith("*"):
            return {"$contains" if value.startswith("*") else "$prefix": inner}
        return {"$regex": _escaped(inner) + _edge(inner[-1:], "(?![0-9a-z_])")}
    pattern = "[^\\n]*".join(_escaped(part) for part in inner.split("*"))
    before = "" if value.startswith("*") else _edge(inner[:1], "(?<![0-9a-z_])")
    after = "" if value.endswith("*") else _edge(inner[-1:], "(?![0-9a-z_])")
    return {"$regex": before + pattern + after}


def _edge(character: str, boundary: str) -> str:
    return boundary if re.fullmatch("[0-9a-z_]", character.lower()) else ""


def _escaped(text: str) -> str:
    """Text for a pattern: only what could be an operator is escaped, the rest is folded later."""
    return re.sub(r"([^\w])", r"\\\1", text)
