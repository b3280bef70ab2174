"""Price ranges in words: the upper end is never below the price."""

from __future__ import annotations

import pytest

from leadsync.core.engine.plan_text import show_range


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (190, 14_000, "$0.00019 to $0.02"),
        (14_000, 14_000, "$0.02"),
        (20_000, 20_000, "$0.02"),
        (0, 9_999, "$0.00 to $0.009999"),
        (190_000, 13_970_001, "$0.19 to $13.98"),
        (0, None, "price unknown"),
    ],
)
def test_the_upper_end_is_rounded_up(low: int, high: int | None, words: str) -> None:
    assert show_range(low, high) == words
