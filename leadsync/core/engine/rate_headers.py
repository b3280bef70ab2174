"""The limit that a provider names in the headers of its answers, as requests a second.

Only limits of a minute or less count: a day's allowance may be used up at once. Read in November
2026: platform.openai.com/docs/guides/rate-limits (how many in all, how many are left, how long until
all are there again), docs.apollo.io/docs/rate-limits (how many a minute), docs.apify.com/api/v2
(`X-RateLimit-Limit`, a second and resource).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from leadsync.core.engine.limiter import parse_duration_s

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_WINDOW_S = 61.0  # a minute, as rounded by who tells it
_SHORTEST_S = 0.001
_PER_SECOND = frozenset({"apify"})
"""Providers whose `X-RateLimit-Limit` is of a second; elsewhere nobody says of what."""


def named_limit(provider: str, headers: Mapping[str, str]) -> float | None:
    """Requests a second that the provider allows; None where it does not say so."""
    limits = [_refilled(headers)]
    if (per_minute := _number(headers, "x-rate-limit-minute")) is not None:
        limits.append(per_minute / 60)
    if provider in _PER_SECOND:
        limits.append(_number(headers, "x-ratelimit-limit"))
    return min((limit for limit in limits if limit), default=None)


def _refilled(headers: Mapping[str, str]) -> float | None:
    """How fast an allowance comes back, of which some is used."""
    limit = _number(headers, "x-ratelimit-limit-requests")
    left = _number(headers, "x-ratelimit-remaining-requests")
    reset_s = parse_duration_s(headers.get("x-ratelimit-reset-requests", ""))
    if limit is None or left is None or reset_s is None:
        return None
    if left >= limit or reset_s < _SHORTEST_S:
        return None
    per_s = (limit - left) / reset_s
    return per_s if limit / per_s <= _LONGEST_WINDOW_S else None


def _number(headers: Mapping[str, str], name: str) -> float | None:
    with contextlib.suppress(ValueError):
        return float(headers[name]) if name in headers else None
    return None
