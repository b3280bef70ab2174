"""Errands: requests to providers that belong to no run, such as a look at a campaign.

They go the way of all requests: journalled, limited over all processes, without keys in what is
written. They cost nothing; what costs is a run's.
"""

from __future__ import annotations

import asyncio
import logging
import math
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from leadsync.core.engine.calling import Caller
from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.interpreter import suited_to_runs
from leadsync.core.engine.journal import Journal
from leadsync.core.engine.outcomes import Held, HeldWhy, Pending, Retry, Value
from leadsync.core.engine.pace import pace_of
from leadsync.core.engine.provider_lines import ProviderLines
from leadsync.core.engine.purse import Purse
from leadsync.core.engine.settings import ConfigSettings, account_of
from leadsync.core.engine.stop import StopSignal
from leadsync.core.engine.store_thread import StoreThread
from leadsync.core.engine.tally import Tally
from leadsync.core.engine.turns import Turns
from leadsync.core.erasure.redacting import redactor_for
from leadsync.core.errors import AccessError, HeldError, ProviderError, first_cause
from leadsync.core.practice.simulating import simulated
from leadsync.core.practice.transport import transport_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import httpx2

    from leadsync.core.engine.enricher import Answer, CallRequest, Job
    from leadsync.core.workspace import Workspace

T = TypeVar("T")
NO_RUN = 0
NO_COLUMN = 0
MOST_WAITED_S = 60.0
"""Somebody sits before it: what takes longer is said, not waited for."""
logger = logging.getLogger(__name__)


class Errand(ConfigSettings):
    """What asks a provider outside of runs; the part of `enricher.Context` that this takes."""

    run_id = NO_RUN
    column_id = NO_COLUMN

    def __init__(self, workspace: Workspace, secrets: Sequence[str], thread: StoreThread) -> None:
        """Take the workspace, and the names of the keys that are used."""
        super().__init__(workspace.config)
        self._secrets = tuple(secrets)
        self._thread = thread
        self._redactor = redactor_for(workspace.store, workspace.config.secrets_in_use())
        self._pace = pace_of(workspace.config)
        self._stop = StopSignal()
        self.purse = Purse()
        self.journal = Journal(
            workspace.store, thread, self._redactor, run_id=NO_RUN, holder="errand"
        )
        self._caller = Caller(
            journal=self.journal,
            tally=Tally(),
            pace=self._pace,
            lines=ProviderLines(
                pace=self._pace,
                width=workspace.config.concurrency,
                stop=self._stop,
                new_turns=partial(Turns, store=workspace.store, thread=thread, now=self._pace.now),
            ),
        )

    def secret(self, name: str) -> str:
        """A provider's key; hidden from now on wherever it might be written.

        Raises:
            AccessError: it is not set.
        """
        found = self._config.secret(name)
        if found is None:
            raise AccessError(f'the key "{name}" is not set', next_step=f"leadsync keys set {name}")
        self._redactor.add(found)
        return found

    def http(self, provider: str) -> httpx2.AsyncClient:
        """The HTTP client bound to a provider."""
        new_transport = transport_of(self._config, provider, throttles=True)
        return self._caller.lines.http(provider, new_transport=new_transport)

    async def call(
        self,
        jobs: Sequence[Job],
        request: CallRequest,
        send: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """Answer a request as runs do: limited and journalled.

        Raises:
            CallFailed: with what became of it.
        """
        send = simulated(self._config, request, send)
        return await self._caller.call(self, [job.lead_id for job in jobs], request, send)

    async def on_store(self, work: Callable[[], T]) -> T:
        """The result of work on the store, done on its thread."""
        return await self._thread.do(work)

    def now(self) -> float:
        """The clock, in epoch seconds."""
        return self._pace.now()

    def account(self, request: CallRequest) -> str:
        """A mark of the keys that a request is sent with."""
        return account_of(self._config, self._secrets)

    def check(self) -> None:
        """Let a request pass: nothing stops an errand."""

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` gives, which is asked again while it may soon work.

        Raises:
            LeadSyncError: it did not, or never will.
        """
        backoff = self._pace.backoff
        for tries in range(1, backoff.tries + 1):
            try:
                return await ask()
            except CallFailed as failure:
                outcome = failure.outcome
                if not isinstance(outcome, Retry) or tries == backoff.tries:
                    raise self._error(failure) from failure
                wait_s = backoff.wait_s(tries, self._pace.chance)
                wait_s = wait_s if outcome.after_s is None else outcome.after_s
                if wait_s > MOST_WAITED_S:
                    raise self._error(failure) from failure
                logger.info("asked again: %s", outcome.detail)
                await asyncio.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _error(self, failure: CallFailed) -> Exception:
        outcome = failure.outcome
        assert not isinstance(outcome, Pending)
        words = str(getattr(outcome, "detail", "")) or "the provider knows nothing of it"
        words = self._redactor.text(words)
        if isinstance(outcome, Held) and outcome.why is HeldWhy.AUTH:
            return AccessError(words, next_step="mend the key or its rights: leadsync keys test")
        if isinstance(outcome, Held):
            return HeldError(words, next_step="top up at the provider, then say it again")
        assert not isinstance(outcome, Value)
        after_s = getattr(outcome, "after_s", None) or 0.0
        if after_s > MOST_WAITED_S:
            minutes = math.ceil(after_s / 60)
            when = f"say it again in {minutes} minutes: the provider asks for that"
            return ProviderError(words, next_step=when)
        return ProviderError(words, next_step="later, say it again")

    async def close(self) -> None:
        """Close connections."""
        await self._caller.lines.close()


def run_errand(
    workspace: Workspace, secrets: Sequence[str], work: Callable[[Any], Awaitable[T]]
) -> T:
    """The result of `work`, which gets an `Errand` where it asks for a `Context`.

    Raises:
        LeadSyncError: the provider refused, or the store failed.
    """
    with suited_to_runs():
        try:
            return asyncio.run(_run(workspace, secrets, work))
        except BaseExceptionGroup as group:
            raise first_cause(group) from group


async def _run(
    workspace: Workspace, secrets: Sequence[str], work: Callable[[Any], Awaitable[T]]
) -> T:
    thread = StoreThread()
    errand = Errand(workspace, secrets, thread)
    try:
        async with asyncio.TaskGroup() as group:
            for service in errand.journal.services:
                group.create_task(service.serve())
            try:
                return await work(errand)
            finally:
                for service in errand.journal.services:
                    service.close()
    finally:
        await errand.close()
        thread.close()
