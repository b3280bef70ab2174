"""Budgets: money is reserved before a request is sent, and settled when its price is known."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.engine import ledger
from leadsync.core.engine.earlier import counted
from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.members import is_holder_alive
from leadsync.core.engine.outcomes import Held, HeldWhy
from leadsync.core.engine.remedies import no_price
from leadsync.core.money import show_usd

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.enricher import CallRequest
    from leadsync.core.engine.members import Membership
    from leadsync.core.engine.spending import Scope
    from leadsync.core.engine.store_thread import StoreThread
    from leadsync.core.models import Call, Doc
    from leadsync.core.store.protocol import Store

LOOK_S = 0.1
"""How often a process looks whether others have left something of a cap."""


class Budget:
    """Money under one cap, in millionths of a dollar; all processes together never pass it.

    What this process may use is set aside in the store, for some requests at once.
    """

    def __init__(
        self,
        cap: int | None,
        scope: Callable[[], Scope],
        *,
        store: Store,
        thread: StoreThread,
        member: Membership,
    ) -> None:
        """Take a cap and what it counts now; the store's thread is to `open` it before it is used.

        Without a cap it is not opened: it lets everything pass, until it is to `keep` one.
        """
        self.cap = cap
        self._scope_now = scope
        self._scope = scope()
        self._store = store
        self._thread = thread
        self._member = member
        self._allowance = 0  # set aside for us, and not in flight
        self._in_flight = 0
        self._spent = 0  # since our last statement
        self._told_until = 0.0
        self._used_by_all = 0
        self._drawing = asyncio.Lock()
        self._changed = asyncio.Event()

    def open(self) -> bool:
        """On the store's thread: find the ledger, or begin it with what the journal says.

        Whether it was found, so that it knows only what other processes have reported since.
        """
        while True:
            seen = self._store.change_shared(self._scope.name, _same)
            alive = [h for h, until in ledger.leases(seen).items() if is_holder_alive(h, until)]
            if alive:
                self._bury_dead(seen)
                self._change(lambda state: state)
                return True
            true = ledger.opened(self._scope.used(self._store))

            def begun(state: Doc, seen: Doc = seen, true: Doc = true) -> Doc:
                return true if state == seen else state

            if self._store.change_shared(self._scope.name, begun) == true:
                self._change(lambda state: state)
                return False

    async def keep(self, cap: int, *, since: str) -> None:
        """Keep to this cap from now on; where there was none, what is in flight counts twice.

        Args:
            cap: in millionths of a dollar.
            since: a moment when there was none yet: others know what was asked before it.
        """
        if self.cap is None:
            async with self._drawing:
                await self._begin(since)
        self.cap = cap
        self.wake_all()

    async def _begin(self, since: str) -> None:
        self._scope, self._spent = self._scope_now(), 0
        self._allowance = -self._in_flight
        if await self._thread.do(self.open):
            ours = replace(self._scope, since=max(self._scope.since, since))
            holder = self._member.holder
            spent = await self._thread.do(lambda: ours.used(self._store, holder=holder))
            self._spent += spent

    async def reserve(
        self, request: CallRequest, most: int | None, check: Callable[[], None]
    ) -> None:
        """Set aside what a request may cost; waits for answers that may leave enough.

        Args:
            request: or the first of those that are sent together.
            most: what it, or they, may cost.
            check: lets the request pass still, or raises.

        Raises:
            CallFailed: held, because the cap would be passed, or no price is known.
        """
        if self.cap is None:
            self._allowance -= most or 0
            self._in_flight += most or 0
            return
        if most is None:
            so = f"{self._scope.words}, {show_usd(self.cap)}, cannot be kept"
            detail = no_price(request.provider, request.price_note, so)
            raise CallFailed(Held(HeldWhy.CAP, detail))
        while most > self._allowance or self._scope_now() != self._scope:
            async with self._drawing:
                if self._scope_now() != self._scope:
                    await self._begin_anew()
                if most <= self._allowance:
                    break
                if await self._draw(most):
                    break
            await self._wait()
            check()
        self._allowance -= most
        self._in_flight += most

    def settle(self, most: int | None, cost: int | None) -> None:
        """An answer came: what it cost; where that is not known, the most it may have cost."""
        self._book(most or 0, (most or 0) if cost is None else cost)

    def lose(self, most: int | None) -> None:
        """No answer came to a request that was sent: it may have cost the most."""
        self._book(most or 0, most or 0)

    def amend(self, before: Call, after: Call) -> None:
        """More is known of a call that was counted before: what it has cost."""
        self._book(0, counted(after) - counted(before))

    @property
    def left(self) -> int:
        """What may still be set aside, as far as this process knows."""
        return max(0, self._limit - self._used_by_all - self._spent - self._in_flight)

    @property
    def _limit(self) -> int:
        assert self.cap is not None, "there is no cap to keep"
        return self.cap

    def wake_all(self) -> None:
        """Let everybody who waits look again."""
        self._changed.set()

    async def state(self) -> None:
        """Report what was used, and give back what is not: others may wait for it."""
        is_due = self._told_until < self._member.lease_end() - self._member.lease_s / 4
        if self._drawing.locked() or not (self._spent or self._allowance or is_due):
            return
        async with self._drawing:
            await self._draw(0)

    def close(self) -> None:
        """On the store's thread: report the last, and hold nothing any more."""
        spent, self._spent = self._spent + self._in_flight, 0
        name, holder = self._scope.name, self._member.holder
        self._store.change_shared(name, lambda state: ledger.without(state, holder, spent))

    async def _begin_anew(self) -> None:
        """Another day has begun: what is in flight counts for both."""
        ended, spent = self._scope.name, self._spent + self._in_flight
        self._scope, self._spent = self._scope_now(), 0
        self._allowance = -self._in_flight
        holder = self._member.holder
        await self._thread.do(
            lambda: self._store.change_shared(ended, lambda s: ledger.without(s, holder, spent))
        )
        await self._thread.do(self.open)

    def _book(self, most: int, cost: int) -> None:
        self._in_flight -= most
        self._spent += cost
        self._allowance += most - cost
        self._changed.set()

    async def _draw(self, most: int) -> bool:
        """Make a statement, and ask for enough for a request; whether that was granted.

        Raises:
            CallFailed: there will not be enough, whatever becomes of requests in flight.
        """
        # What comes in meanwhile changes nothing of what is set aside for us after this.
        spent, self._spent = self._spent, 0
        self._allowance = 0
        in_flight, until = self._in_flight, self._member.lease_end()
        said = ledger.Statement(self._member.holder, spent, in_flight, until)
        granted, state = await self._thread.do(lambda: self._ask(said, most))
        self._told_until = until
        self._allowance += granted
        if most and not granted:
            used = ledger.used(state)
            if used + most > self._limit:
                raise CallFailed(Held(HeldWhy.CAP, self._reached(most, used)))
        return granted >= most

    def _ask(self, said: ledger.Statement, most: int) -> tuple[int, Doc]:
        """On the store's thread."""
        granted = 0

        def change(state: Doc) -> Doc:
            nonlocal granted
            state = ledger.stated(state, said)
            if most:
                state, granted = ledger.drawn(state, self._limit, said.holder, most)
            return state

        state = self._change(change)
        if most and not granted and self._bury_dead(state):
            state = self._store.change_shared(self._scope.name, _same)
        return granted, state

    def _change(self, change: Callable[[Doc], Doc]) -> Doc:
        state = self._store.change_shared(self._scope.name, change)
        self._used_by_all = ledger.used(state) + ledger.held(state, but=self._member.holder)
        return state

    def _bury_dead(self, state: Doc) -> bool:
        """Count what processes that died have used, as the journal knows it; whether any has."""
        dead = [h for h, until in ledger.leases(state).items() if not is_holder_alive(h, until)]
        for holder in dead:
            in_journal = self._scope.used(self._store, holder=holder)
            spent = max(0, in_journal - ledger.reported(state, holder))
            self._store.change_shared(
                self._scope.name,
                lambda state, h=holder, spent=spent: ledger.without(state, h, spent),
            )
        return bool(dead)

    async def _wait(self) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self._changed.wait()

    def _reached(self, most: int, used: int) -> str:
        used_text, cap = show_usd(used), show_usd(self._limit)
        return f"{used_text} of {self._scope.words}, {cap}, is used; the next may cost {show_usd(most)}"


def _same(state: Doc) -> Doc:
    """The ledger as it is."""
    return state
