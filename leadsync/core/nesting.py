"""How deep a value of JSON is nested: what handles one calls itself for each level of it."""

from __future__ import annotations

from typing import Any, cast

MOST_LEVELS = 100


def is_too_deep(value: object) -> bool:
    """Whether lists and objects stand in each other for more than `MOST_LEVELS` levels."""
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value).values())
    return cast("list[Any]", value) if isinstance(value, list) else []
