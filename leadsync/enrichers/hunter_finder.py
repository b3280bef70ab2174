"""What Hunter finds: a person's address at a company.

Facts are of hunter.io/api-documentation/v2, read in November 2026: an answer without an address is
not charged, and 202 means that the same is to be asked again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.http_reading import unreadable
from leadsync.core.engine.outcomes import Retry, RetryWhy
from leadsync.core.identity import linkedin_identity
from leadsync.enrichers.answer_fields import number_at, text_at
from leadsync.enrichers.hunter import HUNTER, SEARCH, data_of, failure_of, limit
from leadsync.enrichers.person import Found, Person
from leadsync.enrichers.person_config import profile_of
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import Answer, CallRequest, Context, Job, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.person import PersonQuery, Question, SourceOptions

USUAL_DURATION_S = 10
STILL_AT_IT = 202


class HunterFinder:
    """Hunter as a source of addresses. See `person.PersonSource`."""

    name: ClassVar[str] = HUNTER.name
    secret: ClassVar[str] = HUNTER.secret
    unit: ClassVar[str] = SEARCH
    batch_size: ClassVar[int] = 1

    def missing(self, query: PersonQuery) -> str:
        """It needs an employer, and a name or a profile."""
        if not (query.domain or query.company):
            return "company"
        return "" if query.name or query.linkedin_handle else "name"

    def request(
        self, query: PersonQuery, options: SourceOptions, settings: Settings
    ) -> CallRequest:
        """The search for a person's address."""
        return HUNTER.request(_ask(query, options, settings), settings)

    async def find(
        self, questions: Sequence[Question], options: SourceOptions, ctx: Context
    ) -> Sequence[Found | Outcome]:
        """The address of one person."""
        ((job, query),) = [(question.job, question.query) for question in questions]
        answer = await HUNTER.call([job], ctx, _ask(query, options, ctx), _counted)
        return [await _read(answer, job, ctx)]


def _ask(query: PersonQuery, options: SourceOptions, settings: Settings) -> Ask:
    employer = {"domain": query.domain} if query.domain else {"company": query.company}
    if query.first_name and query.last_name:
        person = {"first_name": query.first_name, "last_name": query.last_name}
    elif query.name:
        person = {"full_name": query.name}
    else:
        person = {"linkedin_handle": query.linkedin_handle}
    params = employer | person
    if options.max_duration_s != USUAL_DURATION_S:
        params["max_duration"] = str(options.max_duration_s)
    return Ask(
        "email-finder",
        "GET",
        "/email-finder",
        params=params,
        max_units={SEARCH: 1.0},
        rate_limit=limit(settings),
    )


def _counted(answer: Answer) -> Answer:
    """A hit is a search; a miss is free, and kept."""
    is_hit = answer.status == 200 and text_at(data_of(answer), "email") is not None
    is_told = answer.status == 200 and bool(data_of(answer))
    units = {SEARCH: 1.0} if is_hit else {}
    return replace(answer, units=units, is_reusable=is_told, is_miss=answer.status == 404)


async def _read(answer: Answer, job: Job, ctx: Context) -> Found | Outcome:
    bill = bill_of(answer)
    if answer.status == STILL_AT_IT:
        wait_s = poll_wait_s(job.attempt - 1, ctx)
        return Retry(RetryWhy.TRANSIENT, "hunter still looks for the address", after_s=wait_s)
    if (outcome := await failure_of(answer, [job], ctx, SEARCH)) is not None:
        return outcome
    data = data_of(answer)
    if "email" not in data:
        return unreadable(HUNTER.name, answer, "it does not tell of an address", bill=bill)
    return Found(
        Person(
            first_name=text_at(data, "first_name"),
            last_name=text_at(data, "last_name"),
            title=text_at(data, "position"),
            company=text_at(data, "company"),
            company_domain=text_at(data, "domain"),
            linkedin_url=profile_of(linkedin_identity(text_at(data, "linkedin_url") or "")),
            phone=text_at(data, "phone_number"),
            email=text_at(data, "email"),
            email_status=text_at(data, "verification", "status"),
            score=number_at(data, "score"),
            raw=dict(data),
        ),
        bill,
    )
