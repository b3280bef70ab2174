"""Columns that tell who people are: headline, title, company, place, what they say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from leadsync.core.engine.outcomes import NoMatch, Refused, Value
from leadsync.core.errors import InputError
from leadsync.core.identity import is_company_linkedin, is_linkedin, linkedin_identity
from leadsync.enrichers.apify_people import ApifyPeople
from leadsync.enrichers.apollo_people import ApolloPeople
from leadsync.enrichers.pdl_people import PdlPeople
from leadsync.enrichers.person import SourceOptions
from leadsync.enrichers.person_config import PersonConfig, query_of, text_in
from leadsync.enrichers.person_kind import PersonKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.person import Found, PersonQuery, PersonSource


class PeopleConfig(PersonConfig, frozen=True):
    """Settings of a column that tells who people are."""

    provider: Literal["pdl", "apollo", "apify"] = Field(
        "pdl", title="Provider", description="Who is asked; apify reads LinkedIn profiles."
    )
    email_field: str = Field(
        "email", title="Field of the e-mail address", description="Of the person."
    )
    reveal_phone: bool = Field(
        default=False,
        title="Phone numbers, too",
        description="Apollo: eight credits more where it finds a mobile number. It tells them "
        "later, and wants a public address of yours for it.",
    )


class People(PersonKind):
    """The kind `people`. See `enricher.Enricher`."""

    kind: ClassVar[str] = "people"
    Config: ClassVar[type[BaseModel]] = PeopleConfig
    sources: ClassVar[Mapping[str, PersonSource]] = {
        "pdl": PdlPeople(),
        "apollo": ApolloPeople(),
        "apify": ApifyPeople(),
    }

    def options(self, config: PersonConfig) -> SourceOptions:
        """What the source is told beside the person."""
        assert isinstance(config, PeopleConfig)
        return SourceOptions(
            personal_emails=config.personal_emails,
            min_likelihood=config.min_likelihood,
            required=config.required,
            reveal_phone=config.reveal_phone,
        )

    def query(self, job: Job, config: PersonConfig) -> PersonQuery:
        """Whom a lead's turn asks about.

        Raises:
            InputError: its LinkedIn address is not that of a person.
        """
        assert isinstance(config, PeopleConfig)
        address = text_in(job, config.linkedin_field)
        if address and linkedin_identity(address) is None:
            raise InputError(_not_a_person(address))
        return query_of(job, config, config.email_field)

    def outcome_of_person(self, job: Job, found: Found, provider: str) -> Outcome:
        """All that is known; without outputs the headline, or title and company."""
        person = found.person
        result = person.to_result(provider)
        if job.column.outputs:
            return Value(result, found.bill, {"source": provider})
        line = " at ".join(part for part in (person.title, person.company) if part)
        shown = person.headline or line or person.name
        if not shown and person.note:
            return Refused(f"{provider} says of {person.note}", found.bill)
        return Value(shown, found.bill, {"source": provider}) if shown else NoMatch(found.bill)


def _not_a_person(address: str) -> str:
    if is_company_linkedin(address):
        return "the LinkedIn address is of a company or school, not of a person"
    if address.lower().split("://")[-1].startswith("lnkd.in/"):
        return "the LinkedIn address is a short link; open it and take the profile's own address"
    if is_linkedin(address):
        return "the LinkedIn address is of a page (a post, a job, a search), not of a person"
    return "this is no LinkedIn address of a person"
