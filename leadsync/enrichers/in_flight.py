"""Work that is under way: whoever wants the same thing meanwhile waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


class _Stopped(Exception):
    """Whoever did the work was cancelled; somebody else has to."""


class InFlight(Generic[T]):
    """Does each piece of work once at a time; for one event loop. It remembers no results."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._running: dict[str, asyncio.Future[T]] = {}

    async def share(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """The result of the work of that name, begun now unless it is under way.

        Raises:
            Exception: what the work raised, to all who wait for it.
        """
        while (running := self._running.get(key)) is not None:
            with contextlib.suppress(_Stopped):
                return await asyncio.shield(running)
        mine = self._running[key] = asyncio.get_running_loop().create_future()
        try:
            result = await work()
        except BaseException as error:
            mine.set_exception(error if isinstance(error, Exception) else _Stopped())
            mine.exception()  # perhaps nobody waits for it
            raise
        finally:
            del self._running[key]
        mine.set_result(result)
        return result
