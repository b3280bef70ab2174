"""Bounds of what an AI client gets: a model's context is small, and cells may be long."""

from __future__ import annotations

import json
from typing import Any, cast

CELL_CHARS = 300
TEXT_CHARS = 4_000
LEAST_CHARS = 60
ANSWER_CHARS = 60_000
MOST_ROWS = 100
MOST_ITEMS = 200
CUT = "…"


def cut_text(text: str, most: int) -> str:
    """The text, or its beginning with a mark that something is left out."""
    return text if len(text) <= most else text[: most - 1] + CUT


def bounded(found: Any) -> Any:
    """Plain JSON whose texts and lists are not longer than they may be, nor all of it together.

    Where it would be too long, the longest texts are cut further, and short ones stay whole.
    """
    most = TEXT_CHARS
    kept = _bounded(found, most)
    while _length(kept) > ANSWER_CHARS and most > LEAST_CHARS:
        most = max(LEAST_CHARS, most * 3 // 4)
        kept = _bounded(kept, most)
    return kept


def fitting(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many of the first rows as one answer may hold; one at least, which is cut if need be."""
    length = 0
    for number, row in enumerate(rows):
        length += _length(row)
        if length > ANSWER_CHARS:
            return rows[:number] or [bounded(row)]
    return rows


def _bounded(found: Any, most: int) -> Any:
    if isinstance(found, str):
        return cut_text(found, most)
    if isinstance(found, dict):
        items = cast("dict[str, Any]", found).items()
        return {name: _bounded(one, most) for name, one in items}
    if isinstance(found, (list, tuple)):
        return [_bounded(one, most) for one in cast("list[Any]", found)[:MOST_ITEMS]]
    return found


def _length(found: Any) -> int:
    """How long it is as JSON."""
    return len(json.dumps(found, ensure_ascii=False, default=str))
