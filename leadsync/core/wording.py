"""Numbers with their nouns, as people write them."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """`1 lead`, `2,000 leads`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
