"""What typed filters mean, and what is said about those that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from leadsync.core.errors import InputError
from leadsync.core.models import Column, ColumnType
from leadsync.core.query.catalog import Catalog
from leadsync.core.query.document import validate_document
from leadsync.core.query.match import matches
from leadsync.core.query.parse import parse_filter, parse_tree
from leadsync.core.query.tree import to_text

COLUMNS = [
    Column(1, "title", "Title"),
    Column(2, "employees", "Employees", type=ColumnType.NUMBER),
    Column(3, "pitch", "Pitch", kind="ai", outputs={"icebreaker": "icebreaker"}),
    Column(4, "icebreaker", "Icebreaker"),
    Column(5, "company", "Company"),
    Column(6, "closed", "Closed", type=ColumnType.DATE),
]
CATALOG = Catalog(COLUMNS)


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("", {}),
        ("   ", {}),
        ('title:"head of"', {"title": {"$words": "head of"}}),
        ("title:sales*", {"title": {"$prefix": "sales"}}),
        ("title:*sales*", {"title": {"$contains": "sales"}}),
        ('title:"a*"', {"title": {"$words": "a*"}}),
        ("title:*", {"title": {"$exists": True}}),
        ("company~acme", {"company": {"$contains": "acme"}}),
        ("company~/^ac|me$/", {"company": {"$regex": "^ac|me$"}}),
        ("company=Acme", {"company": {"$eq": "Acme"}}),
        ("company!=Acme", {"company": {"$ne": "Acme"}}),
        ("-tag:cold", {"$not": {"tags": {"$eq": "cold"}}}),
        ("not tags:cold", {"$not": {"tags": {"$eq": "cold"}}}),
        ("employees>=50", {"employees": {"$gte": 50}}),
        ("employees:>=50", {"employees": {"$gte": 50}}),
        ("employees:50", {"employees": {"$eq": 50}}),
        ("employees<1.5", {"employees": {"$lt": 1.5}}),
        ("employees:10..20", {"employees": {"$gte": 10, "$lte": 20}}),
        ("employees:10..", {"employees": {"$gte": 10}}),
        ("id:4711", {"id": {"$eq": 4711}}),
        ("id:10..20", {"id": {"$gte": 10, "$lte": 20}}),
        ("created>2026-01-01", {"created_at": {"$gt": "2026-01-01"}}),
        ("created:2026-01", {"created_at": {"$prefix": "2026-01"}}),
        ("closed>2026", {"closed": {"$gt": "2026"}}),
        ("pitch:empty", {"pitch": {"$exists": False}}),
        ('pitch:""', {"pitch": {"$exists": False}}),
        ("pitch:exists", {"pitch": {"$exists": True}}),
        ("campaign:Q4", {"campaign": {"$eq": "Q4"}}),
        ("pitch.status:error", {"pitch.status": {"$eq": "error"}}),
        ("icebreaker.status:error", {"pitch.status": {"$eq": "error"}}),
        ("pitch.reason:throttled", {"pitch.reason": {"$eq": "throttled"}}),
        ("status:error", {"any.status": {"$eq": "error"}}),
        ("stale:pitch", {"pitch.stale": {"$eq": True}}),
        ("stale:any", {"any.stale": {"$eq": True}}),
        ("locked:icebreaker", {"icebreaker.locked": {"$eq": True}}),
        ("locked:any", {"any.locked": {"$eq": True}}),
        ("acme", {"$text": "acme"}),
        ('"head of"', {"$text": "head of"}),
        ("https://acme.com", {"$text": "https://acme.com"}),
        ("email:bob@acme.com", {"email": {"$words": "bob@acme.com"}}),
        ("LinkedIn:x", {"linkedin_url": {"$words": "x"}}),
        ("a b", {"$and": [{"$text": "a"}, {"$text": "b"}]}),
        ("a and b", {"$and": [{"$text": "a"}, {"$text": "b"}]}),
        (
            "a b or c",
            {"$or": [{"$and": [{"$text": "a"}, {"$text": "b"}]}, {"$text": "c"}]},
        ),
        ("orange", {"$text": "orange"}),
    ],
)
def test_a_typed_filter_means_its_document(text: str, document: dict[str, Any]) -> None:
    assert parse_filter(text, CATALOG) == document


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("comapny:x", 1, 'no field "comapny"; did you mean "company"?'),
        ("title:x comapny:y", 9, 'no field "comapny"; did you mean "company"?'),
        ("title:x )", 9, "no ( belongs to this )"),
        ("(title:x", 1, "this ( is not closed"),
        ("()", 2, "there is nothing between the parentheses"),
        ("title:", 1, 'no value after "title:"'),
        ("title: x", 1, 'no value after "title:"'),
        ('title:"head', 7, "the quote is not closed"),
        ("title:x or", 11, "a condition is missing at the end"),
        ("not", 4, "a condition is missing at the end"),
        ("id:abc", 4, "ids are numbers, not 'abc'"),
        ("status:eror", 8, 'no status "eror"; did you mean "error"?'),
        ("pitch.statu:error", 7, 'no cell state "statu"; did you mean "status"?'),
        ("company.status:error", 1, 'no run fills "company", so its cells have no status'),
        ("stale:pitsch", 7, 'no field "pitsch"; did you mean "pitch"?'),
    ],
)
def test_an_error_names_its_place_and_the_nearest_name(
    text: str, column: int, message: str
) -> None:
    with pytest.raises(InputError) as refused:
        parse_filter(text, CATALOG)
    sentence, shown, caret = refused.value.message.split("\n")
    assert sentence == f"filter, column {column}: {message}"
    assert shown.strip() == text.strip()
    assert caret.index("^") == column + 1


def test_a_pattern_that_is_none_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match=r'column 7: the pattern "a\(" cannot be used'):
        parse_filter("title~/a(/", CATALOG)


@pytest.mark.parametrize("text", ["(" * 40 + "a" + ")" * 40, "-" * 40 + "a", "not " * 40 + "a"])
def test_a_filter_that_is_nested_too_deep_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="nested more than 30 levels"):
        parse_filter(text, CATALOG)


def test_states_of_cells_win_over_a_column_of_that_name() -> None:
    catalog = Catalog([*COLUMNS, Column(7, "status", "Status"), Column(8, "stale", "Stale")])
    assert parse_filter("status:error", catalog) == {"any.status": {"$eq": "error"}}
    assert parse_filter("customFields.status:error", catalog) == {"status": {"$words": "error"}}
    assert parse_filter("customFields.title:cto", catalog) == {"title": {"$words": "cto"}}
    with pytest.raises(InputError, match='no field "6"') as refused:
        parse_filter("stale:6", catalog)
    assert refused.value.next_step == "the column of that key is customFields.stale:…"


@pytest.mark.parametrize("name", ["customFields.titel", "customFields.email"])
def test_custom_fields_are_columns_only(name: str) -> None:
    with pytest.raises(InputError, match="no field"):
        parse_filter(f"{name}:x", CATALOG)


@pytest.mark.parametrize(
    ("text", "column", "message", "next_step"),
    [
        ("employees > 100", 11, 'no field before ">"', "without spaces, as in employees>=50"),
        ("employees >=100", 11, 'no field before ">=100"', 'a text stands in quotes: ">=100"'),
        ("title = CEO", 7, 'no field before "="', "without spaces"),
        ('"Job title":CEO', 12, 'no field before ":CEO"', "without spaces"),
        ("title ~ x", 7, 'no field before "~"', "without spaces"),
        ("title==CEO", 6, '"==" is no sign of a condition', "one of : = != ~ > >= < <="),
        ("title<>CEO", 6, '"<>" is no sign of a condition', 'in quotes: title<">CEO"'),
        ("!title:x", 1, '"!" is written "not" or "-"', ""),
        ("title:a && title:b", 9, '"&&" is written "and"', ""),
        ("title:a || title:b", 9, '"||" is written "or"', ""),
    ],
)
def test_signs_that_would_be_looked_for_as_words_are_refused(
    text: str, column: int, message: str, next_step: str
) -> None:
    with pytest.raises(InputError) as refused:
        parse_filter(text, CATALOG)
    assert refused.value.message.split("\n")[0] == f"filter, column {column}: {message}"
    assert next_step in refused.value.next_step


@pytest.mark.parametrize(
    "text", ['">"', '"=1+1"', "Analytical & Co", "c++", "title~/^=/", 'title="=1+1"', "1=1"]
)
def test_signs_in_quotes_and_within_words_are_texts(text: str) -> None:
    parse_filter(text, CATALOG)


@pytest.mark.parametrize(
    ("text", "column", "message", "next_step"),
    [
        ("employees>4,000", 11, '"employees" holds numbers, and "4,000" is none', "4000"),
        ("title>4,000", 7, '"4,000" is compared as a text', 'write 4000, or "4,000" in quotes'),
        ("title:1,000..2,000", 7, '"1,000" is compared as a text', "write 1000"),
        ("title>1/2/2026", 7, '"1/2/2026" is compared as a text', "dates as 2026-01-31, or"),
        ("title<2026-13-01", 7, '"2026-13-01" is compared as a text', '"2026-13-01" in quotes'),
        ("title:1.1.2026..5.1.2026", 7, '"1.1.2026" is compared as a text', "as 2026-01-31"),
        ("employees>abc", 11, '"employees" holds numbers, and "abc" is none', "4000"),
        ("employees:10..many", 11, '"employees" holds numbers, and "many" is none', "4000"),
        ("id>4,000", 4, "ids are numbers, not '4,000'", ""),
        ("created>2026-13-45", 9, '"created_at" holds dates, and "2026-13-45" is none', "2026-01"),
        ("created>yesterday", 9, '"created_at" holds dates, and "yesterday" is none', "2026-01"),
        ("created:yesterday", 9, '"created_at" holds dates, and "yesterday" is none', "2026-01"),
        ("closed<foo", 8, '"closed" holds dates, and "foo" is none', "2026-01"),
        ("closed:2026..foo", 8, '"closed" holds dates, and "foo" is none', "2026-01"),
    ],
)
def test_a_comparison_with_what_the_field_cannot_hold_is_refused(
    text: str, column: int, message: str, next_step: str
) -> None:
    with pytest.raises(InputError) as refused:
        parse_filter(text, CATALOG)
    assert refused.value.message.split("\n")[0] == f"filter, column {column}: {message}"
    assert next_step in refused.value.next_step


@pytest.mark.parametrize(
    "text",
    ["closed>2026", "closed>=2026-02", 'closed<"2026-02-28T10:00:00.000Z"', "closed:march",
     "title>foo", "employees:11-50", "created:empty", "created:2026-01*", "employees>-1.5e3",
     'title>"4,000"', "title>4,5", 'title>"1/2/2026"', "title>1.2.3", "title>=2026-02-28"],
)  # fmt: skip
def test_other_comparisons_stand(text: str) -> None:
    parse_filter(text, CATALOG)


def test_a_range_of_dates_includes_its_last_day() -> None:
    doc = parse_filter("created:2026-01-01..2026-01-31", CATALOG)
    assert matches(doc, {"created_at": "2026-01-31T23:59:59.999Z"})
    assert not matches(doc, {"created_at": "2026-02-01T00:00:00.000Z"})


@pytest.mark.parametrize(
    ("text", "cell", "expected"),
    [
        ('title:"head of"', "Head of Sales", True),
        ('title:"head of"', "Überhead of", False),
        ("title:zoe", "Zoë", True),
        ("title:sal*", "Head of Sales", True),
        ("title:*les", "Head of Sales", True),
        ("title:h*sales", "Head of Sales", True),
        ("title:h*ale", "Head of Sales", False),
        ('title:"c++"', "C++ developer", True),
        ("title~/SALES$/", "Head of Sales", True),
        ("title=head", "Head of Sales", False),
        ("title!=head", None, True),
        ("-title:head", None, True),
        ("title>5", "12", True),
        ("title>5", "a dozen", False),
        ("title<5", None, False),
        ("title>=m", "Zoë", True),
    ],
)
def test_a_condition_on_one_cell(text: str, cell: str | None, expected: bool) -> None:
    assert matches(parse_filter(text, CATALOG), {"title": cell}) is expected


@pytest.mark.parametrize(
    ("text", "cell", "expected"),
    [
        ("employees>100", "95", False),
        ("employees>100", "n/a", False),
        ("employees>100", "1,200", False),
        ("employees>100", "0101", True),
        ('employees>"100"', "95", False),
        ('employees>"100"', 300, True),
        ("closed>2026-01-01", "n/a", False),
        ("closed>2026", "next week", False),
        ("closed>2026-01-01", "31.01.2026", False),
        ("closed<2026-03-01", "1 May", False),
        ("closed>2026-01-01", "2026-01-31T09:00:00Z", True),
        ("closed>=2025", "2026-02", True),
        ("closed:2026-01-01..2026-01-31", "2026-01-31 18:00", True),
        ("closed:2026-01-01..", "soon", False),
        ("title>2026-01-01", "Head of Sales", False),
        ("title>2026-01-01", "2026-02-01", True),
        ("title:2026-01-01..2026-01-31", "2026-01-31", True),
        ("title:2026-01-01..2026-01-31", "Head of Sales", False),
        ("tag>2026-01-01", "vip", False),
    ],
)
def test_numbers_and_dates_are_ordered_with_cells_that_are_such_only(
    text: str, cell: str | int, expected: bool
) -> None:
    doc = parse_filter(text, CATALOG)
    key = parse_tree(text).field  # type: ignore[union-attr]
    lead = {"tags": (str(cell),)} if key == "tag" else {key: cell}
    assert matches(doc, lead, catalog=CATALOG) is expected
    assert matches(validate_document(doc, CATALOG), lead, catalog=CATALOG) is expected


def test_a_filter_is_printed_as_it_would_be_typed() -> None:
    text = 'title:"head of" -(tag:cold or employees>=50) company~/a b/ "x \\" y"'
    assert to_text(parse_tree(text)) == text
