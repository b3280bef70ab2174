"""The end of work that goes on at providers, where somebody stops a run: it shall cost no more."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from leadsync.core.engine.batch import BatchContext, Collector
from leadsync.core.engine.claims import CLAIM_LEASE_S, LATE_AT_ONCE
from leadsync.core.engine.enricher import Abortable, CallFailed, Job
from leadsync.core.engine.http_client import new_client
from leadsync.core.engine.late import LateJob, by_handle, handles_of, read_asked
from leadsync.core.errors import AccessError
from leadsync.core.practice.transport import transport_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import httpx2

    from leadsync.core.engine.enricher import Answer, CallRequest
    from leadsync.core.engine.lane import Lane

logger = logging.getLogger(__name__)

CONNECTIONS = 4
FOREVER = 1e12
"""Later than any poll is due, in epoch seconds."""


async def abort_late(lanes: Sequence[Lane], within_s: float) -> None:
    """Tell providers to end what cells of these lanes wait for; what they have found is kept.

    A provider that cannot be told in time is left alone: its work ends by itself.
    """
    for lane in lanes:
        enricher = lane.subject.enricher
        if not isinstance(enricher, Abortable):
            continue
        waiting = await lane.shared.thread.do(lambda lane=lane: _waiting(lane))
        with contextlib.suppress(TimeoutError):
            providers = lane.subject.description.providers
            new_transport = transport_of(lane.shared.config, next(iter(providers), ""))
            async with (
                asyncio.timeout(within_s),
                new_client(CONNECTIONS, lambda: True, new_transport=new_transport) as http,
            ):
                for group in by_handle(waiting):
                    context = _AbortContext(lane, [late.job for late in group], http)
                    await _abort(enricher, group, context, lane)


async def _abort(
    enricher: Abortable, group: Sequence[LateJob], context: _AbortContext, lane: Lane
) -> None:
    try:
        await enricher.abort(handles_of(group), context)
    except (CallFailed, AccessError) as error:
        words = lane.shared.redactor.text(str(error))
        logger.warning("run %d: its work goes on at the provider: %s", lane.shared.run_id, words)


def _waiting(lane: Lane) -> list[LateJob]:
    """On the store's thread: cells of the lane that wait; leaving the run gives them back."""
    shared, column = lane.shared, lane.subject.column
    cells = shared.store.claim(
        shared.run_id,
        column.id,
        limit=LATE_AT_ONCE,
        holder=shared.holder,
        lease_until=shared.pace.now() + CLAIM_LEASE_S,
        now=FOREVER,
        late=True,
    )
    return [LateJob(Job(cell.lead_id, column, {}), read_asked(cell.handle)) for cell in cells]


class _AbortContext(BatchContext):
    """The context of requests that may leave although the run stops."""

    def __init__(self, lane: Lane, jobs: Sequence[Job], http: httpx2.AsyncClient) -> None:
        super().__init__(lane, jobs)
        self._stopping_lane = lane
        self._http = http

    def http(self, provider: str) -> httpx2.AsyncClient:
        return self._http

    async def call(
        self,
        jobs: Sequence[Job],
        request: CallRequest,
        send: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        lane = self._stopping_lane
        lead_ids = [job.lead_id for job in jobs]
        return await lane.shared.caller.call(_Stopper(lane), lead_ids, request, send)


class _Stopper(Collector):
    """Pays for such requests, which cost nothing; they leave although the run stops."""

    def check(self) -> None:
        return
