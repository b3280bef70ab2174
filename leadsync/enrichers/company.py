"""Columns that tell about companies: industry, size, place, founding year, what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from leadsync.core.engine.enricher import Description, Price
from leadsync.core.engine.outcomes import NoMatch, Refused, Value
from leadsync.core.templates import BlankInput
from leadsync.core.templates.trade import domain
from leadsync.enrichers.apollo_company import ApolloCompany
from leadsync.enrichers.company_record import CompanyQuery, CompanyQuestion, FoundCompany
from leadsync.enrichers.email_lists import read_lists
from leadsync.enrichers.hunter_company import HunterCompany
from leadsync.enrichers.pdl_company import PdlCompany
from leadsync.enrichers.person_config import domain_in, fields_in_use, text_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Job, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.company_record import CompanySource

SOURCES: Mapping[str, CompanySource] = {
    "pdl": PdlCompany(),
    "apollo": ApolloCompany(),
    "hunter": HunterCompany(),
}


class CompanyConfig(BaseModel):
    """Settings of a column that tells about companies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: Literal["pdl", "apollo", "hunter"] = Field(
        "pdl", title="Provider", description="Who is asked."
    )
    domain_field: str = Field(
        "domain",
        title="Field of the domain",
        description="Domain or web address of the company; goes before all others.",
    )
    website_field: str = Field(
        "website", title="Field of the web address", description="Where the domain is blank."
    )
    email_field: str = Field(
        "email",
        title="Field of the e-mail address",
        description="Its domain is taken where no other is known, unless it is one of free mail.",
    )
    name_field: str = Field(
        "company",
        title="Field of the name",
        description="Asked about only where no domain is known.",
    )


class CompanyKind:
    """The kind `company`. See `enricher.Enricher`."""

    kind: ClassVar[str] = "company"
    Config: ClassVar[type[BaseModel]] = CompanyConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads; one of it must be there."""
        assert isinstance(config, CompanyConfig)
        source = SOURCES[config.provider]
        return Description(
            inputs=fields_in_use(config, fields),
            providers=(source.name,),
            secrets=(source.secret,),
            batch_size=source.batch_size,
            price=Price(0, None, source.unit),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        """The question about a lead's company."""
        config = CompanyConfig.model_validate(job.column.config)
        return SOURCES[config.provider].request(_query(job, config, settings), settings)

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Ask about the companies of these leads; leads of one company ask once."""
        config = CompanyConfig.model_validate(jobs[0].column.config)
        questions: list[CompanyQuestion] = []
        for job in jobs:
            try:
                questions.append(CompanyQuestion(job, _query(job, config, ctx)))
            except BlankInput as blank:
                ctx.skip(job, blank.field)
        if not questions:
            return
        answers = await SOURCES[config.provider].find(questions, ctx)
        for question, answer in zip(questions, answers, strict=True):
            is_found = isinstance(answer, FoundCompany)
            outcome = _outcome(question.job, answer, config.provider) if is_found else answer
            ctx.done(question.job, outcome)


def _query(job: Job, config: CompanyConfig, settings: Settings) -> CompanyQuery:
    """Which company a lead's turn asks about.

    Raises:
        BlankInput: too little is known of it.
    """
    query = CompanyQuery(
        domain=domain_in(job, config.domain_field, config.website_field)
        or _domain_of_mail(text_in(job, config.email_field), settings),
        name=text_in(job, config.name_field),
    )
    if SOURCES[config.provider].missing(query):
        raise BlankInput(config.domain_field)
    return query


def _domain_of_mail(email: str, settings: Settings) -> str:
    """The domain of an address of work."""
    found = domain(email) if "@" in email else ""
    return "" if found in read_lists(settings).free_mail else found


def _outcome(job: Job, found: FoundCompany, provider: str) -> Outcome:
    company = found.company
    meta = {"source": provider}
    if job.column.outputs:
        return Value(company.to_result(provider), found.bill, meta)
    shown = company.industry or company.description or company.name
    if not shown and company.note:
        return Refused(f"{provider} says of {company.note}", found.bill)
    return Value(shown, found.bill, meta) if shown else NoMatch(found.bill)
