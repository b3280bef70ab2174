"""Names of fields: what people type, and what templates may read."""

from __future__ import annotations

import pytest

from leadsync.core.columns.condition_fields import condition_fields
from leadsync.core.columns.fields import find_key, formula_fields, known_fields, label_of
from leadsync.core.columns.formulas import make_formulas, render_formula
from leadsync.core.errors import InputError
from leadsync.core.models import Column, ColumnType
from leadsync.core.query.catalog import Catalog

COLUMNS = [Column(1, "head_count", "Employees"), Column(2, "pitch", "Pitch", "ai")]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("email", "email"),
        ("Email ", "email"),
        ("LinkedinUrl", None),
        ("linkedinUrl", "linkedin_url"),
        ("head_count", "head_count"),
        ("employees", "head_count"),
        ("First Name", "first_name"),
        ("COMPANY", "company"),
        ("nothing", None),
    ],
)
def test_a_field_is_known_by_key_label_or_alias(typed: str, key: str | None) -> None:
    assert find_key(typed, COLUMNS) == key


def test_well_known_fields_may_be_read_before_they_exist() -> None:
    assert {"company", "tags", "pitch", "new"} <= known_fields(COLUMNS, ["new"])
    assert {"company", "email", "pitch"} <= formula_fields(COLUMNS)
    assert not {"tags", "campaign", "id", "created_at"} & formula_fields(COLUMNS)


def test_labels_are_made_of_keys() -> None:
    assert (label_of("first_name"), label_of("head_count")) == ("First name", "Head count")


def test_the_fields_of_a_condition_are_found_in_all_its_parts() -> None:
    text = (
        'head_count>5 -(tag:vip or pitch.status:error) created>2026-01-01 "anything" any.stale:true'
    )
    assert condition_fields(text, Catalog(COLUMNS)) == (
        "head_count",
        "tags",
        "pitch",
        "created_at",
    )
    assert condition_fields(" ", Catalog(COLUMNS)) == ()


def test_a_formula_is_previewed_without_being_stored() -> None:
    values = {"head_count": 20}
    assert render_formula("{{ head_count * 2 }}", ColumnType.NUMBER, values, COLUMNS) == 40
    assert render_formula("Hi {{ company }}", ColumnType.TEXT, values, COLUMNS) is None
    with pytest.raises(InputError, match='did you mean "head_count"'):
        render_formula("{{ head_cuont }}", ColumnType.TEXT, values, COLUMNS)


def test_a_stored_formula_that_does_not_compile_is_blank() -> None:
    broken = Column(3, "broken", "Broken", "template", config={"template": "{{ nmae"})
    formulas = make_formulas([*COLUMNS, broken])
    assert formulas.compute({"name": "Ada"}) == {"broken": None}
    assert formulas.reads == frozenset()
