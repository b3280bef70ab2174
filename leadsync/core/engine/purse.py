"""The purse that a request is paid from: all the budgets that hold for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadsync.core.engine.budget import Budget
    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.models import Call


class Purse:
    """Several budgets that a request is paid from together: the run's, the column's, a provider's."""

    def __init__(self, *budgets: Budget, of_providers: Mapping[str, Budget] | None = None) -> None:
        """Take the budgets of all requests, and those of the requests to some providers."""
        self._budgets = budgets
        self._of_providers = of_providers or {}

    def at(self, provider: str) -> Purse:
        """What requests to one provider are paid from."""
        own = self._of_providers.get(provider)
        return Purse(*self._budgets, own) if own else self

    async def reserve(
        self, request: CallRequest, most: int | None, check: Callable[[], None]
    ) -> None:
        """Set aside what a request may cost in all of them, or in none.

        Raises:
            CallFailed: as `Budget.reserve`.
        """
        reserved: list[Budget] = []
        try:
            for budget in self._budgets:
                await budget.reserve(request, most, check)
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
        every = (*self._budgets, *self._of_providers.values())
        return min((budget.left for budget in every if budget.cap is not None), default=None)

    def amend(self, before: Call, after: Call) -> None:
        """More is known of a call of the run: what it has cost."""
        for budget in self._budgets:
            budget.amend(before, after)

    def wake_all(self) -> None:
        """Let everybody who waits look again."""
        for budget in (*self._budgets, *self._of_providers.values()):
            budget.wake_all()
