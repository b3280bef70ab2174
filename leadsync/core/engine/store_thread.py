"""The one thread on which a run reads and writes the store, and writes gathered into few."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")


class StoreThread:
    """Runs store work in order, off the event loop.

    One thread and not `asyncio.to_thread`: an embedded store has one writer at a time, and
    threads that wait for each other's locks would sleep in it.
    """

    def __init__(self) -> None:
        """Start with an idle thread."""
        self._pool = ThreadPoolExecutor(1, "leadsync-store")

    async def do(self, work: Callable[[], T]) -> T:
        """The result of `work`, done after all that was asked before it."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Wait for the work at hand, and end the thread."""
        self._pool.shutdown(wait=True)


class Gathered(Generic[Item, Result]):
    """Many small writes as few: what comes while one write is under way goes into the next.

    At 64 requests in flight a write to disk is shared by dozens of them.
    """

    def __init__(
        self, thread: StoreThread, work: Callable[[Sequence[Item]], Sequence[Result]]
    ) -> None:
        """Take what does many at once; it runs on the store's thread."""
        self._thread = thread
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._some = asyncio.Event()
        self._closed = False

    async def ask(self, item: Item) -> Result:
        """The result for one item. Once asked, it is done even if the caller is cancelled."""
        return await self.put(item)

    def put(self, item: Item) -> asyncio.Future[Result]:
        """Ask without waiting."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._some.set()
        return future

    async def serve(self) -> None:
        """Work until closed, and then until nothing waits."""
        while self._waiting or not self._closed:
            await self._some.wait()
            self._some.clear()
            batch, self._waiting = self._waiting, []
            if not batch:
                continue
            items = [item for item, _ in batch]
            results = await self._thread.do(lambda items=items: self._work(items))
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)

    def close(self) -> None:
        """Let `serve` end when all that was asked is done."""
        self._closed = True
        self._some.set()
