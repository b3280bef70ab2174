"""How many requests may be in flight, and for how long none may."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from leadsync.core.engine.limiter import Limiter, parse_duration_s, pause_asked, retry_after_s

NOW = 1_800_000_000.0

DURATIONS = {
    "6m0s": 360.0,
    "120ms": 0.12,
    "1h2m3.5s": 3723.5,
    "2d": 172_800.0,
    "1.5": 1.5,
    "soon": None,
    "5x": None,
    "": None,
}


@pytest.mark.parametrize(("text", "seconds"), DURATIONS.items())
def test_durations_of_rate_headers_are_seconds(text: str, seconds: float | None) -> None:
    assert parse_duration_s(text) == (pytest.approx(seconds) if seconds else None)


def test_retry_after_is_a_number_or_a_date() -> None:
    date = format_datetime(datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=90), usegmt=True)
    assert retry_after_s({"retry-after": "7"}, NOW) == 7
    assert retry_after_s({"retry-after": date}, NOW) == 90
    assert retry_after_s({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, NOW) == 0
    assert retry_after_s({"retry-after": "later"}, NOW) is None
    assert retry_after_s({}, NOW) is None


def test_an_allowance_that_is_used_up_asks_for_a_pause() -> None:
    headers = {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}
    assert pause_asked(200, headers, NOW) == 360
    assert pause_asked(200, {**headers, "x-ratelimit-remaining-tokens": "5"}, NOW) == 0
    assert pause_asked(200, {"retry-after": "9"}, NOW) == 0
    assert pause_asked(429, {"retry-after": "9"}, NOW) == 9


def test_a_burst_that_is_refused_together_halves_once_and_good_answers_climb_back() -> None:
    async def scenario() -> list[int]:
        limiter = Limiter(16, lambda: NOW)
        seen: list[int] = []
        for _ in range(8):
            limiter.heard(429, {}, begun_in=0)
        seen.append(int(limiter.allowed))
        limiter.heard(503, {}, begun_in=1)
        seen.append(int(limiter.allowed))
        for _ in range(200):
            limiter.heard(200, {}, begun_in=2)
        seen.append(int(limiter.allowed))
        return seen

    assert asyncio.run(scenario()) == [8, 4, 16]


def test_no_more_than_allowed_are_in_flight_and_a_place_is_given_on() -> None:
    async def scenario() -> int:
        limiter = Limiter(3, lambda: NOW)
        most = 0

        async def ask() -> None:
            nonlocal most
            async with limiter.slot(lambda: None):
                most = max(most, limiter.in_flight)
                await asyncio.sleep(0)

        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask()) for _ in range(20)]
            await asyncio.sleep(0)
            tasks[5].cancel()
        assert limiter.in_flight == 0
        return most

    assert asyncio.run(scenario()) == 3
