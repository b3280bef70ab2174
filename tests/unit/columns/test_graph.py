"""The graph of columns: order, circles, dependants."""

from __future__ import annotations

import pytest

from leadsync.core.columns.graph import dependants, find_cycle, in_order, needs_of
from leadsync.core.models import Column


def columns(**inputs: str) -> list[Column]:
    """Columns by key; what each reads, separated by spaces, and after `>` what it fills."""
    found: list[Column] = []
    for number, (key, text) in enumerate(inputs.items(), start=1):
        reads, _, fills = text.partition(">")
        kind = "ai" if fills else "template"
        outputs = {target: target for target in fills.split()}
        found.append(Column(number, key, key, kind, inputs=tuple(reads.split()), outputs=outputs))
    return found


def keys(found: list[Column]) -> list[str]:
    return [column.key for column in found]


def test_a_filled_column_needs_the_one_that_fills_it() -> None:
    every = columns(outreach="intro name > pitch cta", pitch="", cta="", intro="")
    assert needs_of(every) == {
        "outreach": ("intro",),
        "pitch": ("outreach",),
        "cta": ("outreach",),
        "intro": (),
    }


def test_columns_stand_behind_what_they_need() -> None:
    every = columns(c="b pitch", outreach="a > pitch", b="a", a="name", pitch="")
    assert keys(in_order(every)) == ["a", "outreach", "b", "pitch", "c"]
    assert find_cycle(every) is None


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"a": "a"}, "a a"),
        ({"a": "b", "b": "c", "c": "b"}, "b c b"),
        ({"x": "pitch > pitch", "pitch": ""}, "x pitch x"),
        ({"one": "", "two": "three one", "three": "two"}, "two three two"),
    ],
)
def test_a_circle_is_found_with_its_path(given: dict[str, str], path: str) -> None:
    assert find_cycle(columns(**given)) == tuple(path.split())


def test_a_column_that_fills_itself_among_others_needs_no_other() -> None:
    every = columns(pitch="name > pitch cta", cta="")
    assert find_cycle(every) is None
    assert keys(in_order(every)) == ["pitch", "cta"]


def test_columns_of_a_circle_are_left_out_with_those_behind_them() -> None:
    every = columns(a="b", b="a", c="b", d="name")
    assert keys(in_order(every)) == ["d"]


def test_dependants_are_found_by_way_of_outputs_and_formulas() -> None:
    every = columns(a="", b="a", outreach="b > pitch", pitch="", c="pitch", d="")
    assert keys(dependants(every, "a")) == ["b", "outreach", "pitch", "c"]
    assert dependants(every, "d") == []
