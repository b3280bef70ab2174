"""Budgets: money is reserved before a request is sent, and settled when its price is known."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from leadsync.core.engine.earlier import counted
from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.outcomes import Held, HeldWhy
from leadsync.core.models import CallState
from leadsync.core.money import show_usd

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.models import Call


class Budget:
    """Money of one run, or of a column today, in millionths of a dollar; its cap is never passed.

    Attributes:
        cap: the most that may be spent; None: no cap.
        spent: what answers have cost.
        lost: what lost answers may have cost at most.
        reserved: what requests in flight may cost at most.
    """

    def __init__(
        self, cap: int | None, *, spent: int = 0, lost: int = 0, name: str = "the cap of the run"
    ) -> None:
        """Begin with what was spent before; `name` is what messages call the cap."""
        self.cap = cap
        self._name = name
        self.spent = spent
        self.lost = lost
        self.reserved = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def reserve(self, most: int | None, check: Callable[[], None]) -> None:
        """Set aside what a request may cost; waits for answers that may leave enough.

        Raises:
            CallFailed: held, because the cap would be passed, or no price is known.
        """
        if self.cap is None:
            self.reserved += most or 0
            return
        if most is None:
            detail = "its price is not known, so the cap cannot be kept"
            raise CallFailed(Held(HeldWhy.CAP, detail))
        while self.spent + self.lost + self.reserved + most > self.cap:
            if not self.reserved or self.spent + self.lost + most > self.cap:
                raise CallFailed(Held(HeldWhy.CAP, self._reached(most)))
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future
            check()
        self.reserved += most

    def settle(self, most: int | None, cost: int | None) -> None:
        """An answer came: what it cost; where that is not known, the most it may have cost."""
        self.reserved -= most or 0
        self.spent += (most or 0) if cost is None else cost
        self.wake_all()

    def lose(self, most: int | None) -> None:
        """No answer came to a request that was sent: it may have cost the most."""
        self.reserved -= most or 0
        self.lost += most or 0
        self.wake_all()

    @property
    def left(self) -> int | None:
        """What may still be set aside; None: no cap."""
        if self.cap is None:
            return None
        return max(0, self.cap - self.spent - self.lost - self.reserved)

    def amend(self, before: Call, after: Call) -> None:
        """More is known of a call that was counted before: what it has cost."""
        if before.state is CallState.ANSWERED:
            self.spent -= counted(before)
        else:
            self.lost -= counted(before)
        if after.state is CallState.ANSWERED:
            self.spent += counted(after)
        else:
            self.lost += counted(after)
        self.wake_all()

    def wake_all(self) -> None:
        """Let everybody who waits look again."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _reached(self, most: int) -> str:
        assert self.cap is not None
        used, cap = show_usd(self.spent + self.lost), show_usd(self.cap)
        return f"{used} of {self._name}, {cap}, is used; the next may cost {show_usd(most)}"


class Purse:
    """Several budgets that a request is paid from together: the run's, and the column's."""

    def __init__(self, *budgets: Budget) -> None:
        """Take the budgets."""
        self._budgets = budgets

    async def reserve(self, most: int | None, check: Callable[[], None]) -> None:
        """Set aside what a request may cost in all of them, or in none.

        Raises:
            CallFailed: as `Budget.reserve`.
        """
        reserved: list[Budget] = []
        try:
            for budget in self._budgets:
                await budget.reserve(most, check)
                reserved.append(budget)
        except BaseException:
            for budget in reserved:
                budget.settle(most, 0)
            raise

    def settle(self, most: int | None, cost: int | None) -> None:
        """An answer came."""
        for budget in self._budgets:
            budget.settle(most, cost)

    def lose(self, most: int | None) -> None:
        """No answer came to a request that was sent."""
        for budget in self._budgets:
            budget.lose(most)

    @property
    def left(self) -> int | None:
        """What may still be set aside in all of them; None: no cap."""
        caps = [budget.left for budget in self._budgets]
        return min((left for left in caps if left is not None), default=None)

    def amend(self, before: Call, after: Call) -> None:
        """More is known of a call of the run: what it has cost."""
        for budget in self._budgets:
            budget.amend(before, after)

    def wake_all(self) -> None:
        """Let everybody who waits look again."""
        for budget in self._budgets:
            budget.wake_all()
