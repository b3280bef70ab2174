"""What Apollo tells of people, ten in one request.

Facts are of docs.apollo.io/reference/bulk-people-enrichment, read in November 2026: a miss is null
and free; credits are a decimal; phone numbers come later, and are fetched by the request's id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.http_reading import unreadable
from leadsync.core.engine.outcomes import Pending
from leadsync.core.errors import InputError
from leadsync.core.identity import linkedin_identity
from leadsync.enrichers.answer_fields import joined, list_at, number_at, table_at, text_at
from leadsync.enrichers.apollo import APOLLO, AT_ONCE, CREDIT, failure_of, paced
from leadsync.enrichers.bulk_asks import ask_each
from leadsync.enrichers.person import Found, Person
from leadsync.enrichers.person_config import profile_of
from leadsync.enrichers.polling import poll_wait_s
from leadsync.enrichers.provider_api import Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.person import PersonQuery, Question, SourceOptions

PATH = "/people/bulk_match"
SERVE = "LEADSYNC_SERVE_URL"
MOST_OF_A_PERSON = 1.0
MOST_OF_A_PHONE = 8.0
LOCKED = "email_not_unlocked@"
"""How an address begins that stands for one that Apollo keeps back."""
_NO_PHONES = (
    "Apollo tells phone numbers later, to a public address of yours, and none is set: "
    f"leadsync config set {SERVE} https://…"
)


class ApolloPeople:
    """Apollo as a source of people. See `person.PersonSource` and `person.LatePersonSource`."""

    name: ClassVar[str] = APOLLO.name
    secret: ClassVar[str] = APOLLO.secret
    unit: ClassVar[str] = CREDIT
    batch_size: ClassVar[int] = AT_ONCE

    def missing(self, query: PersonQuery) -> str:
        """It needs an address, a profile, or a name with an employer."""
        return query.lacks

    def request(
        self, query: PersonQuery, options: SourceOptions, settings: Settings
    ) -> CallRequest:
        """The question about one person, as if asked alone."""
        return APOLLO.request(_ask([_details(query)], options, settings), settings)

    async def find(
        self, questions: Sequence[Question], options: SourceOptions, ctx: Context
    ) -> Sequence[Found | Outcome]:
        """What it tells of up to ten people."""
        details = [_details(question.query) for question in questions]
        answers = await ask_each(
            APOLLO,
            [question.job for question in questions],
            ctx,
            [_ask([one], options, ctx) for one in details],
            lambda places: _ask([details[place] for place in places], options, ctx),
            lambda whole, places: _split(whole, len(places)),
        )
        return [_read(answer, ctx) if isinstance(answer, Answer) else answer for answer in answers]

    async def collect(
        self, handles: Sequence[Handle], options: SourceOptions, ctx: Context
    ) -> Sequence[Found | Outcome]:
        """The phone number of a person that was told of before."""
        del options  # the question was settled when it was asked
        handle = handles[0].body
        ask = Ask(
            "webhook_result", "GET", f"/webhook_result/{handle['requestId']}",
            is_cacheable=False, is_look=True,
        )  # fmt: skip
        answer = await APOLLO.call([each.job for each in handles], ctx, ask)
        return [_with_phone(answer, handle, ctx)] * len(handles)


def _details(query: PersonQuery) -> dict[str, str]:
    """A person as Apollo is asked about them; nothing blank."""
    names = (
        {"first_name": query.first_name, "last_name": query.last_name}
        if query.first_name and query.last_name
        else {"name": query.name}
    )
    found = {
        "email": query.email,
        "linkedin_url": query.linkedin_url,
        **names,
        "domain": query.domain,
        "organization_name": query.company,
    }
    return {name: value for name, value in found.items() if value}


def _ask(details: list[dict[str, str]], options: SourceOptions, settings: Settings) -> Ask:
    params: dict[str, str] = {}
    most = MOST_OF_A_PERSON
    if options.personal_emails:
        params["reveal_personal_emails"] = "true"
    if options.reveal_phone:
        address = settings.setting(SERVE)
        if not address:
            raise InputError(_NO_PHONES)
        params |= {"reveal_phone_number": "true", "webhook_url": address}
        most += MOST_OF_A_PHONE
    return Ask(
        "people/bulk_match",
        "POST",
        PATH,
        params=params or None,
        body={"details": details},
        max_units={CREDIT: most},
    )


def _split(whole: Answer, number: int) -> list[Answer]:
    """An answer about many as one about each; credits are those of the people who were found."""
    paced_whole = paced(whole)
    if whole.status >= 300:
        return [paced_whole] * number
    matches = list_at(whole.body, "matches")
    if len(matches) != number:
        most = {CREDIT: MOST_OF_A_PERSON}
        return [replace(paced_whole, units=most, is_reusable=False)] * number
    found = sum(match is not None for match in matches)
    total = number_at(whole.body, "credits_consumed")
    share = (found if total is None else total) / max(1, found)
    later = _later_id(whole)
    return [
        replace(
            paced_whole,
            body=None if match is None else {"match": match, "phoneRequestId": later},
            units={} if match is None else {CREDIT: share},
        )
        for match in matches
    ]


def _later_id(whole: Answer) -> str | None:
    """By what phone numbers are fetched: a signed number of 64 bits, kept as text."""
    if text_at(whole.body, "phone_enrichment", "status") != "pending":
        return None
    return text_at(whole.body, "phone_enrichment", "request_id") or text_at(
        whole.body, "request_id"
    )


def _read(answer: Answer, ctx: Context) -> Found | Outcome:
    bill = bill_of(answer)
    if (outcome := failure_of(answer)) is not None:
        return outcome
    match = table_at(answer.body, "match")
    if not match:
        return unreadable(APOLLO.name, answer, "it does not tell of each person", bill=bill)
    if later := text_at(answer.body, "phoneRequestId"):
        handle = {"requestId": later, "match": match, "looks": 0}
        return Pending(handle, ctx.now() + poll_wait_s(0, ctx), bill)
    return Found(_person(match), bill)


def _with_phone(answer: Answer, handle: Mapping[str, Any], ctx: Context) -> Found | Outcome:
    """The person with the number that came later; without one where none comes."""
    looks, bill = int(handle["looks"]), bill_of(answer)
    person = _person(handle["match"])
    if answer.status == 410 or (
        answer.status == 404 and text_at(answer.body, "error_code") != "result_pending"
    ):
        return Found(person, bill)
    is_open = text_at(answer.body, "webhook_status") == "in_progress"
    if answer.status == 404 or (answer.status == 200 and is_open):
        wait_s = number_at(answer.body, "retry_after_seconds") or poll_wait_s(looks, ctx)
        return Pending({**handle, "looks": looks + 1}, ctx.now() + wait_s, bill)
    if (outcome := failure_of(answer)) is not None:
        return outcome
    for told in list_at(answer.body, "webhook_result", "people"):
        if text_at(told, "id") == text_at(handle["match"], "id"):
            numbers = list_at(told, "phone_numbers")
            phone = text_at(numbers[0], "sanitized_number") if numbers else None
            return Found(replace(person, phone=phone, raw={**person.raw, "phones": numbers}), bill)
    return Found(person, bill)


def _person(match: Mapping[str, Any]) -> Person:
    email = text_at(match, "email")
    if email and email.lower().startswith(LOCKED):
        email = None
    if email is None:
        email = next((e for e in list_at(match, "personal_emails") if isinstance(e, str)), None)
    city, country = text_at(match, "city"), text_at(match, "country")
    return Person(
        name=text_at(match, "name"),
        first_name=text_at(match, "first_name"),
        last_name=text_at(match, "last_name"),
        headline=text_at(match, "headline"),
        title=text_at(match, "title"),
        company=text_at(match, "organization", "name"),
        company_domain=text_at(match, "organization", "primary_domain"),
        location=joined(city, text_at(match, "state"), country),
        city=city,
        country=country,
        linkedin_url=profile_of(linkedin_identity(text_at(match, "linkedin_url") or "")),
        email=email,
        email_status=text_at(match, "email_status"),
        raw=dict(match),
    )
