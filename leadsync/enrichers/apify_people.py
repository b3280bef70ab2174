"""What an actor at Apify tells of people: their profiles at LinkedIn.

Actor, input and match rule are those of the recipe `linkedin-apify`.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar

from leadsync.core.engine.outcomes import Pending, Value
from leadsync.core.identity import linkedin_identity
from leadsync.core.templates import compile_batch_template
from leadsync.core.templates.trade import domain
from leadsync.enrichers.answer_fields import list_at, table_at, text_at
from leadsync.enrichers.apify_api import API
from leadsync.enrichers.apify_config import ApifyConfig
from leadsync.enrichers.apify_kept import outcome_of_kept, question_of
from leadsync.enrichers.apify_once import begin_once, read_once
from leadsync.enrichers.apify_run import RESULT, read_handle
from leadsync.enrichers.apify_stopped import abort_run
from leadsync.enrichers.kept_answers import known_answers
from leadsync.enrichers.person import Found, Person
from leadsync.enrichers.person_config import profile_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Job, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.templates import BatchTemplate
    from leadsync.enrichers.person import PersonQuery, Question, SourceOptions

RECIPE = "linkedin-apify.toml"
AT_ONCE = 50


class ApifyPeople:
    """Apify as a source of people. See `person.PersonSource` and `person.LatePersonSource`."""

    name: ClassVar[str] = API.name
    secret: ClassVar[str] = API.secret
    unit: ClassVar[str] = RESULT
    batch_size: ClassVar[int] = AT_ONCE

    def missing(self, query: PersonQuery) -> str:
        """It needs the address of a profile."""
        return "" if query.linkedin_url else "linkedin_url"

    def request(
        self, query: PersonQuery, options: SourceOptions, settings: Settings
    ) -> CallRequest:
        """The question about a person; a start asks many together."""
        return _question(query.linkedin_url, settings)

    async def find(
        self, questions: Sequence[Question], options: SourceOptions, ctx: Context
    ) -> Sequence[Found | Outcome]:
        """Starts the actor for these people; it tells later."""
        config, template = _recipe()
        jobs = [_about(question.job, question.query.linkedin_url) for question in questions]
        asked = {q.job.lead_id: _question(q.query.linkedin_url, ctx) for q in questions}
        known = await known_answers(asked, ctx)
        outcomes: dict[int, Outcome] = {
            lead_id: outcome_of_kept(answer, config) for lead_id, answer in known.items()
        }
        left = [job for job in jobs if job.lead_id not in known]
        outcomes |= await begin_once(left, asked, config, template, ctx) if left else {}
        found: list[Found | Outcome] = []
        for question in questions:
            outcome = outcomes[question.job.lead_id]
            found.append(_read(outcome, {"profile": question.query.linkedin_url}))
        return found

    async def collect(
        self, handles: Sequence[Handle], options: SourceOptions, ctx: Context
    ) -> Sequence[Found | Outcome]:
        """What the actor has found by now."""
        config, _ = _recipe()
        jobs = [_about(handle.job, str(handle.note.get("profile") or "")) for handle in handles]
        questions = {
            job.lead_id: _question(str(job.values[config.match.field] or ""), ctx) for job in jobs
        }
        outcomes = await read_once(read_handle(handles[0].body), jobs, config, questions, ctx)
        return [
            _read(outcomes[job.lead_id], handle.note)
            for job, handle in zip(jobs, handles, strict=True)
        ]

    async def abort(self, handles: Sequence[Handle], ctx: Context) -> None:
        """End the run, so that it costs no more."""
        await abort_run(read_handle(handles[0].body), [handle.job for handle in handles], ctx)


@cache
def _recipe() -> tuple[ApifyConfig, BatchTemplate]:
    text = files("leadsync.enrichers.recipes").joinpath(RECIPE).read_text("utf-8")
    settings = tomllib.loads(text)["column"]["config"]
    config = ApifyConfig.model_validate({**settings, "batch_size": AT_ONCE})
    return config, compile_batch_template(config.input, {config.match.field})


def _about(job: Job, profile: str) -> Job:
    """The job with what the recipe reads of a lead."""
    config, _ = _recipe()
    return replace(job, values={config.match.field: profile})


def _question(profile: str | None, settings: Settings) -> CallRequest:
    config, template = _recipe()
    return question_of(0, {config.match.field: profile}, config, template, settings)


def _read(outcome: Outcome, note: Mapping[str, Any]) -> Found | Outcome:
    if isinstance(outcome, Pending):
        return replace(outcome, note=note)
    if isinstance(outcome, Value) and isinstance(outcome.result, dict):
        return Found(_person(outcome.result), outcome.bill)
    return outcome


def _person(item: Mapping[str, Any]) -> Person:
    first, last = text_at(item, "firstName"), text_at(item, "lastName")
    positions = [*list_at(item, "currentPosition"), *list_at(item, "experience")]
    position = table_at(next(iter(positions), None))
    place = table_at(item, "location")
    return Person(
        name=" ".join(part for part in (first, last) if part) or None,
        first_name=first,
        last_name=last,
        headline=text_at(item, "headline"),
        title=text_at(position, "position"),
        company=text_at(position, "companyName"),
        company_domain=domain(text_at(position, "companyWebsite") or "") or None,
        location=text_at(place, "linkedinText") or text_at(item, "location"),
        city=text_at(place, "parsed", "city"),
        country=text_at(place, "parsed", "country"),
        about=text_at(item, "about"),
        linkedin_url=profile_of(linkedin_identity(text_at(item, "linkedinUrl") or "")),
        email=text_at(item, "email"),
        raw=dict(item),
    )
