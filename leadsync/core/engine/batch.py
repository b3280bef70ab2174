"""The context of one batch of jobs: what an enricher gets from the engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from leadsync.core.engine.earlier import EarlierCalls
from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.outcomes import Held, HeldWhy, Retry
from leadsync.core.engine.returning import moment_of
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import AccessError
from leadsync.core.practice.marks import marked_outcome
from leadsync.core.practice.simulating import simulated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    import httpx2

    from leadsync.core.engine.earlier import EarlierCall
    from leadsync.core.engine.enricher import Answer, Answers, CallRequest, Job
    from leadsync.core.engine.lane import Lane
    from leadsync.core.engine.late import Asked
    from leadsync.core.engine.outcomes import Json, Outcome
    from leadsync.core.engine.purse import Purse
    from leadsync.core.models import Doc

T = TypeVar("T")


class BatchContext(ConfigSettings):
    """`enricher.Context` for the jobs of one call of `Enricher.run`, or of `LateAnswers.poll`."""

    def __init__(
        self, lane: Lane, jobs: Sequence[Job], asked: Mapping[int, Asked] | None = None
    ) -> None:
        """Take the jobs that outcomes are due for; `asked` by lead id where they are late."""
        super().__init__(lane.shared.config)
        self._lane = lane
        self._due = {job.lead_id: job for job in jobs}
        self._asked = asked or {}
        self._again: dict[tuple[int, float | None], float] = {}

    def secret(self, name: str) -> str:
        """A provider's key; hidden from now on wherever it might be written."""
        found = self._config.secret(name)
        if found is None:
            raise AccessError(f'the key "{name}" is not set', next_step=f"leadsync keys set {name}")
        self._lane.shared.redactor.add(found)
        return found

    def http(self, provider: str) -> httpx2.AsyncClient:
        """The HTTP client bound to a provider."""
        from leadsync.core.practice.transport import transport_of

        new_transport = transport_of(self._config, provider, throttles=True)
        return self._lane.shared.caller.lines.http(provider, new_transport=new_transport)

    def guarded_http(self, provider: str) -> httpx2.AsyncClient:
        """The HTTP client for addresses that a column names."""
        if self._config.is_practice:
            return self.http(provider)
        from leadsync.core.engine.guarded_network import GuardedTransport, look_up_of

        look_up, reach = look_up_of(self), self._config.reach
        return self._lane.shared.caller.lines.http(
            f"guarded {provider}",
            new_transport=lambda limits: GuardedTransport(limits, reach, look_up),
        )

    def secret_for(self, name: str, host: str, port: int) -> str:
        """A key that the user has listed for that host; in practice none goes anywhere."""
        if not self._config.is_practice:
            self._config.reach.check_secret(name, host, port)
        return self.secret(name)

    @property
    def run_id(self) -> int:
        """The run that the jobs belong to."""
        return self._lane.shared.run_id

    async def known(self, request: CallRequest) -> Answer | None:
        """What `call` would answer without sending anything."""
        return await self._lane.shared.caller.known(request)

    async def received(self, request: CallRequest) -> Answer | None:
        """What came in by itself for a request."""
        return await self._lane.shared.caller.received(request)

    async def call(
        self,
        jobs: Sequence[Job],
        request: CallRequest,
        send: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """Answer a request from the cache, or send it: limited, budgeted, journalled."""
        lane = self._lane
        payer = self._payer(request)
        lead_ids = [job.lead_id for job in jobs]
        send = simulated(self._config, request, send)
        return await lane.shared.caller.call(payer, lead_ids, request, send)

    @property
    def budget_left(self) -> int | None:
        """What may still be set aside for requests; None: no cap."""
        return self._lane.purse.left

    async def earlier_calls(self, jobs: Sequence[Job], operation: str) -> Sequence[EarlierCall]:
        """Requests of that operation, sent before about these leads, that no cell tells of."""
        lead_ids = [job.lead_id for job in jobs]
        return await self._earlier.find(self._lane.column_id, lead_ids, operation)

    async def amend(self, call_id: int, answer: Answer | None) -> None:
        """Write down what is known of an earlier call now."""
        before, after = await self._earlier.amend(call_id, answer)
        if before.run_id == self._lane.shared.run_id:
            self._lane.purse.at(before.provider).amend(before, after)

    @property
    def _earlier(self) -> EarlierCalls:
        shared = self._lane.shared
        return self.shared(
            "earlier calls",
            lambda: EarlierCalls(
                shared.store, shared.thread, shared.redactor, run_id=shared.run_id
            ),
        )

    async def call_each(
        self,
        jobs: Sequence[Job],
        requests: Sequence[CallRequest],
        send: Callable[[Sequence[int]], Awaitable[Answers]],
    ) -> list[Answer | Outcome]:
        """Answer requests as `call` does, those that are sent as one HTTP request."""
        lane = self._lane
        payer = self._payer(*requests)
        lead_ids = [job.lead_id for job in jobs]
        return await lane.shared.caller.call_each(payer, lead_ids, requests, send)

    async def sent(self, destination: str, jobs: Sequence[Job]) -> dict[int, Doc]:
        """What the ledger says was sent to a place about these leads."""
        shared, lead_ids = self._lane.shared, [job.lead_id for job in jobs]
        return await shared.thread.do(lambda: shared.store.sent(destination, lead_ids))

    async def keep_sent(self, destination: str, entries: Mapping[int, Mapping[str, Any]]) -> None:
        """Write down what was sent to a place, without keys, on the disk before it returns."""
        shared = self._lane.shared
        clean = {lead_id: shared.redactor.json(dict(entry)) for lead_id, entry in entries.items()}
        await shared.thread.do(lambda: shared.store.keep_sent(destination, clean))

    def now(self) -> float:
        """The clock of the run, in epoch seconds."""
        return self._lane.shared.pace.now()

    def shared(self, key: str, make: Callable[[], T]) -> T:
        """The one object of that name that all batches of the run use."""
        objects = self._lane.shared.caller.objects
        if key not in objects:
            objects[key] = make()
        return cast("T", objects[key])

    def remember(self, key: str, value: Json) -> None:
        """Keep a fact about a provider while the run lasts."""
        self._lane.shared.caller.memory[key] = value

    def recall(self, key: str) -> Json:
        """What was remembered, or None."""
        return self._lane.shared.caller.memory.get(key)

    def done(self, job: Job, outcome: Outcome) -> None:
        """Hand in the outcome of a job, once."""
        assert job.lead_id in self._due, f"lead {job.lead_id} has its outcome already"
        del self._due[job.lead_id]
        if isinstance(outcome, Retry):
            outcome = self._together(job, outcome)
        if self._config.is_practice:
            outcome = marked_outcome(outcome)
        self._lane.take(job, outcome, self._asked.get(job.lead_id))

    def skip(self, job: Job, blank_field: str) -> None:
        """Leave a job unasked, because a field that it needs is blank."""
        assert job.lead_id in self._due, f"lead {job.lead_id} has its outcome already"
        del self._due[job.lead_id]
        self._lane.skip(job.lead_id, f"{blank_field} is blank")

    def _together(self, job: Job, outcome: Retry) -> Retry:
        """One moment for all that fail alike: apart, they would be claimed in crumbs of a batch."""
        pace = self._lane.shared.pace
        alike = (job.attempt, outcome.after_s)
        moment = self._again.get(alike, 0.0)
        if moment <= pace.now():
            moment = self._again[alike] = moment_of(job, outcome, pace)
        return replace(outcome, not_before=moment)

    def _payer(self, *requests: CallRequest) -> Lane | Collector:
        """Who asks: for late answers that cost nothing, also a column that may ask nothing new."""
        is_free = all(request.max_usd_micros == 0 for request in requests)
        return Collector(self._lane) if self._asked and is_free else self._lane

    # for the lane ----------------------------------------------------------------------------
    def end(self, outcome: Outcome) -> None:
        """Give this outcome to every job that has none."""
        for job in list(self._due.values()):
            self.done(job, outcome)

    def skip_rest(self, blank_field: str) -> None:
        """Leave every job that has no outcome unasked."""
        for job in list(self._due.values()):
            self.skip(job, blank_field)


class Collector:
    """Pays for polls: late answers are fetched also where the column may ask nothing new."""

    def __init__(self, lane: Lane) -> None:
        """Take the lane whose answers are late."""
        self._lane = lane

    @property
    def purse(self) -> Purse:
        """What polls are paid from; they cost nothing."""
        return self._lane.purse

    @property
    def column_id(self) -> int:
        """The column whose answers are late."""
        return self._lane.column_id

    def account(self, request: CallRequest) -> str:
        """A mark of the keys that a request is sent with."""
        return self._lane.account(request)

    def check(self) -> None:
        """Let a poll pass.

        Raises:
            CallFailed: the run stops.
        """
        if not self._lane.collects:
            raise CallFailed(Held(HeldWhy.STOPPED, "stopped"))
