"""Numbers and durations as people write them."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """`1 lead`, `2,000 leads`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def stays(count: int) -> str:
    """`1 stays here`, `2,000 stay here`: of leads that are not handed over."""
    return f"{count:,} {'stays' if count == 1 else 'stay'} here"


def show_seconds(seconds: float) -> str:
    """A duration for people: `40 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
