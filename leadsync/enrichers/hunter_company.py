"""What Hunter tells of companies, by their domain.

Facts are of hunter.io/api-documentation/v2, read in November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from leadsync.core.engine.http_reading import unreadable
from leadsync.enrichers.answer_fields import joined, list_at, number_at, text_at
from leadsync.enrichers.company_record import Company, FoundCompany
from leadsync.enrichers.hunter import ENRICHMENT, HUNTER, data_of, failure_of, limit
from leadsync.enrichers.provider_api import Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Answer, CallRequest, Context, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.company_record import CompanyQuery, CompanyQuestion


class HunterCompany:
    """Hunter as a source of companies. See `company_record.CompanySource`."""

    name: ClassVar[str] = HUNTER.name
    secret: ClassVar[str] = HUNTER.secret
    unit: ClassVar[str] = ENRICHMENT
    batch_size: ClassVar[int] = 1

    def missing(self, query: CompanyQuery) -> str:
        """It knows companies by their domain only."""
        return "" if query.domain else "domain"

    def request(self, query: CompanyQuery, settings: Settings) -> CallRequest:
        """The question about a domain."""
        return HUNTER.request(_ask(query.domain, settings), settings)

    async def find(
        self, questions: Sequence[CompanyQuestion], ctx: Context
    ) -> Sequence[FoundCompany | Outcome]:
        """What it tells of one company."""
        (question,) = questions
        answer = await HUNTER.call([question.job], ctx, _ask(question.query.domain, ctx), _counted)
        bill = bill_of(answer)
        outcome = await failure_of(answer, [question.job], ctx, ENRICHMENT)
        if outcome is not None:
            return [outcome]
        data = data_of(answer)
        if not data:
            return [unreadable(HUNTER.name, answer, "it has no data", bill=bill)]
        return [FoundCompany(_company(data), bill)]


def _ask(domain: str, settings: Settings) -> Ask:
    return Ask(
        "companies/find",
        "GET",
        "/companies/find",
        params={"domain": domain},
        max_units={ENRICHMENT: 1.0},
        rate_limit=limit(settings),
    )


def _counted(answer: Answer) -> Answer:
    is_hit = answer.status == 200 and bool(data_of(answer))
    units = {ENRICHMENT: 1.0} if is_hit else {}
    return replace(answer, units=units, is_reusable=is_hit, is_miss=answer.status == 404)


def _company(data: Mapping[str, Any]) -> Company:
    employees, founded = number_at(data, "metrics", "employees"), number_at(data, "foundedYear")
    handle = text_at(data, "linkedin", "handle")
    phones = [one for one in list_at(data, "site", "phoneNumbers") if isinstance(one, str)]
    domain = text_at(data, "domain")
    city, country = text_at(data, "geo", "city"), text_at(data, "geo", "country")
    return Company(
        name=text_at(data, "name"),
        domain=domain,
        industry=text_at(data, "category", "industry"),
        description=text_at(data, "description"),
        employees=None if employees is None else round(employees),
        size=text_at(data, "metrics", "employeesRange"),
        founded=None if founded is None else round(founded),
        location=text_at(data, "location") or joined(city, country),
        city=city,
        country=country,
        website=f"https://{domain}" if domain else None,
        linkedin_url=f"https://www.linkedin.com/{handle}" if handle else None,
        phone=phones[0] if phones else None,
        raw=dict(data),
    )
