"""Writing filter text: the words that find what is pointed at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core.query.catalog import CUSTOM_FIELDS, STATE_FACETS
from leadsync.core.values import show

if TYPE_CHECKING:
    from leadsync.core.models import Value

_PLAIN = re.compile(r"[A-Za-z0-9_@.+-]+")


def filter_of_cell(key: str, value: Value | tuple[str, ...]) -> str:
    """The filter that finds the leads whose cell is exactly this one; of tags, all of them."""
    field = f"{CUSTOM_FIELDS}{key}" if key in STATE_FACETS else key
    if value is None or value in ((), ""):
        return f"{field}:empty"
    if isinstance(value, tuple):
        return " ".join(f"tag:{quoted(tag)}" for tag in value)
    return f"{field}={quoted(show(value))}"


def filter_of_pattern(key: str, pattern: str) -> str:
    """The filter that finds the leads whose cell matches a pattern."""
    escaped = re.sub(r"(?<!\\)/", r"\\/", pattern)
    return f"{key}~/{escaped}/"


def both(first: str, second: str) -> str:
    """The filter that finds what both find."""
    parts = [part.strip() for part in (first, second) if part.strip()]
    if len(parts) < 2:
        return "".join(parts)
    return " ".join(f"({part})" if re.search(r"(?i)\bor\b", part) else part for part in parts)


def quoted(text: str) -> str:
    """A text as one value of a filter."""
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
