"""Filters and sorts in SQL, over the table alias `l` of `leads`.

What a person typed enters only as bound values; names of columns are made of integer ids.
Python functions are slow to call (0.4 µs), so every test has a native path for cells that are
plain ASCII, which answers exactly as the function would. Measured over a million leads:
`length(x) = length(CAST(x AS BLOB))` tells ASCII from other text in 20 ms, where GLOB took 240.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, assert_never

from leadsync.core.models import ColumnType
from leadsync.core.query.catalog import ANY
from leadsync.core.query.conditions import (
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
from leadsync.core.query.match import compiled, predicate_holds
from leadsync.core.text import WORD_ENDS, WORD_STARTS, as_number, fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.core.models import Doc, Sort
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.query.conditions import Condition, Predicate

Sql = tuple[str, tuple[Any, ...]]
"""A piece of SQL with the values of its `?`, in order. NULL counts as false."""

_TRUE: Sql = ("1", ())
_FALSE: Sql = ("0", ())
_OWN_TEXT = ("email", "name", "linkedin_url", "source")
_NUMBER_STARTS = "[0-9 \t\n\r\f\v+-]*"
_DATE = "[0-9][0-9][0-9][0-9]-[0-9][0-9]*"
_FLOAT_TEXT = re.compile(r"[0-9.e+-]*")
_CAMPAIGN_NAME = (
    "(SELECT json_extract(d.body, '$.name') FROM documents d"
    " WHERE d.kind = 'campaigns' AND d.id = l.campaign_id)"
)
_TAGS = (
    "(SELECT group_concat(tag, char(31)) FROM"
    " (SELECT tag FROM lead_tags WHERE lead_id = l.id ORDER BY tag))"
)


def compile_filter(
    filter_doc: Doc, catalog: Catalog, campaigns: Mapping[str, int]
) -> tuple[str, list[Any]]:
    """The condition of a WHERE clause, and the values to bind to it.

    Args:
        filter_doc: a filter document.
        catalog: the fields that it may name.
        campaigns: ids of the campaigns by name.

    Raises:
        InputError: the document cannot be understood.
    """
    sql, values = _Compiler(catalog, campaigns).of(read_document(filter_doc, catalog))
    return sql, list(values)


def compile_sort(sorts: Sequence[Sort], catalog: Catalog) -> str:
    """The terms of an ORDER BY clause: blank cells last in both directions, then by id.

    Columns of numbers stand in the order of their numbers, before those of their cells that
    are text; all others in the order of their folded text.

    Raises:
        InputError: there is no such field.
    """
    terms: list[str] = []
    for sort in sorts:
        field = catalog.resolve(sort.field)
        direction = " DESC" if sort.descending else ""
        if field.key == "id":
            terms.append(f"l.id{direction}")
            continue
        cell = _sorted_cell(field.key, catalog)
        key = _folded(cell)
        if field.type == ColumnType.NUMBER:
            key = f"coalesce({_number(cell)}, {key})"
        terms += [f"({cell} IS NULL OR {cell} = '')", f"{key}{direction}"]
    return ", ".join([*terms, "l.id"])


def register_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that compiled filters and sorts call."""

    def folded(value: Any) -> str | None:
        return None if value is None else fold(value)

    def found(pattern: str, value: Any) -> bool:
        return value is not None and compiled(pattern).search(fold(value)) is not None

    create = functools.partial(connection.create_function, deterministic=True)
    create("ls_fold", 1, folded)
    create("ls_number", 1, as_number)
    create("ls_found", 2, found)


