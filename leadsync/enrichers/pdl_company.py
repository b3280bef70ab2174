"""What People Data Labs tells of companies, one in a request.

Facts are of docs.peopledatalabs.com/docs/company-enrichment-api, read in November 2026: a hit is
one credit, a miss is free, and a repeat is charged again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.http_reading import unreadable
from leadsync.core.templates.trade import domain
from leadsync.enrichers.answer_fields import number_at, table_at, text_at
from leadsync.enrichers.company_record import Company, FoundCompany
from leadsync.enrichers.paid_once import ask_each_once
from leadsync.enrichers.pdl import CREDIT, PDL, failure_of, is_free, kept_back, paced
from leadsync.enrichers.person import HIGHER_PLAN
from leadsync.enrichers.provider_api import Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.company_record import CompanyQuery, CompanyQuestion

_NAMES = {
    "name": "name",
    "industry": "industry",
    "summary": "description",
    "employee_count": "employees",
    "size": "size",
    "founded": "founded",
    "website": "website",
    "linkedin_url": "linkedin_url",
}


class PdlCompany:
    """PDL as a source of companies. See `company_record.CompanySource`."""

    name: ClassVar[str] = PDL.name
    secret: ClassVar[str] = PDL.secret
    unit: ClassVar[str] = CREDIT
    batch_size: ClassVar[int] = 1

    def missing(self, query: CompanyQuery) -> str:
        """It needs a domain or a name."""
        return "" if query.domain or query.name else "domain"

    def request(self, query: CompanyQuery, settings: Settings) -> CallRequest:
        """The question about a company."""
        return PDL.request(_ask(query, settings), settings)

    async def find(
        self, questions: Sequence[CompanyQuestion], ctx: Context
    ) -> Sequence[FoundCompany | Outcome]:
        """What it tells of one company."""
        (question,) = questions
        free = is_free(ctx)
        ask = _ask(question.query, ctx)
        (answer,) = await ask_each_once(
            PDL,
            [question.job],
            ctx,
            [ask],
            lambda _places: ask,
            lambda whole, _places: [_counted(whole, is_free=free)],
        )
        if not isinstance(answer, Answer):
            return [answer]
        bill = bill_of(answer)
        if (outcome := failure_of(answer)) is not None:
            return [outcome]
        data = _data_of(answer)
        if not _is_company(data):
            return [unreadable(PDL.name, answer, "it tells of no company", bill=bill)]
        return [FoundCompany(_company(data), bill)]


def _ask(query: CompanyQuery, settings: Settings) -> Ask:
    known = {"website": query.domain} if query.domain else {"name": query.name}
    return Ask(
        "company/enrich",
        "GET",
        "/v5/company/enrich",
        params={**known, "titlecase": "true"},
        max_units=None if is_free(settings) else {CREDIT: 1.0},
        is_repeatable=False,
    )


def _counted(answer: Answer, *, is_free: bool) -> Answer:
    is_hit = answer.status == 200
    units = {CREDIT: 1.0} if is_hit and not is_free else {}
    is_told = is_hit and _is_company(_data_of(answer))
    return replace(paced(answer), units=units, is_reusable=is_told, is_miss=answer.status == 404)


def _data_of(answer: Answer) -> Mapping[str, Any]:
    """The company in an answer: the whole of it, but for its status and likelihood."""
    return table_at(answer.body, "data") or table_at(answer.body)


def _is_company(data: Mapping[str, Any]) -> bool:
    return bool(text_at(data, "id") or text_at(data, "name"))


def _company(data: Mapping[str, Any]) -> Company:
    employees, founded = number_at(data, "employee_count"), number_at(data, "founded")
    linkedin = text_at(data, "linkedin_url")
    site = domain(text_at(data, "website") or "") or None
    back = kept_back(data, _NAMES)
    return Company(
        name=text_at(data, "name"),
        domain=site,
        industry=text_at(data, "industry"),
        description=text_at(data, "summary") or text_at(data, "headline"),
        employees=None if employees is None else round(employees),
        size=text_at(data, "size"),
        founded=None if founded is None else round(founded),
        location=text_at(data, "location", "name"),
        city=text_at(data, "location", "locality"),
        country=text_at(data, "location", "country"),
        website=f"https://{site}" if site else None,
        linkedin_url=f"https://www.{linkedin.removeprefix('www.')}" if linkedin else None,
        note=f"{', '.join(back)}: {HIGHER_PLAN}" if back else None,
        raw=dict(data),
    )
