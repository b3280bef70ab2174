"""The limiter of one provider: how many requests may be in flight, and since when not."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.outcomes import Retry, RetryWhy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SLOW_DOWN = frozenset({429, 503})
LONGEST_PAUSE_S = 3600.0
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


FAILURES_TO_OPEN = 20
"""So many failures in a row, and the provider is left alone for a while."""
LONGEST_BREAK_S = 60.0
PROBES = 5
"""After so many probes that failed in a row, requests fail at once instead of waiting."""


class Limiter:
    """Halves on "slow down", climbs back by one a round, pauses as long as the provider asks.

    It is the provider's circuit breaker, too: when it only fails, all requests wait, then one
    probes whether it is back.

    Attributes:
        allowed: requests that may be in flight now.
        in_flight: requests that are.
        breaks: pauses since its last good answer.
    """

    def __init__(self, width: int, now: Callable[[], float], break_s: float = 5.0) -> None:
        """Begin with all of `width` allowed; `break_s` is the first pause, each next is twice it."""
        self.width = width
        self.allowed = float(width)
        self.in_flight = 0
        self._now = now
        self._paused_until = 0.0
        self._round = 0
        self._break_s = break_s
        self._failures = 0
        self._what_failed = ""
        self.breaks = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def slot(self, check: Callable[[], None]) -> Slot:
        """A place in flight, to be entered; `check` raises when there is no use in waiting on."""
        return Slot(self, check)

    async def enter(self, check: Callable[[], None]) -> int:
        """Wait for a place; the round in which it was given."""
        check()
        while self.in_flight >= int(self.allowed) or self._now() < self._paused_until:
            if self.breaks > PROBES:
                words = (
                    f"the provider only fails ({self._what_failed}); it is left alone for a while"
                )
                raise CallFailed(Retry(RetryWhy.TRANSIENT, words))
            await self._wait()
            check()
        self.in_flight += 1
        return self._round

    def leave(self) -> None:
        """Give a place back."""
        self.in_flight -= 1
        self._wake_next()

    async def _wait(self) -> None:
        pause_s = self._paused_until - self._now()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            if pause_s <= 0:
                await future
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await future
        except asyncio.CancelledError:
            self._wake_next()  # the place that it was woken for is another's
            raise

    def wake_all(self) -> None:
        """Let everybody who waits look again."""
        while self._waiting:
            self._wake_next()

    def _wake_next(self) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return

    def heard(
        self, status: int, headers: Mapping[str, str], begun_in: int, *, is_paced: bool = False
    ) -> None:
        """Learn from an answer; where requests are paced, their rate is cut and not their number."""
        if status >= 500:
            self.failed(f"it answers with {status}")
        else:
            self._recover()
        if status in SLOW_DOWN and not (is_paced and status == 429):
            # A burst that was refused together counts once.
            if begun_in == self._round:
                self.allowed = max(1.0, self.allowed / 2)
                self._round += 1
        elif status < 400:
            self.allowed = min(float(self.width), self.allowed + 1 / self.allowed)
            self._wake_next()
        pause_s = pause_asked(status, headers, self._now())
        if pause_s:
            self._pause(min(pause_s, LONGEST_PAUSE_S))

    def pause(self) -> tuple[str, float] | None:
        """Why all requests wait, and until when; None where they do not."""
        if self._now() >= self._paused_until:
            return None
        why = f"only fails ({self._what_failed})" if self.breaks else "asks for a pause"
        return why, self._paused_until

    def failed(self, what: str) -> None:
        """Count a failure of the provider: a 5xx, or no answer at all."""
        self._what_failed = what
        self._failures += 1
        if self._failures < FAILURES_TO_OPEN and not self.breaks:
            return
        if self._now() < self._paused_until:
            return  # in flight since before the break
        self._pause(min(LONGEST_BREAK_S, self._break_s * 2**self.breaks))
        self.breaks += 1
        self.allowed = 1.0
        self.wake_all()

    def _recover(self) -> None:
        self._failures = 0
        if self.breaks:
            self.breaks = 0
            self.allowed = max(1.0, self.width / 2)
            self.wake_all()

    def _pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, self._now() + seconds)


class Slot:
    """One request's place in flight: `async with limiter.slot(check) as slot`."""

    def __init__(self, limiter: Limiter, check: Callable[[], None]) -> None:
        """Take what it is a place of."""
        self._limiter = limiter
        self._check = check
        self._begun_in = 0

    async def __aenter__(self) -> Self:
        self._begun_in = await self._limiter.enter(self._check)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._limiter.leave()

    def heard(self, status: int, headers: Mapping[str, str], *, is_paced: bool) -> None:
        """Learn from the answer to it."""
        self._limiter.heard(status, headers, self._begun_in, is_paced=is_paced)

    def failed(self, what: str) -> None:
        """No answer came to it: what broke."""
        self._limiter.failed(what)


def pause_asked(status: int, headers: Mapping[str, str], now: float) -> float:
    """Seconds for which a provider wants no request at all; 0 where it says nothing.

    `Retry-After` of a refusal, or a remaining allowance of nothing with the time of its reset.
    """
    asked = 0.0
    if status >= 400:
        asked = retry_after_s(headers, now) or 0.0
    for what in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{what}") == "0":
            reset = headers.get(f"x-ratelimit-reset-{what}", "")
            asked = max(asked, parse_duration_s(reset) or 0.0)
    return asked


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that `Retry-After` asks for, given as a number or a date; None without it."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(text))
    with contextlib.suppress(ValueError, TypeError):
        moment = parsedate_to_datetime(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - datetime.fromtimestamp(now, UTC)).total_seconds())
    return None


def parse_duration_s(text: str) -> float | None:
    """Seconds of `6m0s`, `120ms` or `1.5`; None for anything else."""
    with contextlib.suppress(ValueError):
        return max(0.0, float(text))
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
