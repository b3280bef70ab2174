"""People, as columns ask about them and as providers tell of them.

A provider plugs in by a `PersonSource`; kinds turn its answers into cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Job, Settings
    from leadsync.core.engine.outcomes import Bill, Outcome

HIGHER_PLAN = "available on a higher plan"


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """What is known of a person; blank where it is not.

    Attributes:
        linkedin_url: canonical, of a person.
        name: first and last name.
        domain: of the employer, without `www.`.
    """

    email: str = ""
    linkedin_url: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    domain: str = ""

    @property
    def linkedin_handle(self) -> str:
        """What stands after `/in/`; blank where the address has another form."""
        _, _, handle = self.linkedin_url.partition("/in/")
        return handle

    @property
    def lacks(self) -> str:
        """What it takes to tell a person from others and is blank; an address or a profile does."""
        if self.email or self.linkedin_url:
            return ""
        if not self.name:
            return "name"
        return "" if self.domain or self.company else "company"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What sources are told beside the person; each heeds what it knows.

    Attributes:
        personal_emails: take a private address where there is none of work.
        min_likelihood: PDL: how sure it must be, 0 to 10.
        required: PDL: fields without which it is no match.
        max_duration_s: Hunter: how long it may look.
        reveal_phone: Apollo: phone numbers, too, which come later.
    """

    personal_emails: bool = False
    min_likelihood: int = 6
    required: str = ""
    max_duration_s: int = 10
    reveal_phone: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A job, and whom it asks about."""

    job: Job
    query: PersonQuery


@dataclass(frozen=True, slots=True)
class Person:
    """What a provider tells of a person; None where it does not.

    Attributes:
        email_status: the provider's own word, such as "verified".
        score: how sure the provider is, on its own scale.
        higher_plan: names of what the provider has and does not give on the user's plan.
        raw: its whole answer.
    """

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    headline: str | None = None
    title: str | None = None
    company: str | None = None
    company_domain: str | None = None
    location: str | None = None
    city: str | None = None
    country: str | None = None
    about: str | None = None
    linkedin_url: str | None = None
    email: str | None = None
    email_status: str | None = None
    phone: str | None = None
    score: float | None = None
    higher_plan: tuple[str, ...] = ()
    raw: Any = None

    def to_result(self, provider: str) -> dict[str, Any]:
        """What outputs of a column are read from."""
        return {
            "name": self.name,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "headline": self.headline,
            "title": self.title,
            "company": self.company,
            "company_domain": self.company_domain,
            "location": self.location,
            "city": self.city,
            "country": self.country,
            "about": self.about,
            "linkedin_url": self.linkedin_url,
            "email": self.email,
            "email_status": self.email_status,
            "phone": self.phone,
            "score": self.score,
            "provider": provider,
            "note": self.note,
            "raw": self.raw,
        }

    @property
    def note(self) -> str | None:
        """What the provider keeps back, in words."""
        return f"{', '.join(self.higher_plan)}: {HIGHER_PLAN}" if self.higher_plan else None


@dataclass(frozen=True, slots=True)
class Found:
    """An answer of a source: the person, and the outcome's bill."""

    person: Person
    bill: Bill


class PersonSource(Protocol):
    """A provider that knows people."""

    name: ClassVar[str]
    """As the journal has it."""
    secret: ClassVar[str]
    """Name of its key."""
    unit: ClassVar[str]
    """What it counts: "credit"."""
    batch_size: ClassVar[int]
    """How many people one request may ask about."""

    def missing(self, query: PersonQuery) -> str:
        """Which field of `PersonQuery` it would need; empty where it can be asked."""
        ...

    def request(
        self, query: PersonQuery, options: SourceOptions, settings: Settings
    ) -> CallRequest:
        """The question about a person, not sent: for plans.

        Raises:
            InputError: an option cannot be had.
        """
        ...

    async def find(
        self, questions: Sequence[Question], options: SourceOptions, ctx: Context
    ) -> Sequence[Found | Outcome]:
        """What it tells of each, in order; `Pending` where it tells later.

        Raises:
            CallFailed: with the outcome of all.
        """
        ...


@runtime_checkable
class LatePersonSource(Protocol):
    """What a source has beside `PersonSource` when it tells later."""

    async def collect(
        self, handles: Sequence[Handle], options: SourceOptions, ctx: Context
    ) -> Sequence[Found | Outcome]:
        """What it tells by now of each, in order; see `enricher.LateAnswers`."""
        ...
