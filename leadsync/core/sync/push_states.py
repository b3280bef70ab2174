"""What became of leads at a place outside, counted, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter


def states_line(states: Counter[str]) -> str:
    """What became of leads: `2,150 created, 200 duplicate`; empty where nothing did."""
    return ", ".join(f"{number:,} {state}" for state, number in states.most_common())
