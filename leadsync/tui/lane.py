"""Lanes: threads that ask the store, so that the event loop never waits for it.

Each lane is one thread, with the store's connection of that thread. Work of one topic replaces
older work of the same topic: what has not begun is dropped, what has begun is broken off.
"""

from __future__ import annotations

import queue
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from leadsync.core.store.reading import ReadCancelledError, Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

T = TypeVar("T")


@dataclass
class _Asked:
    """A piece of work.

    Attributes:
        reading: breaks it off.
        finished: set when it is done, or was dropped.
    """

    work: Callable[[], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None
    reading: Reading = field(default_factory=Reading)
    finished: threading.Event = field(default_factory=threading.Event)


class Lane:
    """A thread that does one thing after another; results are delivered on the event loop.

    Attributes:
        deliver: hands a callback over to the event loop; set when there is one.
        cancellable: makes what its block reads end when it is broken off: the store's.
    """

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self.deliver: Callable[[Callable[[], None]], object] | None = None
        self.cancellable: Callable[[Reading], AbstractContextManager[None]] = _to_its_end
        self._work: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._newest: dict[str, Reading] = {}
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
            topic: older work of the same topic is dropped or broken off; empty: none is.
            work: what asks the store.
            done: gets the result.
            failed: gets the error; without it the error goes to the event loop.
        """
        asked = _Asked(work, done, failed)
        if topic:
            self.drop(topic)
            self._newest[topic] = asked.reading
        self._work.put(asked)
        return asked.finished

    def drop(self, *topics: str) -> None:
        """Forget the work of these topics: nobody waits for its result any more."""
        for topic in topics:
            reading = self._newest.pop(topic, None)
            if reading is not None:
                reading.cancel()

    def close(self, wait_s: float = 0.0) -> None:
        """Let the thread end after what it does now; wait for it at most so long."""
        self.drop(*self._newest)
        self.deliver = None
        self._work.put(None)
        self._thread.join(wait_s)

    def _run(self) -> None:
        while (asked := self._work.get()) is not None:
            self._do(asked)
            asked.finished.set()

    def _do(self, asked: _Asked) -> None:
        if asked.reading.is_cancelled:
            return
        try:
            with self.cancellable(asked.reading):
                result = asked.work()
        except ReadCancelledError:
            return
        except Exception as error:  # noqa: BLE001 - handed over to the event loop
            self._hand_over(partial(_fail, asked, error))
        else:
            if asked.done is not None:
                self._hand_over(partial(_finish, asked, asked.done, result))

    def _hand_over(self, callback: Callable[[], None]) -> None:
        if self.deliver is not None:
            self.deliver(callback)


def _finish(asked: _Asked, done: Callable[[Any], None], result: object) -> None:
    """On the event loop, where newer work may have been asked for in the meantime."""
    if not asked.reading.is_cancelled:
        done(result)


def _fail(asked: _Asked, error: Exception) -> None:
    if asked.failed is None:
        raise error
    if not asked.reading.is_cancelled:
        asked.failed(error)


def _to_its_end(_reading: Reading) -> AbstractContextManager[None]:
    """Without a store nothing is broken off."""
    return nullcontext()
