"""Limits that providers name in headers."""

from __future__ import annotations

import pytest

from leadsync.core.engine.rate_headers import named_limit


def openai(limit: str, left: str, reset: str) -> dict[str, str]:
    return {
        "x-ratelimit-limit-requests": limit,
        "x-ratelimit-remaining-requests": left,
        "x-ratelimit-reset-requests": reset,
    }


@pytest.mark.parametrize(
    ("provider", "headers", "per_s"),
    [
        ("openai", openai("500", "499", "120ms"), 500 / 60),
        ("openai", openai("60", "50", "10s"), 1.0),
        ("openai", openai("14400", "14370", "3m0s"), None),
        ("openai", openai("500", "500", "0s"), None),
        ("openai", openai("many", "499", "120ms"), None),
        ("apollo", {"x-rate-limit-minute": "200", "x-minute-requests-left": "150"}, 200 / 60),
        ("apify", {"x-ratelimit-limit": "60"}, 60.0),
        ("github", {"x-ratelimit-limit": "5000"}, None),
        ("asked", {}, None),
    ],
)
def test_a_limit_counts_where_it_is_named_with_a_window_of_a_minute_or_less(
    provider: str, headers: dict[str, str], per_s: float | None
) -> None:
    assert named_limit(provider, headers) == (per_s and pytest.approx(per_s))
