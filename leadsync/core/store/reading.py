"""A read that can be broken off, because nobody waits for its answer any more."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

T = TypeVar("T")
ITEMS_BETWEEN_LOOKS = 1000


class ReadCancelledError(Exception):
    """The read was broken off. It is no `LeadSyncError`: who broke it off has nothing to be told."""


class Reading:
    """What is read inside `Store.cancellable`; another thread may break it off at any moment.

    Attributes:
        is_cancelled: whether nobody waits for it any more.
    """

    def __init__(self) -> None:
        """Begin as one that is waited for."""
        self.is_cancelled = False
        self._interrupt: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Break it off: what is being read ends soon, and what has not begun does not begin."""
        with self._lock:
            self.is_cancelled = True
            if self._interrupt is not None:
                self._interrupt()

    @contextlib.contextmanager
    def interrupted_by(self, interrupt: Callable[[], None]) -> Generator[None]:
        """Let `cancel` call `interrupt`, from its own thread, while the block runs.

        Raises:
            ReadCancelledError: it was broken off before.
        """
        with self._lock:
            self.check()
            self._interrupt = interrupt
        try:
            yield
        finally:
            with self._lock:
                self._interrupt = None

    def check(self) -> None:
        """Go on, unless it was broken off.

        Raises:
            ReadCancelledError: it was.
        """
        if self.is_cancelled:
            raise ReadCancelledError

    def watched(self, items: Iterable[T]) -> Iterator[T]:
        """The same items, for as long as somebody waits for them."""
        for n, item in enumerate(items):
            if n % ITEMS_BETWEEN_LOOKS == 0:
                self.check()
            yield item