class _Compiler:
    def __init__(self, catalog: Catalog, campaigns: Mapping[str, int]) -> None:
        self._catalog = catalog
        self._campaigns = campaigns

    def of(self, condition: Condition) -> Sql:
        match condition:
            case Test():
                return self._test(condition)
            case TextTest():
                return self._any_text(condition.text)
            case StateTest():
                return self._state(condition)
            case All():
                return _joined("AND", [self.of(part) for part in condition.parts]) or _TRUE
            case Some():
                return _joined("OR", [self.of(part) for part in condition.parts]) or _FALSE
            case Not():
                sql, values = self.of(condition.part)
                return f"({sql}) IS NOT TRUE", values
            case _:
                assert_never(condition)

    def _test(self, test: Test) -> Sql:
        match test.field:
            case "id":
                return _id(test.predicate)
            case "campaign":
                return self._campaign(test.predicate)
            case "tags":
                return _tag(test.predicate)
            case key:
                return _cell_test(
                    self._cell(key), test.predicate, may_be_real=self._may_be_real(key)
                )

    def _cell(self, key: str) -> str:
        return _cell(key, self._catalog)

    def _may_be_real(self, key: str) -> bool:
        return self._catalog.resolve(key).column is not None

    def _campaign(self, predicate: Predicate) -> Sql:
        """The names are few: they are tested here, and SQL sees only ids."""
        ids = [i for name, i in self._campaigns.items() if predicate_holds(predicate, name)]
        sql = f"l.campaign_id IN ({_integers(ids)})"
        if isinstance(predicate, Blank):
            sql = f"({sql} OR l.campaign_id NOT IN ({_integers(self._campaigns.values())}))"
        return sql, ()

    def _any_text(self, text: str) -> Sql:
        custom = [f"l.c{column.id:d}" for column in self._catalog.columns]
        own = [f"l.{name}" for name in _OWN_TEXT]
        if not text.isascii() or not text or _FLOAT_TEXT.fullmatch(text):
            tests = [_cell_test(cell, Contains(text), may_be_real=False) for cell in own]
            tests += [_cell_test(cell, Contains(text), may_be_real=True) for cell in custom]
            return _joined("OR", tests) or _FALSE
        # All cheap tests first: most rows that match never reach a function.
        pattern = f"%{_like(text)}%"
        cheap: list[Sql] = [(rf"{cell} LIKE ? ESCAPE '\'", (pattern,)) for cell in own + custom]
        slow: list[Sql] = [
            (f"({_is_wide(cell)} AND instr(ls_fold({cell}), ?))", (text,)) for cell in own + custom
        ]
        return _joined("OR", [*cheap, *slow]) or _FALSE

    def _state(self, test: StateTest) -> Sql:
        columns = _integers(self._state_columns(test))
        here = f"lead_id = l.id AND column_id IN ({columns})"
        if test.facet == "locked":
            return f"EXISTS (SELECT 1 FROM lead_locks WHERE {here})", ()  # noqa: S608 - integers
        if test.facet == "stale":
            return f"EXISTS (SELECT 1 FROM tasks WHERE {here} AND stale)", ()  # noqa: S608 - integers
        wanted = tuple(sorted(test.values))
        marks = ", ".join("?" * len(wanted))
        queued = f"SELECT 1 FROM queue WHERE {here}"  # noqa: S608 - integers
        settled = f"SELECT 1 FROM tasks t WHERE t.lead_id = l.id AND t.column_id IN ({columns})"  # noqa: S608 - integers
        if not wanted:
            return f"(EXISTS ({queued}) OR EXISTS ({settled}))", ()
        if test.facet == "status":
            pending = f"EXISTS ({queued})" if "pending" in wanted else "0"
            waiting: tuple[str, ...] = ()
        else:
            pending, waiting = f"EXISTS ({queued} AND reason IN ({marks}))", wanted
        # A cell in the queue is pending, whatever its task says from before.
        fresh = "SELECT 1 FROM queue q WHERE q.lead_id = t.lead_id AND q.column_id = t.column_id"
        settled += f" AND t.{test.facet} IN ({marks}) AND NOT EXISTS ({fresh})"
        return f"({pending} OR EXISTS ({settled}))", (*waiting, *wanted)

    def _state_columns(self, test: StateTest) -> list[int]:
        if test.column == ANY:
            columns = self._catalog.columns if test.facet == "locked" else self._catalog.running
            return [column.id for column in columns]
        driver = self._catalog.driver(test.column)
        own = self._catalog.resolve(test.column).column
        column = own if test.facet == "locked" and own else driver
        return [column.id] if column else []


def _cell(key: str, catalog: Catalog) -> str:
    field = catalog.resolve(key)
    if field.column:
        return f"l.c{field.column.id:d}"
    assert field.key in (*_OWN_TEXT, "created_at", "updated_at"), field.key
    return f"l.{field.key}"


def _sorted_cell(key: str, catalog: Catalog) -> str:
    if key == "campaign":
        return _CAMPAIGN_NAME
    return _TAGS if key == "tags" else _cell(key, catalog)


# one cell -----------------------------------------------------------------------------------
def _cell_test(  # noqa: PLR0911 - a line a kind
    cell: str, predicate: Predicate, *, may_be_real: bool
) -> Sql:
    match predicate:
        case Blank():
            return f"({cell} IS NULL OR {cell} = '')", ()
        case EqualsNumber():
            marks, values = _listed(predicate.numbers)
            return f"{_number(cell)} IN ({marks})", values
        case ComparesNumber():
            return f"{_number(cell)} {predicate.order} ?", (predicate.number,)
        case ComparesText():
            sql = f"({cell} <> '' AND {_folded(cell)} {predicate.order} ?)"
            return sql, (predicate.text,)
        case ComparesDate():
            wide = f"({_is_wide(cell)} AND ls_fold({cell}) GLOB '{_DATE}')"
            sql = f"({cell} GLOB '{_DATE}' OR {wide}) AND {_folded(cell)} {predicate.order} ?"
            return f"({sql})", (predicate.text,)
        case EqualsText():
            marks, values = _listed(predicate.texts)
            return f"({cell} <> '' AND {_folded(cell)} IN ({marks}))", values
        case Contains():
            return _contains(cell, predicate.text, may_be_real=may_be_real)
        case HasWords():
            return _has_words(cell, predicate, may_be_real=may_be_real)
        case HasPattern():
            return f"({cell} <> '' AND ls_found(?, {cell}))", (predicate.pattern,)
        case _:
            assert_never(predicate)


