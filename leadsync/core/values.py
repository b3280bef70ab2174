"""Text at the edge of typed columns: what a cell holds, and how it is shown.

Cells that do not convert stay as the text they were; nothing that was typed is lost.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from leadsync.core.models import ColumnType

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.models import Value

_TRUE = frozenset({"true", "yes", "y", "1", "on", "x", "ja", "oui", "si"})
_FALSE = frozenset({"false", "no", "n", "0", "off", "nein", "non"})
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def convert(text: str, kind: ColumnType) -> tuple[Value, bool]:
    """The cell that `text` makes in a column of that type, and whether it fits the type."""
    bare = text.strip()
    if not bare:
        return None, True
    read = _READERS.get(kind)
    return read(text, bare) if read else (text, True)


def _bool(text: str, bare: str) -> tuple[Value, bool]:
    word = bare.casefold()
    if word in _TRUE or word in _FALSE:
        return ("true" if word in _TRUE else "false"), True
    return text, False


def _json(text: str, bare: str) -> tuple[Value, bool]:
    try:
        json.loads(bare)
    except ValueError:
        return text, False
    return text, True


def _number(text: str, bare: str) -> tuple[Value, bool]:
    if _WHOLE.fullmatch(bare):
        return int(bare), True
    if _DECIMAL.fullmatch(bare):
        number = float(bare)
        # 1.50 stays text-exact: a number that prints differently is kept as it was written.
        return (number, True) if show(number) == bare else (text, True)
    return text, bool(re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", bare))


def _date(text: str, bare: str) -> tuple[Value, bool]:
    if bare[4:8:3] != "--":  # 20260131 and weeks have no place in the order of other dates
        return text, False
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            parse(bare)
        except ValueError:
            continue
        return bare, True
    return text, False


_READERS: dict[ColumnType, Callable[[str, str], tuple[Value, bool]]] = {
    ColumnType.NUMBER: _number,
    ColumnType.BOOL: _bool,
    ColumnType.DATE: _date,
    ColumnType.JSON: _json,
}


def show(value: Value | tuple[str, ...] | list[str]) -> str:
    """A cell as text: blank is empty, whole numbers have no point, tags are joined by commas."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (tuple, list)):
        return ", ".join(value)
    return str(value)


def is_storable(text: str) -> bool:
    """Whether a text has neither NUL nor lone surrogates."""
    return _NOT_STORABLE.search(text) is None


def storable(text: str) -> str | None:
    """Text as a cell may hold it: without NUL and lone surrogates; None where nothing is left."""
    clean = text if is_storable(text) else _NOT_STORABLE.sub("", text)
    return clean if clean and not clean.isspace() else None
