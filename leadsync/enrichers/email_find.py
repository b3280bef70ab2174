"""Columns that find people's e-mail addresses: by name and employer, or by LinkedIn profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from leadsync.core.engine.outcomes import NoMatch, Refused, Value
from leadsync.enrichers.apollo_people import ApolloPeople
from leadsync.enrichers.hunter_finder import HunterFinder
from leadsync.enrichers.pdl_people import PdlPeople
from leadsync.enrichers.person import HIGHER_PLAN, SourceOptions
from leadsync.enrichers.person_config import PersonConfig, query_of
from leadsync.enrichers.person_kind import PersonKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.person import Found, PersonQuery, PersonSource


class EmailFindConfig(PersonConfig, frozen=True):
    """Settings of a column that finds addresses."""

    provider: Literal["hunter", "apollo", "pdl"] = Field(
        "hunter", title="Provider", description="Who is asked."
    )
    max_duration: int = Field(
        10,
        ge=3,
        le=20,
        title="Longest search",
        description="Hunter: seconds that it may look for an address.",
    )


class EmailFind(PersonKind):
    """The kind `email_find`. See `enricher.Enricher`."""

    kind: ClassVar[str] = "email_find"
    Config: ClassVar[type[BaseModel]] = EmailFindConfig
    sources: ClassVar[Mapping[str, PersonSource]] = {
        "hunter": HunterFinder(),
        "apollo": ApolloPeople(),
        "pdl": PdlPeople(),
    }

    def options(self, config: PersonConfig) -> SourceOptions:
        """Without an address it is no match, so PDL charges nothing for it."""
        assert isinstance(config, EmailFindConfig)
        wanted = "emails" if config.personal_emails else "work_email"
        return SourceOptions(
            personal_emails=config.personal_emails,
            min_likelihood=config.min_likelihood,
            required=config.required or wanted,
            max_duration_s=config.max_duration,
        )

    def query(self, job: Job, config: PersonConfig) -> PersonQuery:
        """Whom a lead's turn asks about; never by an address, which is what is wanted."""
        return query_of(job, config, "")

    def outcome_of_person(self, job: Job, found: Found, provider: str) -> Outcome:
        """The address; a person without one is no match."""
        person, bill = found.person, found.bill
        if person.email is None and "email" in person.higher_plan:
            return Refused(f"{provider} knows an e-mail address: {HIGHER_PLAN}", bill)
        if person.email is None:
            return NoMatch(bill)
        result = person.to_result(provider)
        shown = result if job.column.outputs else person.email
        return Value(shown, bill, {"source": provider})
