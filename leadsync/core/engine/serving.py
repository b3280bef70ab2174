"""Serving: callbacks are taken, and the cells that wait for them are settled."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from leadsync.core.engine.callback_receiver import CallbackReceiver
from leadsync.core.engine.callbacks import PATH
from leadsync.core.engine.late_fetcher import LateFetcher
from leadsync.core.engine.store_thread import StoreThread
from leadsync.core.errors import StoreError
from leadsync.core.listener import Listener, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.events import RunResult
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.listener import Inbound
    from leadsync.core.workspace import Workspace

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """It has begun."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody sent something, and was told this.

    Attributes:
        run_id: the run whose cells wait for it; 0: none.
    """

    method: str
    status: int
    words: str
    run_id: int


ServeEvent = Listening | Answered


def serve(
    workspace: Workspace,
    *,
    host: str,
    port: int,
    stop: StopSignal,
    on_event: Callable[[ServeEvent], None],
    on_end: Callable[[RunResult], None],
) -> None:
    """Take callbacks until stopped; `on_end` is told of runs whose cells were settled.

    Raises:
        AccessError: the key that signs addresses is not set.
        InputError: nobody can listen there.
    """
    asyncio.run(_Serving(workspace, stop, on_event, on_end).run(host, port))


class _Serving:
    def __init__(
        self,
        workspace: Workspace,
        stop: StopSignal,
        on_event: Callable[[ServeEvent], None],
        on_end: Callable[[RunResult], None],
    ) -> None:
        self._receiver = CallbackReceiver(workspace)
        self._fetcher = LateFetcher(workspace, stop, on_end)
        self._thread = StoreThread()
        self._stop = stop
        self._on_event = on_event

    async def run(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()

        def notice() -> None:
            loop.call_soon_threadsafe(stopped.set)

        forget = self._stop.listen(notice)
        listener = Listener(host, port, self._respond)
        try:
            self._on_event(Listening(host, await listener.start()))
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.to_thread(self._fetcher.run))
                if not self._stop.is_requested:
                    await stopped.wait()
                await listener.stop()
                self._fetcher.close()
        finally:
            forget()
            self._fetcher.close()
            self._thread.close()

    async def _respond(self, inbound: Inbound) -> Reply:
        reply, run_id = await self._reply(inbound)
        logger.info("%s: %d %s", inbound.method, reply.status, reply.words)
        self._on_event(Answered(inbound.method, reply.status, reply.words, run_id))
        return reply

    async def _reply(self, inbound: Inbound) -> tuple[Reply, int]:
        if not inbound.path.startswith(PATH):
            return Reply(HTTPStatus.NOT_FOUND, "nothing is here"), 0
        if inbound.method != "POST":
            return Reply(
                HTTPStatus.METHOD_NOT_ALLOWED, "callbacks are posted", {"Allow": "POST"}
            ), 0
        token = inbound.path.removeprefix(PATH)
        try:
            receipt = await self._thread.do(
                lambda: self._receiver.receive(token, inbound.headers, inbound.body)
            )
        except StoreError as error:
            logger.warning("a callback was not taken: %s", error.message)
            return Reply(HTTPStatus.SERVICE_UNAVAILABLE, "not now", {"Retry-After": "10"}), 0
        if receipt.run_id:
            self._fetcher.add(receipt.run_id)
        return Reply(receipt.status, receipt.words), receipt.run_id
