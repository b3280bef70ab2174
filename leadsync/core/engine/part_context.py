"""The context of one part of a kind that asks other kinds: it keeps outcomes for the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from leadsync.core.engine.cells import BlankField

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    import httpx2

    from leadsync.core.engine.earlier import EarlierCall
    from leadsync.core.engine.enricher import Answer, Answers, CallRequest, Context, Job
    from leadsync.core.engine.outcomes import Json, Outcome

T = TypeVar("T")


class PartContext:
    """`enricher.Context` for jobs that another kind is asked about.

    Everything but outcomes goes on to the context of the whole: limits, budget, journal, cache
    and keys are those of its column.

    Attributes:
        outcomes: by lead id, as they are handed in; a blank field where a job was left unasked.
        unkept: ids of leads for whom something was paid that no cache will answer again.
    """

    def __init__(
        self, whole: Context, jobs: Sequence[Job], *, name: str, secrets: tuple[str, ...]
    ) -> None:
        """Take the jobs that outcomes are due for.

        Args:
            whole: the context of the column.
            jobs: as the part sees them.
            name: of what is shared between equal parts.
            secrets: names of the keys that the part uses.
        """
        self.outcomes: dict[int, Outcome | BlankField] = {}
        self.unkept: set[int] = set()
        self._whole = whole
        self._jobs = jobs
        self._name = name
        self._secrets = secrets

    def done(self, job: Job, outcome: Outcome) -> None:
        """Hand in the outcome of a job, once."""
        assert job.lead_id not in self.outcomes, f"lead {job.lead_id} has its outcome already"
        self.outcomes[job.lead_id] = outcome

    def skip(self, job: Job, blank_field: str) -> None:
        """Leave a job unasked, because a field that it needs is blank."""
        assert job.lead_id not in self.outcomes, f"lead {job.lead_id} has its outcome already"
        self.outcomes[job.lead_id] = BlankField(blank_field)

    def end(self, outcome: Outcome) -> None:
        """Give this outcome to every job that has none."""
        for job in self._jobs:
            self.outcomes.setdefault(job.lead_id, outcome)

    def skip_rest(self, blank_field: str) -> None:
        """Leave every job that has no outcome unasked."""
        for job in self._jobs:
            self.outcomes.setdefault(job.lead_id, BlankField(blank_field))

    async def call(
        self,
        jobs: Sequence[Job],
        request: CallRequest,
        send: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """Answer a request from the cache, or send it with the keys of the part."""
        answer = await self._whole.call(jobs, self._own(request), send)
        if not _is_kept(request, answer):
            self.unkept.update(job.lead_id for job in jobs)
        return answer

    async def call_each(
        self,
        jobs: Sequence[Job],
        requests: Sequence[CallRequest],
        send: Callable[[Sequence[int]], Awaitable[Answers]],
    ) -> list[Answer | Outcome]:
        """Answer requests as `call` does, those that are sent as one HTTP request."""
        return await self._whole.call_each(jobs, [self._own(each) for each in requests], send)

    def shared(self, key: str, make: Callable[[], T]) -> T:
        """The one object of that name that all batches of equal parts use."""
        return self._whole.shared(f"{self._name}: {key}", make)

    def _own(self, request: CallRequest) -> CallRequest:
        return request if request.secrets is not None else replace(request, secrets=self._secrets)

    # what goes on to the whole as it is -------------------------------------------------------
    @property
    def prices(self) -> Path | None:
        """The user's own price file."""
        return self._whole.prices

    def setting(self, name: str, default: str = "") -> str:
        """A provider's setting from the environment or config."""
        return self._whole.setting(name, default)

    def secret(self, name: str) -> str:
        """A provider's key."""
        return self._whole.secret(name)

    def secret_for(self, name: str, host: str, port: int) -> str:
        """A key for a host that a column names."""
        return self._whole.secret_for(name, host, port)

    def http(self, provider: str) -> httpx2.AsyncClient:
        """The HTTP client bound to a provider."""
        return self._whole.http(provider)

    def guarded_http(self, provider: str) -> httpx2.AsyncClient:
        """The HTTP client for addresses that a column names."""
        return self._whole.guarded_http(provider)

    @property
    def run_id(self) -> int:
        """The run that the jobs belong to."""
        return self._whole.run_id

    async def known(self, request: CallRequest) -> Answer | None:
        """What `call` would answer without sending anything."""
        return await self._whole.known(request)

    async def received(self, request: CallRequest) -> Answer | None:
        """What came in by itself for a request."""
        return await self._whole.received(request)

    @property
    def budget_left(self) -> int | None:
        """What may still be set aside for requests."""
        return self._whole.budget_left

    async def earlier_calls(self, jobs: Sequence[Job], operation: str) -> Sequence[EarlierCall]:
        """Requests of that operation, sent before about these leads, that no cell tells of."""
        return await self._whole.earlier_calls(jobs, operation)

    async def amend(self, call_id: int, answer: Answer | None) -> None:
        """Write down what is known of an earlier call now."""
        await self._whole.amend(call_id, answer)

    async def sent(self, destination: str, jobs: Sequence[Job]) -> Mapping[int, Mapping[str, Any]]:
        """What the ledger says was sent to a place about these leads."""
        return await self._whole.sent(destination, jobs)

    async def keep_sent(self, destination: str, entries: Mapping[int, Mapping[str, Any]]) -> None:
        """Write down what was sent to a place."""
        await self._whole.keep_sent(destination, entries)

    def now(self) -> float:
        """The clock of the run, in epoch seconds."""
        return self._whole.now()

    def remember(self, key: str, value: Json) -> None:
        """Keep a fact about a provider while the run lasts."""
        self._whole.remember(key, value)

    def recall(self, key: str) -> Json:
        """What was remembered, or None."""
        return self._whole.recall(key)


def _is_kept(request: CallRequest, answer: Answer) -> bool:
    """Whether asking again would cost nothing."""
    if answer.cost_usd_micros == 0:
        return True
    is_good = (answer.status < 400 and answer.is_reusable) or answer.is_miss
    return request.is_cacheable and is_good
