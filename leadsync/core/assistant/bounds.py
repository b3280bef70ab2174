"""Bounds of what an AI client gets: a model's context is small, and cells may be long."""

from __future__ import annotations

import json
from typing import Any, cast

CELL_CHARS = 300
TEXT_CHARS = 4_000
ANSWER_CHARS = 60_000
MOST_ROWS = 100
MOST_ITEMS = 200
CUT = "…"


def cut_text(text: str, most: int) -> str:
    """The text, or its beginning with a mark that something is left out."""
    return text if len(text) <= most else text[: most - 1] + CUT


def bounded(found: Any, most: int = TEXT_CHARS) -> Any:
    """Plain JSON whose texts and lists are not longer than they may be."""
    if isinstance(found, str):
        return cut_text(found, most)
    if isinstance(found, dict):
        items = cast("dict[str, Any]", found).items()
        return {name: bounded(one, most) for name, one in items}
    if isinstance(found, (list, tuple)):
        return [bounded(one, most) for one in cast("list[Any]", found)[:MOST_ITEMS]]
    return found


def fitting(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many of the first rows as one answer may hold; one at least."""
    length = 0
    for number, row in enumerate(rows):
        length += len(json.dumps(row, ensure_ascii=False, default=str))
        if length > ANSWER_CHARS and number:
            return rows[:number]
    return rows