def _contains(cell: str, text: str, *, may_be_real: bool) -> Sql:
    if not text:
        return f"{cell} <> ''", ()
    slow: Sql = (f"instr(ls_fold({cell}), ?) > 0", (text,))
    fast: Sql = (rf"{cell} LIKE ? ESCAPE '\'", (f"%{_like(text)}%",)) if text.isascii() else _FALSE
    return _by_alphabet(cell, text, fast, slow, may_be_real=may_be_real)


def _has_words(cell: str, words: HasWords, *, may_be_real: bool) -> Sql:
    text = words.text
    if not text:
        return f"{cell} <> ''", ()
    slow: Sql = (f"ls_found(?, {cell})", (words.pattern,))
    fast = _FALSE
    if text.isascii():
        before = "[^0-9a-z_]" if words.pattern.startswith(WORD_STARTS) else ""
        after = "[^0-9a-z_]" if words.pattern.endswith(WORD_ENDS) else ""
        glob = "".join(f"[{c}]" if c in "*?[" else c for c in text)
        # LIKE is four times as fast as GLOB and leaves it few cells. An AND would not do: as a
        # value, both its sides are computed.
        sql = (
            rf"CASE WHEN {cell} LIKE ? ESCAPE '\'"
            f" THEN lower(' ' || {cell} || ' ') GLOB ? ELSE 0 END"
        )
        fast = (sql, (f"%{_like(text)}%", f"*{before}{glob}{after}*"))
    return _by_alphabet(cell, text, fast, slow, may_be_real=may_be_real)


def _by_alphabet(cell: str, text: str, fast: Sql, slow: Sql, *, may_be_real: bool) -> Sql:
    """The native test for ASCII cells, the function for others.

    SQLite prints floats in its own way (`5.0`, `1.0e+20`); where the text that is looked for
    could be part of one, floats take the function, too.
    """
    wide = _is_wide(cell)
    if may_be_real and _FLOAT_TEXT.fullmatch(text):
        wide = f"(typeof({cell}) = 'real' OR {wide})"
    return f"CASE WHEN {wide} THEN {slow[0]} ELSE {fast[0]} END", (*slow[1], *fast[1])


def _is_wide(cell: str) -> str:
    """Whether a cell has characters beyond ASCII: its bytes are more than its characters."""
    return f"length({cell}) <> length(CAST({cell} AS BLOB))"


def _folded(cell: str) -> str:
    wide = f"typeof({cell}) = 'real' OR {_is_wide(cell)}"
    return f"CASE WHEN {wide} THEN ls_fold({cell}) ELSE lower({cell}) END"


def _number(cell: str) -> str:
    """The cell as REAL, NULL where it is no number."""
    return (
        f"CASE typeof({cell}) WHEN 'integer' THEN CAST({cell} AS REAL)"
        f" WHEN 'real' THEN CASE WHEN {cell} - {cell} = 0 THEN {cell} END"  # not of infinities
        f" WHEN 'text' THEN CASE WHEN {cell} GLOB '{_NUMBER_STARTS}' THEN"
        f" CASE WHEN length({cell}) <= 15 AND {cell} NOT GLOB '*[^0-9]*'"
        f" THEN CAST({cell} AS REAL) ELSE ls_number({cell}) END END END"
    )


def _like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _listed(values: frozenset[Any]) -> Sql:
    """The inside of `IN (…)`: a mark, or a table of many values in one bound JSON."""
    if len(values) <= 8:
        return ", ".join("?" * len(values)), tuple(values)
    return "SELECT value FROM json_each(?)", (json.dumps(list(values)),)


# fields that are not cells ------------------------------------------------------------------
def _id(predicate: Predicate) -> Sql:
    match predicate:
        case Blank():
            return _FALSE
        case EqualsNumber():
            whole = [int(number) for number in predicate.numbers if number.is_integer()]
            if len(whole) <= 8:
                return f"l.id IN ({_integers(whole)})", ()
            return "l.id IN (SELECT value FROM json_each(?))", (json.dumps(whole),)
        case ComparesNumber():
            return f"l.id {predicate.order} ?", (predicate.number,)
        case _:
            raise AssertionError(f"ids are only compared as numbers: {predicate}")


def _tag(predicate: Predicate) -> Sql:
    owned = "SELECT 1 FROM lead_tags g WHERE g.lead_id = l.id"
    if isinstance(predicate, Blank):
        return f"NOT EXISTS ({owned})", ()
    is_text = not isinstance(predicate, (EqualsNumber, ComparesNumber))
    assert is_text, f"tags are only compared as text: {predicate}"
    sql, values = _cell_test("g.tag", predicate, may_be_real=False)
    return f"EXISTS ({owned} AND {sql})", values


def _integers(ids: Iterable[int]) -> str:
    return ", ".join(f"{i:d}" for i in ids)


def _joined(operator: str, parts: Sequence[Sql]) -> Sql | None:
    """The parts in one, as a balanced tree: SQLite refuses expressions over 1,000 deep."""
    if len(parts) <= 1:
        return parts[0] if parts else None
    middle = len(parts) // 2
    left, right = _joined(operator, parts[:middle]), _joined(operator, parts[middle:])
    assert left, "each half has parts"
    assert right, "each half has parts"
    return f"({left[0]} {operator} {right[0]})", (*left[1], *right[1])
