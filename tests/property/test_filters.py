"""Filters mean the same in memory, in SQLite and in the plain reference."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadsync.core.errors import InputError
from leadsync.core.models import CellState, Reason, Sort, Status
from leadsync.core.query.catalog import Catalog
from leadsync.core.query.document import validate_document
from leadsync.core.query.match import matches
from leadsync.core.query.parse import parse_filter, parse_tree
from leadsync.core.query.tree import AllOf, AnyOf, Condition, Kind, Negated, Tree, Word, to_text
from leadsync.core.store.sqlite.compile import compile_filter, compile_sort, register_functions
from leadsync.core.text import as_number, fold
from tests.property.filter_cases import (
    CAMPAIGNS,
    COLUMNS,
    RUNNING,
    TEXT_FIELDS,
    LeadCase,
    documents,
    lead_cases,
    number,
    plain,
    reference_matches,
)

CATALOG = Catalog(COLUMNS)
_SLOTS = {column.key: column.slot for column in COLUMNS}
_IDS = {column.key: column.id for column in COLUMNS}


def a_database(cases: list[LeadCase]) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    register_functions(db)
    slots = ", ".join(f"{slot} ANY" for slot in _SLOTS.values())
    db.execute(
        "CREATE TABLE leads (id INTEGER PRIMARY KEY, campaign_id INTEGER, email TEXT, name TEXT,"
        f" linkedin_url TEXT, source TEXT, created_at TEXT, updated_at TEXT, {slots}) STRICT"
    )
    db.execute("CREATE TABLE documents (kind TEXT, id INTEGER, body TEXT)")
    db.execute("CREATE TABLE lead_tags (lead_id INTEGER, tag TEXT)")
    db.execute("CREATE TABLE lead_locks (lead_id INTEGER, column_id INTEGER)")
    db.execute(
        "CREATE TABLE tasks (lead_id INTEGER, column_id INTEGER, status TEXT, reason TEXT,"
        " stale INTEGER)"
    )
    db.execute("CREATE TABLE queue (lead_id INTEGER, column_id INTEGER, reason TEXT)")
    for name, campaign_id in CAMPAIGNS.items():
        body = json.dumps({"name": name})
        db.execute("INSERT INTO documents VALUES ('campaigns', ?, ?)", (campaign_id, body))
    for case in cases:
        _insert(db, case)
    return db


def _insert(db: sqlite3.Connection, case: LeadCase) -> None:
    row: dict[str, Any] = {
        "id": case.id,
        "campaign_id": CAMPAIGNS[case.campaign],
        "created_at": case.created_at,
        "updated_at": case.updated_at,
    } | {_SLOTS.get(key, key): value for key, value in case.cells.items()}
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO leads ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    for tag in case.tags:
        db.execute("INSERT INTO lead_tags VALUES (?, ?)", (case.id, tag))
    for key in case.locked:
        db.execute("INSERT INTO lead_locks VALUES (?, ?)", (case.id, _IDS[key]))
    for key, task in case.tasks.items():
        db.execute("INSERT INTO tasks VALUES (?, ?, ?, ?, ?)", (case.id, _IDS[key], *task))
    for key, reason in case.queued.items():
        db.execute("INSERT INTO queue VALUES (?, ?, ?)", (case.id, _IDS[key], reason))


def states_of(case: LeadCase) -> dict[str, CellState]:
    states: dict[str, CellState] = {}
    for key in {*RUNNING, *case.locked}:
        status, reason, stale = case.tasks.get(key, (None, None, False))
        if key in case.queued:
            status, reason = "pending", case.queued[key]
        states[key] = CellState(
            Status(status) if status else None,
            Reason(reason) if reason else None,
            stale,
            key in case.locked,
        )
    return states


def in_memory(doc: dict[str, Any], case: LeadCase) -> bool:
    lead = case.cells | {
        "id": case.id,
        "tags": case.tags,
        "campaign": case.campaign,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
    }
    return matches(doc, lead, states_of(case), CATALOG)


def canonical(doc: dict[str, Any]) -> dict[str, Any]:
    """The document as a person's, or as it is where a person may not compare so."""
    try:
        return validate_document(doc, CATALOG)
    except InputError:
        return doc


