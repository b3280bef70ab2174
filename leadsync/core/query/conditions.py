"""Conditions on leads: a filter document after every name and value has been understood.

`document.read_document` makes them; the evaluators (memory, SQLite, MongoDB) only translate
them, so that no evaluator decides what a blank, a number or an accent means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leadsync.core.text import words_pattern

BEGINS_AS_DATE = "^[0-9]{4}-[0-9]{2}"
"""Found in the folded text of a cell that can be ordered with dates."""

Order = Literal["<", "<=", ">", ">="]
Facet = Literal["status", "reason", "stale", "locked"]


@dataclass(frozen=True, slots=True)
class Blank:
    """The cell holds nothing; of tags: there are none."""


@dataclass(frozen=True, slots=True)
class EqualsText:
    """The folded cell is one of these folded texts."""

    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class EqualsNumber:
    """The cell is a number, and one of these."""

    numbers: frozenset[float]


@dataclass(frozen=True, slots=True)
class ComparesText:
    """The folded cell stands so in the order of code points. Blank cells never do."""

    order: Order
    text: str


@dataclass(frozen=True, slots=True)
class ComparesDate:
    """The cell begins as an ISO date, and its folded text stands so to this one."""

    order: Order
    text: str


@dataclass(frozen=True, slots=True)
class ComparesNumber:
    """The cell is a number that stands so to this one."""

    order: Order
    number: float


@dataclass(frozen=True, slots=True)
class Contains:
    """The folded cell contains this folded text; of filled cells, if the text is empty."""

    text: str


@dataclass(frozen=True, slots=True)
class HasWords:
    """The folded phrase occurs as whole words; the last may go on where `open_end` is set."""

    text: str
    open_end: bool = False

    @property
    def pattern(self) -> str:
        """The same as a regular expression over folded text."""
        return words_pattern(self.text, open_end=self.open_end)


@dataclass(frozen=True, slots=True)
class HasPattern:
    """The portable regular expression is found in the folded cell."""

    pattern: str


Predicate = (
    Blank
    | EqualsText
    | EqualsNumber
    | ComparesText
    | ComparesDate
    | ComparesNumber
    | Contains
    | HasWords
    | HasPattern
)


@dataclass(frozen=True, slots=True)
class Test:
    """A predicate on one field, by its key; of tags it holds if it holds of one of them."""

    field: str
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class TextTest:
    """Some text cell of the lead contains this folded text: own text fields, all columns."""

    text: str


@dataclass(frozen=True, slots=True)
class StateTest:
    """The state of a running cell.

    Attributes:
        column: key of the column, or `any`: some column.
        values: the states that fit; empty means any state at all. For `stale` and `locked`
            it is always empty: the flag is set.
    """

    column: str
    facet: Facet
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; an empty one always does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; of none, none does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Test | TextTest | StateTest | All | Some | Not
