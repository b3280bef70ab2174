"""What People Data Labs tells of people, a hundred in one request.

Facts are of docs.peopledatalabs.com/docs/bulk-person-enrichment-api, read in November 2026: each
answer has its own status, a hit is one credit, and a miss is free. A repeat is charged again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.http_reading import message_of, unreadable
from leadsync.core.identity import linkedin_identity
from leadsync.core.templates.trade import domain
from leadsync.enrichers.answer_fields import list_at, number_at, table_at, text_at
from leadsync.enrichers.paid_once import ask_each_once
from leadsync.enrichers.pdl import CREDIT, PDL, failure_of, is_free, kept_back, paced
from leadsync.enrichers.person import Found, Person
from leadsync.enrichers.person_config import profile_of
from leadsync.enrichers.provider_api import Ask, bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.person import PersonQuery, Question, SourceOptions

PATH = "/v5/person/bulk"
AT_ONCE = 100
SPENT = "x-call-credits-spent"
PROFESSIONAL = ("current_professional", "professional")
_NAMES = {
    "full_name": "name",
    "headline": "headline",
    "job_title": "title",
    "job_company_name": "company",
    "job_company_website": "company_domain",
    "location_name": "location",
    "summary": "about",
    "linkedin_url": "linkedin_url",
    "work_email": "email",
    "emails": "email",
    "personal_emails": "private email",
    "mobile_phone": "phone",
}


class PdlPeople:
    """PDL as a source of people. See `person.PersonSource`."""

    name: ClassVar[str] = PDL.name
    secret: ClassVar[str] = PDL.secret
    unit: ClassVar[str] = CREDIT
    batch_size: ClassVar[int] = AT_ONCE

    def missing(self, query: PersonQuery) -> str:
        """It needs an address, a profile, or a name with an employer."""
        return query.lacks

    def request(
        self, query: PersonQuery, options: SourceOptions, settings: Settings
    ) -> CallRequest:
        """The question about one person, as if asked alone."""
        return PDL.request(_ask([{"params": _params(query, options)}], settings), settings)

    async def find(
        self, questions: Sequence[Question], options: SourceOptions, ctx: Context
    ) -> Sequence[Found | Outcome]:
        """What it tells of up to a hundred people."""
        asked = [{"params": _params(question.query, options)} for question in questions]

        def join(places: Sequence[int]) -> Ask:
            marked = [
                {**asked[place], "metadata": {"id": str(number)}}
                for number, place in enumerate(places)
            ]
            return _ask(marked, ctx)

        free = is_free(ctx)
        answers = await ask_each_once(
            PDL,
            [question.job for question in questions],
            ctx,
            [_ask([one], ctx) for one in asked],
            join,
            lambda whole, places: _split(whole, len(places), is_free=free),
        )
        return [
            _read(answer, options) if isinstance(answer, Answer) else answer for answer in answers
        ]


def _params(query: PersonQuery, options: SourceOptions) -> dict[str, Any]:
    """A person as PDL is asked about them; nothing blank."""
    names = (
        {"first_name": query.first_name, "last_name": query.last_name}
        if query.first_name and query.last_name
        else {"name": query.name}
    )
    found = {
        "profile": query.linkedin_url,
        "email": query.email,
        **names,
        "company": query.domain or query.company,
        "required": options.required,
    }
    sent: dict[str, Any] = {name: value for name, value in found.items() if value}
    return {**sent, "min_likelihood": options.min_likelihood, "titlecase": True}


def _ask(asked: Sequence[Mapping[str, Any]], settings: Settings) -> Ask:
    return Ask(
        "person/bulk",
        "POST",
        PATH,
        body={"requests": [dict(one) for one in asked]},
        max_units=None if is_free(settings) else {CREDIT: 1.0},
        is_repeatable=False,
    )


def _split(whole: Answer, number: int, *, is_free: bool) -> list[Answer]:
    """An answer about many as one about each, by the mark that each question carried."""
    paced_whole = paced(whole)
    if whole.status >= 300:
        said = {"message": message_of(whole.body)}  # without a status: it is of no single person
        return [replace(paced_whole, body=said)] * number
    told = list_at({"told": whole.body}, "told")
    marked = {text_at(one, "metadata", "id") or str(at): one for at, one in enumerate(told)}
    hits = sum(number_at(one, "status") == 200 for one in told)
    spent = _number(whole.headers.get(SPENT))
    share = (hits if spent is None else spent) / max(1, hits)
    parts: list[Answer] = []
    for at in range(number):
        one = marked.get(str(at))
        status = number_at(one, "status")
        if one is None or status is None:
            parts.append(replace(paced_whole, units={CREDIT: 1.0}, is_reusable=False))
            continue
        is_paid = status == 200 and not is_free
        units = {CREDIT: share} if is_paid else {}
        body = {name: value for name, value in table_at(one).items() if name != "metadata"}
        part = replace(paced_whole, status=int(status), body=body, units=units)
        is_told = bool(table_at(one, "data"))
        parts.append(replace(part, is_miss=status == 404, is_reusable=is_told))
    return parts


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def _read(answer: Answer, options: SourceOptions) -> Found | Outcome:
    bill = bill_of(answer)
    is_of_person = number_at(answer.body, "status") is not None
    if (outcome := failure_of(answer, is_look_up=is_of_person)) is not None:
        return outcome
    data = table_at(answer.body, "data")
    if not data:
        return unreadable(PDL.name, answer, "it does not tell of each person", bill=bill)
    likelihood = number_at(answer.body, "likelihood")
    return Found(_person(data, likelihood, takes_private=options.personal_emails), bill)


def _person(data: Mapping[str, Any], likelihood: float | None, *, takes_private: bool) -> Person:
    email = _email(data, takes_private=takes_private)
    back = kept_back(data, _NAMES)
    known_back = tuple(name for name in back if not (name == "email" and email))
    return Person(
        name=text_at(data, "full_name"),
        first_name=text_at(data, "first_name"),
        last_name=text_at(data, "last_name"),
        headline=text_at(data, "headline"),
        title=text_at(data, "job_title"),
        company=text_at(data, "job_company_name"),
        company_domain=domain(text_at(data, "job_company_website") or "") or None,
        location=text_at(data, "location_name"),
        city=text_at(data, "location_locality"),
        country=text_at(data, "location_country"),
        about=text_at(data, "summary"),
        linkedin_url=profile_of(linkedin_identity(text_at(data, "linkedin_url") or "")),
        email=email,
        phone=text_at(data, "mobile_phone"),
        score=likelihood,
        higher_plan=known_back,
        raw=dict(data),
    )


def _email(data: Mapping[str, Any], *, takes_private: bool) -> str | None:
    """The address of work; a private one only where that is wanted."""
    if email := text_at(data, "work_email"):
        return email
    known = {text_at(one, "type"): text_at(one, "address") for one in list_at(data, "emails")}
    for kind in PROFESSIONAL:
        if email := known.get(kind):
            return email
    if not takes_private:
        return None
    private = [one for one in list_at(data, "personal_emails") if isinstance(one, str)]
    return known.get("personal") or (private[0] if private else None)
