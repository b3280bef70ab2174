"""Fields of providers' answers, read without trust in their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping


def table_at(found: object, *path: str) -> Mapping[str, Any]:
    """The table at a path; empty where there is none."""
    for name in path:
        found = cast("dict[str, object]", found).get(name) if isinstance(found, dict) else None
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


def list_at(found: object, *path: str) -> list[Any]:
    """The list at a path; empty where there is none."""
    inner: object = table_at(found, *path[:-1]).get(path[-1])
    return cast("list[Any]", inner) if isinstance(inner, list) else []


def text_at(found: object, *path: str) -> str | None:
    """The text at a path, or a whole number as text; None where there is neither, or it is blank."""
    inner: object = table_at(found, *path[:-1]).get(path[-1])
    if isinstance(inner, int) and not isinstance(inner, bool):
        return str(inner)
    return inner.strip() or None if isinstance(inner, str) else None


def number_at(found: object, *path: str) -> float | None:
    """The number at a path; None where there is none."""
    inner: object = table_at(found, *path[:-1]).get(path[-1])
    return float(inner) if isinstance(inner, (int, float)) and not isinstance(inner, bool) else None


def joined(*parts: str | None) -> str | None:
    """The parts that are there, as one line: "Berlin, Germany"; None where none is."""
    return ", ".join(dict.fromkeys(part for part in parts if part)) or None
