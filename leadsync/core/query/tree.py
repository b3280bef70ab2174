"""The tree of a typed filter, and how it is printed.

`parse.parse_tree(to_text(tree)) == tree` for every tree that the parser makes.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


class Kind(StrEnum):
    """How a text was written, which decides what `*`, `..` and `empty` in it mean."""

    BARE = "bare"
    QUOTED = "quoted"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase that is looked for in all text cells."""

    text: str
    kind: Kind = Kind.BARE
    at: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, an operator and a value.

    Attributes:
        operator: one of `: = != ~ > >= < <=`.
        at: where the field stands in the text, from 0.
        value_at: where the value stands.
    """

    field: str
    operator: str
    value: str
    kind: Kind = Kind.BARE
    at: int = dataclasses.field(default=0, compare=False)
    value_at: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negated:
    """What must not hold."""

    term: Tree


@dataclass(frozen=True, slots=True)
class AllOf:
    """Two or more terms that must all hold."""

    terms: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Two or more terms of which one must hold."""

    terms: tuple[Tree, ...]


Tree = Word | Condition | Negated | AllOf | AnyOf


def to_text(tree: Tree | None) -> str:
    """The filter as a person would type it; None is the empty filter."""
    match tree:
        case None:
            return ""
        case Word():
            return _written(tree.text, tree.kind)
        case Condition():
            return f"{tree.field}{tree.operator}{_written(tree.value, tree.kind)}"
        case Negated():
            return f"-{_grouped(tree.term, AllOf, AnyOf)}"
        case AllOf():
            return " ".join(_grouped(term, AllOf, AnyOf) for term in tree.terms)
        case AnyOf():
            return " or ".join(_grouped(term, AnyOf) for term in tree.terms)
        case _:
            assert_never(tree)


def quoted(text: str) -> str:
    """A text in quotes, as the language reads it back."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _grouped(tree: Tree, *weaker: type) -> str:
    return f"({to_text(tree)})" if isinstance(tree, weaker) else to_text(tree)


def _written(text: str, kind: Kind) -> str:
    if kind is Kind.QUOTED:
        return quoted(text)
    return f"/{text}/" if kind is Kind.REGEX else text