@settings(max_examples=400, deadline=None)
@given(lead_cases(), documents)
@example([LeadCase(1, {"title": "\u0301"})], {"title": {"$contains": "\u0301"}})
@example([LeadCase(1, {"size": 5.0}), LeadCase(2, {"size": 1e20})], {"size": {"$contains": ".0"}})
@example([LeadCase(1, {"size": 2**53 + 1})], {"size": {"$eq": 2**53}})
@example([LeadCase(1, {}, tags=("a", "b"))], {"tags": {"$ne": "a"}})
def test_every_evaluator_selects_the_leads_of_the_reference(
    cases: list[LeadCase], doc: dict[str, Any]
) -> None:
    expected = [case.id for case in cases if reference_matches(doc, case)]
    typed = canonical(doc)
    assert [case.id for case in cases if in_memory(typed, case)] == expected
    condition, values = compile_filter(doc, CATALOG, CAMPAIGNS)
    db = a_database(cases)
    try:
        found = db.execute(f"SELECT l.id FROM leads l WHERE {condition} ORDER BY 1", values)
        assert [row[0] for row in found] == expected
    finally:
        db.close()


_sorts = st.lists(
    st.builds(
        Sort, st.sampled_from([*TEXT_FIELDS, "tags", "campaign", "created_at"]), st.booleans()
    ),
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(lead_cases(), _sorts)
def test_orders_put_blank_cells_last_and_numbers_in_their_order(
    cases: list[LeadCase], sorts: list[Sort]
) -> None:
    expected = sorted(cases, key=lambda case: case.id)
    for sort in reversed(sorts):
        filled = [case for case in expected if _key(case, sort.field) is not None]
        blank = [case for case in expected if _key(case, sort.field) is None]
        filled.sort(key=lambda case, f=sort.field: _key(case, f), reverse=sort.descending)
        expected = filled + blank
    db = a_database(cases)
    try:
        found = db.execute(f"SELECT l.id FROM leads l ORDER BY {compile_sort(sorts, CATALOG)}")
        assert [row[0] for row in found] == [case.id for case in expected]
    finally:
        db.close()


def _key(case: LeadCase, name: str) -> tuple[int, float, str] | None:
    if name == "tags":
        return (1, 0, plain("\x1f".join(case.tags))) if case.tags else None
    cell = getattr(case, name) if name in ("campaign", "created_at") else case.cells.get(name)
    if cell is None:
        return None
    value = number(cell) if name == "size" else None
    return (1, 0, plain(cell)) if value is None else (0, value, "")


@given(st.text())
def test_folding_ignores_case_and_accents_in_any_text(text: str) -> None:
    assert fold(text) == plain(text)
    assert as_number(text) == number(text)


# the language -------------------------------------------------------------------------------
def _stands_for_itself(text: str) -> bool:
    """Whether a text stands for itself, and is no condition or negation."""
    return not any(c in text for c in ":~") or not text[0].isascii() or text[0] in "1*.:~/@"


_safe = st.text("abXYé_1*.:~/@京", min_size=1, max_size=6).filter(
    lambda t: t.lower() not in ("or", "and", "not")
)
_bare = _safe.filter(_stands_for_itself)
_literals = st.one_of(
    st.tuples(_safe, st.just(Kind.BARE)),
    st.tuples(st.text(st.characters(codec="utf-8"), max_size=8), st.just(Kind.QUOTED)),
)
_conditions = st.builds(
    lambda f, op, lit: Condition(f, op, *lit),
    st.sampled_from(["title", "size", "tag", "any.status", "x_1"]),
    st.sampled_from([":", "=", "!=", ">", ">=", "<", "<="]),
    _literals,
).filter(lambda c: not (c.operator in ":=" and c.value.startswith(("//", "=", ">", "<"))))
_finding = st.builds(
    lambda f, lit: Condition(f, "~", *lit),
    st.sampled_from(["title", "size"]),
    st.one_of(
        st.tuples(st.text("ab.*( )|é", min_size=1, max_size=6), st.just(Kind.REGEX)),
        st.tuples(st.text(max_size=5), st.just(Kind.QUOTED)),
    ),
)
_words = st.one_of(
    st.builds(Word, _bare), st.builds(lambda t: Word(t, Kind.QUOTED), st.text(max_size=6))
)


def _flat(kind: type[AllOf | AnyOf], terms: list[Tree]) -> Tree:
    flat: list[Tree] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, kind) else [term])
    return kind(tuple(flat))


_trees = st.recursive(
    st.one_of(_conditions, _finding, _words),
    lambda inner: st.one_of(
        st.builds(Negated, inner),
        st.builds(lambda t: _flat(AllOf, t), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda t: _flat(AnyOf, t), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(_trees)
def test_a_printed_filter_is_read_back_as_the_same_tree(tree: Tree) -> None:
    assert parse_tree(to_text(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), st.text('title:size~/"()- ornotand=><*.any', max_size=30)))
def test_any_text_is_a_filter_or_an_error_with_its_place(text: str) -> None:
    try:
        doc = parse_filter(text, CATALOG)
    except InputError as refused:
        if not refused.message.startswith("filter, column "):
            raise
        return
    compile_filter(doc, CATALOG, CAMPAIGNS)
    assert validate_document(doc, CATALOG) == doc
