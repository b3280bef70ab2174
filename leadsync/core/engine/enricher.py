"""The protocol of enrichers: what a kind of running column must say and do.

A kind is found by its name in the entry-point group `leadsync.enrichers`; a third party's package
adds one without touching ours. The page is long because it is all that a stranger has to read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

from leadsync.core.models import Column, ColumnType

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from pathlib import Path

    import httpx2
    from pydantic import BaseModel

    from leadsync.core.engine.earlier import EarlierCall
    from leadsync.core.engine.outcomes import Json, Outcome
    from leadsync.core.models import Value as Cell

ENTRY_POINTS = "leadsync.enrichers"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Price:
    """What one job may cost, in millionths of a dollar.

    Attributes:
        min_usd_micros: the least that a job costs (a miss, a short answer).
        max_usd_micros: the most; None where no price is known: plans say "price unknown".
        unit: what the provider counts: "token", "credit", "verification".
    """

    min_usd_micros: int = 0
    max_usd_micros: int | None = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What a column with this config reads, fills, needs and may cost.

    Attributes:
        inputs: keys of the lead fields it reads, in order.
        required: those of `inputs` that must not be blank; such leads are skipped and named.
        outputs: path in the result (JMESPath) -> type of the column that it fills. Empty: the
            result itself is the cell of the column.
        providers: who can be billed, as the journal names them.
        secrets: names of the keys it needs, such as "OPENAI_API_KEY".
        batch_size: how many jobs one `run` call may get.
        is_local: nothing is sent anywhere and nothing costs.
        ages: its answers hold until `validUntil` in the meta of `Value` (a moment in UTC); after
            that the cell counts as stale.
    """

    inputs: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    outputs: Mapping[str, ColumnType] = field(default_factory=dict[str, ColumnType])
    providers: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    batch_size: int = 1
    price: Price = field(default_factory=Price)
    is_local: bool = False
    ages: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One lead's turn in a column.

    Attributes:
        values: the lead's cells by field key, at least those of `Description.inputs`; blank
            cells are None, tags a tuple of text.
        attempt: 1 for the first.
    """

    lead_id: int
    column: Column
    values: Mapping[str, Cell | tuple[str, ...]]
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Handle:
    """A job whose answer comes later, when it is time to ask for it.

    Attributes:
        job: as it was asked: its inputs hold what they held then.
        body: the handle that `Pending` gave.
        note: the note that it gave.
        changed: those of its inputs that hold something else now.
    """

    job: Job
    body: Mapping[str, Any]
    note: Mapping[str, Any] = field(default_factory=dict[str, Any])
    changed: Mapping[str, Cell | tuple[str, ...]] = field(default_factory=dict[str, Any])

    @property
    def job_now(self) -> Job:
        """The job as it would be asked now; for what was not asked yet."""
        return replace(self.job, values={**self.job.values, **self.changed})


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How often a provider may be asked, over all processes that use the same key.

    Attributes:
        per_s: requests a second.
        name: requests of one name share the limit; empty: all of the provider.
    """

    per_s: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A request as the journal keeps it, before it is sent.

    Attributes:
        body: what is sent, without keys; its hash answers repeats from the cache.
        min_usd_micros: the least that it can cost, for plans.
        max_usd_micros: the most that it can cost, reserved until the true cost is known; None:
            no price is known, and no cap can be kept.
        is_repeatable: whether sending it again after a lost answer does no harm.
        is_cacheable: whether its answer may serve equal requests later.
        is_harmless: it is free, and asking it again after a crash does no harm: it is not marked
            as sent before it leaves, only its answer is written down. Look-ups in DNS are so.
        is_look: it asks for nothing new: it looks for the answer to an earlier request, prepares
            or ends one, or keeps a part of its answer. `costs` does not count it as a call.
        max_age_s: how old an answer may be that serves this request; None: of any age.
        rate_limit: the provider's limit, where it is known; else it is learned from refusals.
        max_units: the most that the provider may count for it, `{"credit": 1}`; plans say so
            where no price is known.
        jobs: how many jobs one such request serves at most; of a plan's, whose price is a job's.
        secrets: names of the keys that it is sent with; None: those of the column's description.
        host: where it goes, if only the column names that address; plans show it.
        price_note: where its price is named, such as `units.hunter.search = 0.01 in a price file`;
            said where a cap is to be kept and no price is known.
    """

    provider: str
    operation: str
    body: Mapping[str, Any]
    min_usd_micros: int = 0
    max_usd_micros: int | None = None
    is_repeatable: bool = True
    is_cacheable: bool = True
    is_harmless: bool = False
    is_look: bool = False
    max_age_s: float | None = None
    rate_limit: RateLimit | None = None
    max_units: Mapping[str, float] = field(default_factory=dict[str, float])
    jobs: int = 1
    secrets: tuple[str, ...] | None = None
    host: str = ""
    price_note: str = ""

    def __post_init__(self) -> None:
        """Refuse to send without a mark what may cost.

        Raises:
            ValueError: it is not free.
        """
        if self.is_harmless and self.max_usd_micros != 0:
            raise ValueError(f"{self.provider}: only what is free is asked without a mark")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of a request, or what the cache kept of an equal one.

    Attributes:
        body: the answer as read; kept in the journal.
        headers: lower-case names; feeds the limiter. Empty from the cache.
        units: what the provider counted: `{"input_tokens": 812, …}`.
        cost_usd_micros: None where the price is not known.
        is_reusable: whether it may serve equal requests later; no for one that fails its checks.
        is_miss: it says that the provider knows nothing; kept for equal requests like a value.
    """

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    units: Mapping[str, float] = field(default_factory=dict[str, float])
    cost_usd_micros: int | None = None
    is_reusable: bool = True
    is_miss: bool = False
    call_id: int = 0
    from_cache: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back of one HTTP request that carried several requests.

    Attributes:
        whole: status and headers of the HTTP answer; feeds the limiter.
        parts: the answer to each request, in their order; where the whole failed, each is that.
    """

    whole: Answer
    parts: Sequence[Answer]


class Settings(Protocol):
    """What the user has settled; enough to say what a request would be and cost."""

    @property
    def prices(self) -> Path | None:
        """The user's own price file, which goes before shipped prices."""
        ...

    def setting(self, name: str, default: str = "") -> str:
        """A provider's setting from the environment or config, such as "OPENAI_BASE_URL"."""
        ...


