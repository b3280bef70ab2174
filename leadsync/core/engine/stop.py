"""The stop signal of a run: asked once it stops in order, asked twice it leaves at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class StopSignal:
    """May be asked from any thread and from a signal handler.

    Attributes:
        requests: how often it was asked.
    """

    def __init__(self) -> None:
        """Begin unasked, with nobody listening."""
        self.requests = 0
        self._lock = threading.RLock()  # a signal handler may interrupt `request` itself
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_requested(self) -> bool:
        """Whether no new request may leave."""
        return self.requests > 0

    @property
    def is_urgent(self) -> bool:
        """Whether nothing in flight is to be waited for either."""
        return self.requests > 1

    def request(self) -> None:
        """Ask to stop; the second time, to leave at once."""
        with self._lock:
            self.requests += 1
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at each request from now on; returns what ends that."""
        with self._lock:
            self._listeners.append(listener)

        def forget() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return forget
