"""The fields that a filter text names: what a condition reads, what a view depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.models import FIELD_ALIASES
from leadsync.core.query.catalog import ANY
from leadsync.core.query.conditions import All, Not, Some, StateTest, Test
from leadsync.core.query.document import read_document
from leadsync.core.query.parse import parse_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.query.catalog import Catalog
    from leadsync.core.query.conditions import Condition


def condition_fields(text: str, catalog: Catalog) -> tuple[str, ...]:
    """Keys of the fields that a filter names, states of cells included, each once.

    Raises:
        InputError: it cannot be read, or names a field that does not exist.
    """
    if not text.strip():
        return ()
    condition = read_document(parse_filter(text, catalog), catalog)
    return tuple(dict.fromkeys(_fields(condition)))


def _fields(condition: Condition) -> Iterator[str]:
    match condition:
        case Test():
            yield FIELD_ALIASES.get(condition.field, condition.field)
        case StateTest():
            if condition.column != ANY:
                yield condition.column
        case Not():
            yield from _fields(condition.part)
        case All() | Some():
            for part in condition.parts:
                yield from _fields(part)
        case _:  # a text in any cell names no field
            return
