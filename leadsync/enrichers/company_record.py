"""Companies, as columns ask about them and as providers tell of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Job, Settings
    from leadsync.core.engine.outcomes import Bill, Outcome


@dataclass(frozen=True, slots=True)
class CompanyQuery:
    """What is known of a company; blank where it is not.

    Attributes:
        domain: without `www.`.
    """

    domain: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CompanyQuestion:
    """A job, and which company it asks about."""

    job: Job
    query: CompanyQuery


@dataclass(frozen=True, slots=True)
class Company:
    """What a provider tells of a company; None where it does not.

    Attributes:
        employees: how many there are, where a number is given.
        size: the same as a range, such as "51-200".
        note: what the provider keeps back, in words.
        raw: its whole answer.
    """

    name: str | None = None
    domain: str | None = None
    industry: str | None = None
    description: str | None = None
    employees: int | None = None
    size: str | None = None
    founded: int | None = None
    location: str | None = None
    city: str | None = None
    country: str | None = None
    website: str | None = None
    linkedin_url: str | None = None
    phone: str | None = None
    note: str | None = None
    raw: Any = None

    def to_result(self, provider: str) -> dict[str, Any]:
        """What outputs of a column are read from."""
        return {**asdict(self), "provider": provider}


@dataclass(frozen=True, slots=True)
class FoundCompany:
    """An answer of a source: the company, and the outcome's bill."""

    company: Company
    bill: Bill


class CompanySource(Protocol):
    """A provider that knows companies."""

    name: ClassVar[str]
    """As the journal has it."""
    secret: ClassVar[str]
    """Name of its key."""
    unit: ClassVar[str]
    """What it counts: "credit"."""
    batch_size: ClassVar[int]
    """How many companies one request may ask about."""

    def missing(self, query: CompanyQuery) -> str:
        """Which field of `CompanyQuery` it would need; empty where it can be asked."""
        ...

    def request(self, query: CompanyQuery, settings: Settings) -> CallRequest:
        """The question about a company, not sent: for plans."""
        ...

    async def find(
        self, questions: Sequence[CompanyQuestion], ctx: Context
    ) -> Sequence[FoundCompany | Outcome]:
        """What it tells of each, in order.

        Raises:
            CallFailed: with the outcome of all.
        """
        ...
