"""Turns: the moments at which this process may send to one provider, reserved in the store."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections import deque
from typing import TYPE_CHECKING

from leadsync.core.engine.approach import Approach
from leadsync.core.engine.shared_pace import (
    Reserved,
    Seen,
    joined,
    paused,
    rate_of,
    refused,
    reserve,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.store_thread import StoreThread
    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

LATE_S = 0.025
"""A moment that is past for so long is not used: late requests would come in bursts."""
BLOCK_S = 0.1
"""At least so much of the rate is reserved at once, to spare the store."""
ANY = 0.0
"""No moment: until a limit is known, one is found when the request is about to leave."""
LOOK_S = 0.5
"""How often a process looks what others have learned, while no limit is known."""
OBSERVED_S = 1.0
RUN = 4
RUN_SHARE = 0.75
"""So many refusals, with so few others sent since the first of them, tell of a limit: of requests that
are refused at random, 15 in a hundred, two in a thousand begin such a run.
"""
SAME = 0.1
"""Limits that differ by less are the same."""


class Turns:
    """Gives each request of this process its moment."""

    def __init__(
        self,
        name: str,
        ceiling: float | None,
        *,
        store: Store,
        thread: StoreThread,
        now: Callable[[], float],
    ) -> None:
        """Take the name under which all processes share the pace, and the limit if it is known."""
        self._name = f"pace:{name}"
        self._ceiling = ceiling
        self._store = store
        self._thread = thread
        self._now = now
        self._rate: float | None = ceiling
        self._moments: deque[float] = deque()
        self._free_at = 0.0
        self._looked_at = 0.0
        self._waiting = 0
        self._refilling = asyncio.Lock()
        self._woken = asyncio.Event()
        self._sent: deque[float] = deque()
        self._refused: deque[float] = deque()
        self._told: float | None = None
        self._approach = Approach()
        self._member = uuid.uuid4().hex[:8]

    @property
    def is_paced(self) -> bool:
        """Whether a limit is known."""
        return self._rate is not None

    async def take(self, check: Callable[[], None]) -> float:
        """The next moment of ours, or `ANY` while no limit is known.

        `check` raises when there is no use in waiting on.
        """
        self._waiting += 1
        try:
            while True:
                check()
                if self._rate is None and self._is_open():
                    return ANY
                while self._moments and self._moments[0] < self._now() - LATE_S:
                    self._moments.popleft()
                if self._moments:
                    return self._moments.popleft()
                async with self._refilling:
                    check()
                    if not self._moments and not (self._rate is None and self._is_open()):
                        await self._refill()
        finally:
            self._waiting -= 1

    async def begin(self, moment: float, check: Callable[[], None]) -> None:
        """Wait for a moment that was taken; one that has passed meanwhile is given for another."""
        while True:
            check()
            now = self._now()
            is_free = self._rate is None and self._is_open()
            due = self._approach.due() if is_free else moment
            if due > now:
                await self._sleep_until(due)
            elif is_free or now - LATE_S <= due:
                self._approach.left(now)
                self._note_sent(now)
                return
            else:
                moment = await self.take(check)

    async def heard(
        self, status: int, pause_s: float, sent_at: float, named: float | None = None
    ) -> None:
        """Learn from the answer to a request sent at that moment.

        `named` is the limit that the provider has told, in requests a second.
        """
        is_news = named is not None and not _is_about(named, self._told)
        if status != 429 and not pause_s and not is_news:
            return
        now = self._now()
        self._told = named if is_news else self._told
        if status == 429:
            self._refused.append(sent_at)
            self._looked_at = 0.0  # nobody leaves without a limit before the store knows of this
            self._approach.refused(now, sent_at)
        seen = self._seen(sent_at, now)

        def change(state: Doc) -> Doc:
            state = joined(state, now, seen) if self._rate is None else state
            if is_news and named is not None:
                state = told(state, named)
            if status == 429:
                state = refused(state, self._ceiling, now, seen)
            return paused(state, now + pause_s) if pause_s else state

        before: list[Doc] = []

        def noted(state: Doc) -> Doc:
            before.append(state)
            return change(state)

        state = await self._thread.do(lambda: self._store.change_shared(self._name, noted))
        if state != before[-1]:  # else it was a stray, and our moments are as good as before
            self._moments.clear()
            self._looked_at = 0.0
        self._rate = rate_of(state, self._ceiling, now)

    def wake_all(self) -> None:
        """Let everybody who waits look again."""
        self._woken.set()

    def _note_sent(self, now: float) -> None:
        self._sent.append(now)
        for moments in (self._sent, self._refused):
            while moments and moments[0] < now - OBSERVED_S:
                moments.popleft()

    def _seen(self, sent_at: float, now: float) -> Seen:
        sent, refused_ones = len(self._sent), len(self._refused)
        accepted = max(1, sent - refused_ones)
        share = refused_ones / max(1, sent)
        per_s = accepted / OBSERVED_S
        return Seen(self._member, sent_at, sent, per_s, share, is_run=self._is_run())

    def _is_run(self) -> bool:
        if len(self._refused) < RUN:
            return False
        since = self._refused[-RUN]
        sent = sum(moment >= since for moment in self._sent)
        return sent * RUN_SHARE <= RUN

    def _is_open(self) -> bool:
        now = self._now()
        return now >= self._free_at and now - self._looked_at < LOOK_S

    async def _refill(self) -> None:
        await self._sleep_until(self._free_at)
        wanted = max(self._waiting, round((self._rate or 0) * BLOCK_S), 1)
        found: list[Reserved] = []
        seen = self._seen(0.0, self._now())

        def change(state: Doc) -> Doc:
            state = joined(state, self._now(), seen) if self._rate is None else state
            changed, reserved = reserve(state, self._ceiling, self._now(), wanted)
            found.append(reserved)
            return changed

        await self._thread.do(lambda: self._store.change_shared(self._name, change))
        reserved = found[-1]
        self._rate = reserved.rate
        self._looked_at = self._now()
        self._moments.extend(reserved.moments)
        self._free_at = 0.0 if reserved.moments else reserved.free_at

    async def _sleep_until(self, moment: float) -> None:
        """Until that moment, or until somebody wakes us to look whether to wait on."""
        wait_s = moment - self._now()
        if wait_s > 0:
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()


def _is_about(named: float, known: float | None) -> bool:
    """Whether a limit is the one that is known: providers round, and we work it out."""
    return known is not None and abs(named - known) < SAME * known
