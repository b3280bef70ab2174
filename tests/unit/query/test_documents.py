"""Filter documents that somebody typed as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from leadsync.core.errors import InputError
from leadsync.core.models import CellState, Column, Reason, Status
from leadsync.core.query.catalog import Catalog
from leadsync.core.query.document import validate_document
from leadsync.core.query.match import matches
from leadsync.core.store.mongo.compile import sort_key
from leadsync.core.text import as_number, fold, text_of

CATALOG = Catalog(
    [
        Column(1, "title", "Title"),
        Column(2, "pitch", "Pitch", kind="ai", outputs={"a": "hook"}),
        Column(3, "hook", "Hook"),
    ]
)


def test_names_become_canonical() -> None:
    doc: dict[str, Any] = {
        "tag": "cold",
        "customFields.title": "CTO",
        "hook.status": "error",
        "$not": {"linkedinUrl": None},
    }
    assert validate_document(doc, CATALOG) == {
        "tags": "cold",
        "title": "CTO",
        "pitch.status": "error",
        "$not": {"linkedin_url": None},
    }


def test_two_spellings_of_one_field_must_both_hold() -> None:
    doc = validate_document({"tag": "a", "tags": "b"}, CATALOG)
    assert matches(doc, {"tags": ("a", "b")})
    assert not matches(doc, {"tags": ("a",)})


@pytest.mark.parametrize(
    ("doc", "message"),
    [
        ([], "a filter document is a JSON object"),
        ({"titel": "x"}, 'no field "titel"; did you mean "title"'),
        ({"title": {"$eqq": 1}}, r'no filter operator "\$eqq"; did you mean "\$eq"'),
        ({"$nor": []}, r'no filter operator "\$nor"'),
        ({"title": {}}, "a field needs an operator"),
        ({"title": {"$in": "x"}}, r"\$in takes a list"),
        ({"title": {"$gt": None}}, r"\$gt needs a number or a text"),
        ({"title": {"$eq": {"a": 1}}}, r"\$eq takes a text, a number or null"),
        ({"title": {"$exists": "maybe"}}, "takes true or false"),
        ({"title": {"$options": "i"}}, r"\$options goes with \$regex"),
        ({"title": {"$regex": "a", "$options": "x"}}, r"\$options may be"),
        ({"title": {"$regex": r"(?P<a>x)"}}, "is not known to every engine"),
        ({"title": {"$regex": r"(a)\1"}}, "is not known to every engine"),
        ({"title": {"$regex": "a" * 1001}}, "at most 1000 characters"),
        ({"title": {"$contains": "\0"}}, "no cell can hold"),
        ({"id": {"$words": "1"}}, "ids are numbers"),
        ({"created_at": {"$gt": "soon"}}, '"created_at" holds dates, and "soon" is none'),
        ({"customFields.email": "a"}, 'no field "customFields.email"'),
        ({"pitch.status": "eror"}, 'no status "eror"; did you mean "error"'),
        ({"title.status": "error"}, 'no run fills "title"'),
        ({"pitch.status": {"$gt": "a"}}, 'no filter operator "\\$gt"'),
        ({"$or": [{"title": str(n)} for n in range(1200)]}, "more than 1000 conditions"),
        ({"title": {"$in": ["x"] * 10_001}}, "more than 10000 values"),
    ],
)
def test_a_document_that_cannot_be_is_refused_with_its_reason(doc: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        validate_document(doc, CATALOG)


def test_a_document_nested_thousands_deep_is_refused() -> None:
    doc: dict[str, Any] = {"title": "x"}
    for _ in range(5000):
        doc = {"$not": doc}
    with pytest.raises(InputError, match="nested more than"):
        validate_document(doc, CATALOG)


@pytest.mark.parametrize(
    ("operators", "cell", "expected"),
    [
        ({"$eq": None}, "", True),
        ({"$eq": ""}, None, True),
        ({"$ne": "x"}, None, True),
        ({"$nin": ["x"]}, None, True),
        ({"$eq": "5"}, 5, True),
        ({"$eq": "5"}, 5.0, True),
        ({"$eq": 7}, "007", True),
        ({"$eq": "7"}, "007", False),
        ({"$gt": 5}, "1,000", False),
        ({"$eq": "STRASSE"}, "straße", True),
        ({"$eq": True}, "true", True),
        ({"$regex": "^HEAD"}, "Head", True),
        ({"$not": {"$contains": "x"}}, None, True),
    ],
)
def test_blanks_numbers_and_case(operators: dict[str, Any], cell: Any, expected: bool) -> None:
    assert matches({"title": operators}, {"title": cell}) is expected


def test_states_of_cells_are_looked_at() -> None:
    states = {"pitch": CellState(Status.ERROR, Reason.THROTTLED, stale=True)}
    assert matches({"any.status": "error", "pitch.stale": True}, {}, states)
    assert matches({"pitch.locked": False}, {}, states)
    assert not matches({"pitch.reason": {"$in": ["auth", "unknown"]}}, {}, states)
    assert matches({"pitch.status": None}, {}, {})


@pytest.mark.parametrize(
    ("text", "number"),
    [("007", 7), (" +1.5e3 ", 1500), ("1,000", None), ("nan", None), ("1e999", None), ("٣", None),
     ("5.", None), (".5", None), ("1_0", None), ("", None)],
)  # fmt: skip
def test_only_plain_decimals_are_numbers(text: str, number: float | None) -> None:
    assert as_number(text) == number


def test_folded_text_has_no_case_accents_or_forms() -> None:
    assert fold("Zoë ﬁx İS STRAẞE Ångström") == "zoe fix is strasse angstrom"
    assert [text_of(n) for n in (5, 5.0, 0.5, 1e20)] == ["5", "5", "0.5", "1e+20"]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a{,2}$", "aa", True),
        ("^a{,2}$", "aaa", False),
        ("[[:x]", "[", True),
        (r"^[\d-]+$", "0-1", True),
        ("a{", "a{", True),
        (r"\bA\b", "x a", True),
        (r"\bA\b", "xa", False),
        ("[^]a]", "]a", False),
        ("x.y", "x\ny", False),
        ("É+", "eee", True),
    ],
)
def test_a_pattern_is_read_alike_by_every_engine(pattern: str, text: str, found: bool) -> None:
    assert matches({"title": {"$regex": pattern}}, {"title": text}) is found


def test_numbers_stand_before_text_in_an_order_of_numbers() -> None:
    cells = ["n/a", "10", 9, "1.50"]
    assert sorted(cells, key=lambda c: sort_key(c, CATALOG.resolve("id").type)) == [
        "1.50",
        9,
        "10",
        "n/a",
    ]
    assert sorted(["b", "Á"], key=sort_key) == ["Á", "b"]
