"""Serving: callbacks settle the cells that wait for them; messages to hooks have their effect."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from leadsync.core.access.rights import Right
from leadsync.core.engine.callback_receiver import CallbackReceiver
from leadsync.core.engine.callbacks import KEY, PATH
from leadsync.core.engine.late_fetcher import LateFetcher
from leadsync.core.engine.store_thread import StoreThread
from leadsync.core.errors import AccessError, StoreError
from leadsync.core.inbound.hooks import PATH as HOOKS
from leadsync.core.inbound.hooks import list_hooks
from leadsync.core.inbound.rates import Rates
from leadsync.core.inbound.receiving import NOTHING_HERE, HookReceiver, keys_not_set
from leadsync.core.listener import Listener, Reply, is_loopback
from leadsync.core.models import to_doc

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.engine.events import RunResult
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.errors import LeadSyncError
    from leadsync.core.listener import Inbound
    from leadsync.core.models import Doc
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
        method: empty where it was not read to its end, as one that is too long.
        run_id: the run whose cells wait for it; 0: none.
        hook: name of the hook that it came by; empty: none.
        effect: what a message to a hook did, under the names of `Taken`.
    """

    method: str
    status: int
    words: str
    run_id: int = 0
    hook: str = ""
    effect: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Trouble:
    """Messages are answered with 503 for this reason, until it is mended; told once."""

    words: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where and whom to listen to.

    Attributes:
        per_address: so many requests of one address are looked at a minute.
        is_behind_proxy: addresses are what a proxy on this machine says of them.
    """

    host: str = "127.0.0.1"
    port: int = 0
    per_address: int = 600
    is_behind_proxy: bool = False


ServeEvent = Listening | Answered | Trouble


def serve(
    workspace: Workspace,
    entry: Entry,
    *,
    stop: StopSignal,
    on_event: Callable[[ServeEvent], None],
    on_end: Callable[[RunResult], None],
) -> None:
    """Take callbacks and messages to hooks until stopped.

    Args:
        workspace: where they go.
        entry: where and whom to listen to.
        stop: ends it.
        on_event: is told of all that comes.
        on_end: is told of runs whose cells were settled.

    Raises:
        AccessError: the key that signs addresses of callbacks is not set, and there is no hook; or
            who is there may not settle cells, where callbacks are taken, or import.
        InputError: nobody can listen there.
    """
    asyncio.run(_Serving(workspace, entry, stop, on_event, on_end).run())


class _Serving:
    def __init__(
        self,
        workspace: Workspace,
        entry: Entry,
        stop: StopSignal,
        on_event: Callable[[ServeEvent], None],
        on_end: Callable[[RunResult], None],
    ) -> None:
        has_key = workspace.config.secret(KEY) is not None
        takes_callbacks = has_key or not list_hooks(workspace.store)
        workspace.require(Right.ENRICH if takes_callbacks else Right.IMPORT)
        workspace.let_in_again()
        self._entry = entry
        self._callbacks = CallbackReceiver(workspace) if takes_callbacks else None
        self._hooks = HookReceiver(workspace)
        self._not_checked = keys_not_set(workspace)
        self._rates = Rates()
        self._fetcher = LateFetcher(workspace, stop, on_end)
        self._thread = StoreThread()
        self._stop = stop
        self._on_event = on_event
        self._troubles: dict[str, str] = {}  # by hook; "" for all of them

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()

        def notice() -> None:
            loop.call_soon_threadsafe(stopped.set)

        forget = self._stop.listen(notice)
        entry = self._entry
        listener = Listener(entry.host, entry.port, self._respond, on_refused=self._refused)
        try:
            self._on_event(Listening(self._entry.host, await listener.start()))
            for problem in self._not_checked:
                self._on_event(Trouble(problem.message, problem.next_step))
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
        reply, event = await self._reply(inbound)
        logger.info("%s: %d %s", inbound.method, reply.status, reply.words)
        self._on_event(event)
        return reply

    def _refused(self, reply: Reply) -> None:
        logger.info("no request: %d %s", reply.status, reply.words)
        self._on_event(Answered("", reply.status, reply.words))

    async def _reply(self, inbound: Inbound) -> tuple[Reply, Answered]:
        wait_s = self._rates.take(self._address_of(inbound), self._entry.per_address)
        if wait_s:
            words = "too many requests from there"
            reply = Reply(HTTPStatus.TOO_MANY_REQUESTS, words, {"Retry-After": str(wait_s)})
            return reply, _answered(inbound, reply)
        is_post = inbound.method == "POST"
        if is_post and inbound.path.startswith(HOOKS):
            return await self._hook(inbound)
        if is_post and inbound.path.startswith(PATH) and self._callbacks:
            return await self._callback(inbound, self._callbacks)
        # One answer for all that is not there, so that nobody learns which paths begin well.
        reply = Reply(HTTPStatus.NOT_FOUND, NOTHING_HERE)
        return reply, _answered(inbound, reply)

    def _address_of(self, inbound: Inbound) -> str:
        """Who sends it: the last address that the proxy of this machine has seen, or the peer."""
        forwarded = inbound.headers.get("x-forwarded-for", "")
        if self._entry.is_behind_proxy and forwarded and is_loopback(inbound.peer):
            return forwarded.rpartition(",")[2].strip()[:64]
        return inbound.peer

    async def _hook(self, inbound: Inbound) -> tuple[Reply, Answered]:
        secret = inbound.path.removeprefix(HOOKS)
        receipt = await self._thread.do(
            lambda: self._hooks.receive(secret, inbound.headers, inbound.body)
        )
        self._tell(receipt.hook, receipt.problem)
        if receipt.taken is not None:
            for mended in ("", receipt.hook):
                self._troubles.pop(mended, None)
        reply = Reply(receipt.status, receipt.words, receipt.headers)
        effect = to_doc(receipt.taken) if receipt.taken else {}
        return reply, _answered(inbound, reply, hook=receipt.hook, effect=effect)

    async def _callback(
        self, inbound: Inbound, callbacks: CallbackReceiver
    ) -> tuple[Reply, Answered]:
        token = inbound.path.removeprefix(PATH)
        try:
            receipt = await self._thread.do(
                lambda: callbacks.receive(token, inbound.headers, inbound.body)
            )
        except (StoreError, AccessError) as error:
            logger.warning("a callback was not taken: %s", error.message)
            self._tell(PATH, error if isinstance(error, AccessError) else None)
            reply = Reply(HTTPStatus.SERVICE_UNAVAILABLE, "not now", {"Retry-After": "10"})
            return reply, _answered(inbound, reply)
        self._troubles.pop(PATH, None)
        if receipt.run_id:
            self._fetcher.add(receipt.run_id)
        is_unknown = receipt.status == HTTPStatus.NOT_FOUND
        reply = Reply(receipt.status, NOTHING_HERE if is_unknown else receipt.words)
        return reply, _answered(inbound, reply, run_id=receipt.run_id)

    def _tell(self, where: str, problem: LeadSyncError | None) -> None:
        """Tell whoever runs this, once, why no message is taken there."""
        if problem is not None and problem.message != self._troubles.get(where):
            self._troubles[where] = problem.message
            self._on_event(Trouble(problem.message, problem.next_step))


def _answered(
    inbound: Inbound, reply: Reply, *, run_id: int = 0, hook: str = "", effect: Doc | None = None
) -> Answered:
    return Answered(inbound.method, reply.status, reply.words, run_id, hook, effect or {})
