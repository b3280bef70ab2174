"""Lanes: threads that ask the store, so that the event loop never waits for it.

Each lane is one thread, with the store's connection of that thread. Work of one topic replaces
older work of the same topic that has not begun.
"""

from __future__ import annotations

import queue
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Lane:
    """A thread that does one thing after another; results are delivered on the event loop.

    Attributes:
        deliver: hands a callback over to the event loop; set when there is one.
    """

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self.deliver: Callable[[Callable[[], None]], object] | None = None
        self._work: queue.SimpleQueue[tuple[str, int, Callable[[], None]] | None] = (
            queue.SimpleQueue()
        )
        self._newest: dict[str, int] = {}
        self._number = 0
        self._thread = threading.Thread(target=self._run, name=f"leadsync-{name}", daemon=True)
        self._thread.start()

    def ask(
        self,
        topic: str,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> threading.Event:
        """Do `work` in the lane, then `done` on the event loop; the event says that it was done.

        Args:
            topic: older work of the same topic that has not begun is dropped; empty: none is.
            work: what asks the store.
            done: gets the result.
            failed: gets the error; without it the error goes to the event loop.
        """
        finished = threading.Event()
        self._number += 1
        number = self._number
        if topic:
            self._newest[topic] = number

        def run() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - handed over to the event loop
                self._hand_over(lambda problem=error: _fail(problem, failed))
            else:
                if done is not None and self._is_newest(topic, number):
                    self._hand_over(partial(done, result))
            finally:
                finished.set()

        self._work.put((topic, number, run))
        return finished

    def close(self, wait_s: float = 0.0) -> None:
        """Let the thread end after what it does now; wait for it at most so long."""
        self._newest.clear()
        self.deliver = None
        self._work.put(None)
        if wait_s:
            self._thread.join(wait_s)

    def _is_newest(self, topic: str, number: int) -> bool:
        return not topic or self._newest.get(topic) == number

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            topic, number, run = item
            if self._is_newest(topic, number):
                run()

    def _hand_over(self, callback: Callable[[], None]) -> None:
        if self.deliver is not None:
            self.deliver(callback)


def _fail(error: Exception, failed: Callable[[Exception], None] | None) -> Any:
    if failed is None:
        raise error
    failed(error)
