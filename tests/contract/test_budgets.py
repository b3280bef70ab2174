"""Caps that a column gets while processes work on it: what each has spent before is known to all."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import TYPE_CHECKING

import pytest

from leadsync.core.engine.budget import Budget
from leadsync.core.engine.enricher import CallFailed, CallRequest
from leadsync.core.engine.members import Membership
from leadsync.core.engine.spending import of_column
from leadsync.core.engine.store_thread import StoreThread
from leadsync.core.models import CallState
from tests.contract.making import a_call, a_column, a_run, nobody_is_alive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.models import Column
    from leadsync.core.store.protocol import Store

PRICE = 1000
DAY = "2026-03-01"
SINCE = f"{DAY}T10:00:00.000Z"


@pytest.fixture
def thread() -> Iterator[StoreThread]:
    thread = StoreThread()
    yield thread
    thread.close()


class Worker:
    """A process that works on a run of its own, with a budget of the column's day."""

    def __init__(self, store: Store, thread: StoreThread, column: Column, cap: int | None) -> None:
        self.run = store.start_run(a_run(column), nobody_is_alive)
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{self.run.id}"
        member = Membership(store, self.run.id, self.holder, lease_s=60, now=time.time)
        self.budget = Budget(
            cap, lambda: of_column(column, DAY), store=store, thread=thread, member=member
        )
        self._store, self._column = store, column

    async def reserve(self) -> None:
        await self.budget.reserve(CallRequest("asked", "ask", {}), PRICE, lambda: None)

    async def pay(self, at: str) -> None:
        await self.reserve()
        paid = a_call(
            state=CallState.ANSWERED, cost_usd_micros=PRICE, started_at=at, run_id=self.run.id,
            column_id=self._column.id, holder=self.holder,
        )  # fmt: skip
        self._store.add_calls([paid])
        self.budget.settle(PRICE, PRICE)


def test_what_was_spent_before_a_process_saw_a_first_cap_counts_also_where_others_keep_it(
    store: Store, thread: StoreThread
) -> None:
    column = a_column(store, "about", kind="ask")
    first, second = (Worker(store, thread, column, cap) for cap in (None, 4 * PRICE))

    async def spend() -> None:
        await first.pay(f"{DAY}T09:00:00.000Z")
        second.budget.open()
        await second.pay(f"{DAY}T10:30:00.000Z")
        await second.budget.state()
        await first.pay(f"{DAY}T11:00:00.000Z")
        await first.budget.keep(4 * PRICE, since=SINCE)
        await first.pay(f"{DAY}T12:00:00.000Z")
        await first.budget.state()
        for worker in (first, second):
            with pytest.raises(CallFailed, match="daily cap"):
                await worker.reserve()

    asyncio.run(asyncio.wait_for(spend(), 20))