class Context(Settings, Protocol):
    """What every enricher needs and none may rebuild."""

    def secret(self, name: str) -> str:
        """A provider's key.

        Raises:
            AccessError: it is not set; says how to set it.
        """
        ...

    def http(self, provider: str) -> httpx2.AsyncClient:
        """The HTTP client bound to a provider: time-outs, bounded answers, no retries."""
        ...

    def guarded_http(self, provider: str) -> httpx2.AsyncClient:
        """The same for addresses that a column names: it reaches what the config file allows."""
        ...

    def secret_for(self, name: str, host: str, port: int) -> str:
        """A key for a host that a column names.

        Raises:
            AccessError: it is not set, or the user has not listed it for that host.
        """
        ...

    @property
    def run_id(self) -> int:
        """The run that the jobs belong to."""
        ...

    async def known(self, request: CallRequest) -> Answer | None:
        """What `call` would answer without sending anything; None: it would send."""
        ...

    async def received(self, request: CallRequest) -> Answer | None:
        """What came in by itself for a request, such as a callback; None: nothing so far."""
        ...

    async def call(
        self,
        jobs: Sequence[Job],
        request: CallRequest,
        send: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """Answer a request from the cache, or send it: limited, budgeted, journalled.

        `send` returns every answer that has a status, errors too, and raises only what the
        connection raised. An answer of status < 400, or one that is a miss, is cached where the
        request allows it.

        Raises:
            CallFailed: with the outcome that the failure means for its jobs.
        """
        ...

    @property
    def budget_left(self) -> int | None:
        """What may still be set aside for requests, in millionths of a dollar; None: no cap."""
        ...

    async def earlier_calls(self, jobs: Sequence[Job], operation: str) -> Sequence[EarlierCall]:
        """Requests of that operation, sent before about these leads, that no cell tells of.

        For what must not be sent twice: a process that died may have sent it. One that was never
        answered is found until `amend` says what became of it.
        """
        ...

    async def amend(self, call_id: int, answer: Answer | None) -> None:
        """Write down what is known of an earlier call now: its answer, or its true cost.

        None: it never arrived, and cost nothing.
        """
        ...

    async def call_each(
        self,
        jobs: Sequence[Job],
        requests: Sequence[CallRequest],
        send: Callable[[Sequence[int]], Awaitable[Answers]],
    ) -> list[Answer | Outcome]:
        """Answer requests as `call` does, those that are sent as one HTTP request.

        Each is a call of its own: with its own hash, cache, cost and outcome. The cache answers
        first, so `send` gets the places of those that are left, perhaps in several parts where
        money is short.

        Args:
            jobs: whom each request is about, in order.
            requests: of one provider, all cacheable.
            send: sends those at these places; returns and raises as in `call`, a part for each.
        """
        ...

    async def sent(self, destination: str, jobs: Sequence[Job]) -> Mapping[int, Mapping[str, Any]]:
        """What the ledger says was sent to a place about these leads, by lead id."""
        ...

    async def keep_sent(self, destination: str, entries: Mapping[int, Mapping[str, Any]]) -> None:
        """Write down what was sent to a place, on the disk before it returns."""
        ...

    def now(self) -> float:
        """The clock of the run, in epoch seconds."""
        ...

    def shared(self, key: str, make: Callable[[], T]) -> T:
        """The one object of that name that all batches of the run use; made when first asked for."""
        ...

    def remember(self, key: str, value: Json) -> None:
        """Keep a fact about a provider while the run lasts (a server's abilities)."""
        ...

    def recall(self, key: str) -> Json:
        """What was remembered, or None."""
        ...

    def done(self, job: Job, outcome: Outcome) -> None:
        """Hand in the outcome of a job, once."""
        ...

    def skip(self, job: Job, blank_field: str) -> None:
        """Leave a job unasked, because a field that it needs is blank."""
        ...


class CallFailed(Exception):
    """A call came to nothing; the outcome says what that means. The engine turns it into `done`."""

    def __init__(self, outcome: Outcome) -> None:
        """Carry the outcome for every job of the call."""
        super().__init__(str(outcome))
        self.outcome = outcome


@runtime_checkable
class LateAnswers(Protocol):
    """What a kind has beside `Enricher` when its providers answer later."""

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Ask for answers, and hand in an outcome for the job of each handle.

        All handles have the same body: one thing at the provider, perhaps of many leads. They may
        come in any later process. `Pending` again means not yet. What it raises ends its jobs as
        it does in `run`. A poll costs nothing: its requests have a highest price of 0. One that
        may cost is a new question: it is sent only where the column may ask.
        """
        ...


@runtime_checkable
class Abortable(Protocol):
    """What a kind has beside `LateAnswers` when its providers can be told to end their work."""

    async def abort(self, handles: Sequence[Handle], ctx: Context) -> None:
        """End what these handles stand for, because somebody stops the run; it costs nothing.

        All handles have the same body; nothing is handed in. A later poll finds what there is.
        """
        ...


@runtime_checkable
class LaterRequests(Protocol):
    """What a kind has beside `Enricher` when one job may lead to several requests."""

    def later_requests(self, job: Job, settings: Settings) -> Sequence[CallRequest]:
        """Requests that may follow that of `Enricher.request`, not sent: for plans.

        They count in the highest price, not in the lowest.
        """
        ...


@runtime_checkable
class PlanNotes(Protocol):
    """What a kind has beside `Enricher` when a plan should say more than numbers."""

    def plan_note(
        self, config: BaseModel, cells: int, later: Mapping[str, int], settings: Settings
    ) -> str:
        """A sentence about a column in a plan; empty: there is nothing to say.

        Args:
            config: of the column.
            cells: how many would run.
            later: how many of `LaterRequests.later_requests` are not answered yet, by provider.
            settings: of the user.
        """
        ...


@runtime_checkable
class ChoosesKeys(Protocol):
    """What a kind has beside `Enricher` where it depends on settings which keys it needs."""

    def keys_needed(self, config: BaseModel, settings: Settings) -> Sequence[str]:
        """Those of `Description.secrets` without which a column of this config does not work."""
        ...


@runtime_checkable
class Sends(Protocol):
    """What a kind has beside `Enricher` when it hands leads over to be written to elsewhere.

    For its cells the policy of the lead's campaign holds, and its caps per company. What was sent
    stands in the ledger, under the place's name: `Context.sent`.
    """

    def destination(self, config: BaseModel) -> str:
        """The place that a column of this config sends to, as the ledger names it."""
        ...

    def verdict_fields(self, config: BaseModel) -> tuple[str, str]:
        """Keys of the fields with the verdict about the address, and with the reason of it."""
        ...

    def allowed(self, config: BaseModel) -> Sequence[str]:
        """Verdicts that may be sent beside those of the campaign's policy."""
        ...

    def mapping(self, config: BaseModel, fields: Collection[str]) -> Mapping[str, str]:
        """Field -> what the place calls it, of all that is sent beside the address."""
        ...

    def content(self, job: Job) -> Mapping[str, Any]:
        """What the place gets of a lead, its address under `email`; its hash tells changes.

        Raises:
            InputError: a cell holds what cannot be sent.
        """
        ...


@runtime_checkable
class SignedCallbacks(Protocol):
    """What a kind has beside `LateAnswers` when its providers call back and prove who they are."""

    def check_callback(
        self,
        column: Column,
        headers: Mapping[str, str],
        body: bytes,
        secret: Callable[[str], str],
    ) -> None:
        """Let a callback pass whose address is one of ours.

        Args:
            column: whose cells wait for it.
            headers: lower-case names.
            body: as it came.
            secret: gives the key of a name.

        Raises:
            AccessError: it is from somebody else, too old, or changed on its way.
        """
        ...

    def takes_first_callback(self, column: Column) -> bool:
        """Whether the first callback is the answer, so that nothing after it counts."""
        ...


@runtime_checkable
class ReadsTexts(Protocol):
    """What a kind has beside `SignedCallbacks` when not every callback has to be JSON."""

    def reads_callback(self, column: Column, text: str) -> bool:
        """Whether a callback that is no JSON holds an answer; else its sender is told, and waited for."""
        ...


class Enricher(Protocol):
    """A kind of running column."""

    kind: ClassVar[str]
    Config: ClassVar[type[BaseModel]]

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What a column of this config reads, fills, needs and may cost.

        Args:
            config: an instance of `Config`.
            fields: keys of the fields that leads have.

        Raises:
            InputError: a template does not compile, or names a field that does not exist.
        """
        ...

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        """The first request that `run` would make for a job, not sent: for plans.

        None where it cannot be known, or where the kind sends nothing.

        Raises:
            BlankInput: a field that it needs is blank.
            InputError: the template does not fit the lead.
        """
        ...

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Ask the provider about these jobs (at most `batch_size`) and hand in each outcome.

        What it raises ends its own jobs: `CallFailed` with the outcome inside, `BlankInput` as
        skipped, `AccessError` as held, `InputError` as invalid.
        """
        ...
