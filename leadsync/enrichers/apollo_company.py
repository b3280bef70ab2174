"""What Apollo tells of companies, ten in one request.

Facts are of docs.apollo.io/reference/bulk-organization-enrichment, read in November 2026: a company
that is found is one credit. Nothing there says how a miss stands among the answers, so each answer
is known by its domain, and by its place only where all are there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.http_reading import unreadable
from leadsync.core.templates.trade import domain
from leadsync.enrichers.answer_fields import joined, list_at, number_at, table_at, text_at
from leadsync.enrichers.apollo import APOLLO, AT_ONCE, CREDIT, failure_of, paced
from leadsync.enrichers.bulk_asks import ask_each
from leadsync.enrichers.company_record import Company, FoundCompany
from leadsync.enrichers.provider_api import Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.company_record import CompanyQuery, CompanyQuestion

PATH = "/organizations/bulk_enrich"


class ApolloCompany:
    """Apollo as a source of companies. See `company_record.CompanySource`."""

    name: ClassVar[str] = APOLLO.name
    secret: ClassVar[str] = APOLLO.secret
    unit: ClassVar[str] = CREDIT
    batch_size: ClassVar[int] = AT_ONCE

    def missing(self, query: CompanyQuery) -> str:
        """It needs a domain or a name."""
        return "" if query.domain or query.name else "domain"

    def request(self, query: CompanyQuery, settings: Settings) -> CallRequest:
        """The question about one company, as if asked alone."""
        return APOLLO.request(_ask([_details(query)]), settings)

    async def find(
        self, questions: Sequence[CompanyQuestion], ctx: Context
    ) -> Sequence[FoundCompany | Outcome]:
        """What it tells of up to ten companies."""
        details = [_details(question.query) for question in questions]
        answers = await ask_each(
            APOLLO,
            [question.job for question in questions],
            ctx,
            [_ask([one]) for one in details],
            lambda places: _ask([details[place] for place in places]),
            lambda whole, places: _split(whole, [details[place] for place in places]),
        )
        return [_read(answer) if isinstance(answer, Answer) else answer for answer in answers]


def _details(query: CompanyQuery) -> dict[str, str]:
    return {"domain": query.domain} if query.domain else {"name": query.name}


def _ask(details: list[dict[str, str]]) -> Ask:
    return Ask(
        "organizations/bulk_enrich",
        "POST",
        PATH,
        body={"details": details},
        max_units={CREDIT: 1.0},
    )


def _split(whole: Answer, asked: Sequence[Mapping[str, str]]) -> list[Answer]:
    """An answer about many as one about each."""
    paced_whole = paced(whole)
    if whole.status >= 300:
        return [paced_whole] * len(asked)
    if not isinstance(table_at(whole.body).get("organizations"), list):
        return [replace(paced_whole, units={CREDIT: 1.0}, is_reusable=False)] * len(asked)
    told = list_at(whole.body, "organizations")
    if len(told) != len(asked):
        told = [_belonging(one, told) for one in asked]
    return [
        replace(
            paced_whole,
            body={"organization": one} if one else None,
            units={CREDIT: 1.0} if one else {},
        )
        for one in told
    ]


def _belonging(asked: Mapping[str, str], told: Sequence[Any]) -> Any:
    """The company with that domain, or of that name."""
    for one in told:
        domains = {domain(text_at(one, name) or "") for name in ("primary_domain", "website_url")}
        if asked.get("domain", "-") in domains:
            return one
        if asked.get("name", "").casefold() == (text_at(one, "name") or "-").casefold():
            return one
    return None


def _read(answer: Answer) -> FoundCompany | Outcome:
    bill = bill_of(answer)
    if (outcome := failure_of(answer)) is not None:
        return outcome
    found = table_at(answer.body, "organization")
    if not found:
        return unreadable(APOLLO.name, answer, "it does not tell of companies", bill=bill)
    return FoundCompany(_company(found), bill)


def _company(found: Mapping[str, Any]) -> Company:
    employees = number_at(found, "estimated_num_employees")
    founded = number_at(found, "founded_year")
    city, country = text_at(found, "city"), text_at(found, "country")
    return Company(
        name=text_at(found, "name"),
        domain=text_at(found, "primary_domain"),
        industry=text_at(found, "industry"),
        description=text_at(found, "short_description") or text_at(found, "seo_description"),
        employees=None if employees is None else round(employees),
        founded=None if founded is None else round(founded),
        location=text_at(found, "raw_address") or joined(city, text_at(found, "state"), country),
        city=city,
        country=country,
        website=text_at(found, "website_url"),
        linkedin_url=text_at(found, "linkedin_url"),
        phone=text_at(found, "phone"),
        raw=dict(found),
    )
