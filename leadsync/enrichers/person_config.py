"""Settings that all columns share which ask about people, and the person that they make of a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from leadsync.core.errors import InputError, nearest
from leadsync.core.identity import linkedin_identity
from leadsync.core.templates.trade import domain
from leadsync.core.values import show
from leadsync.enrichers.person import PersonQuery

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadsync.core.engine.enricher import Job

PROFILE = "https://www.linkedin.com/"


class PersonConfig(BaseModel, frozen=True, extra="forbid"):
    """Which fields of a lead say who it is, and what all sources may be told beside."""

    provider: str = Field(title="Provider", description="Who is asked.")
    name_field: str = Field(
        "name", title="Field of the name", description="First and last name in one field."
    )
    first_name_field: str = Field(
        "first_name", title="Field of the first name", description="Goes before the name."
    )
    last_name_field: str = Field(
        "last_name", title="Field of the last name", description="Goes before the name."
    )
    company_field: str = Field(
        "company", title="Field of the company", description="The employer's name."
    )
    domain_field: str = Field(
        "domain",
        title="Field of the company's domain",
        description="Domain or web address of the employer; surer than its name.",
    )
    website_field: str = Field(
        "website", title="Field of the web address", description="Where the domain is blank."
    )
    linkedin_field: str = Field(
        "linkedin_url", title="Field of the LinkedIn address", description="Of the person."
    )
    personal_emails: bool = Field(
        default=False,
        title="Private addresses, too",
        description="Take a private e-mail address where there is none of work. Apollo may take "
        "credits for it, and never gives those of people in the EU and the UK.",
    )
    min_likelihood: int = Field(
        6,
        ge=0,
        le=10,
        title="Least likelihood",
        description="People Data Labs: how sure it must be that it is this person, 0 to 10.",
    )
    required: str = Field(
        "",
        title="What must be known",
        description="People Data Labs: fields without which it is no match and costs nothing, "
        'such as "work_email" or "headline AND summary".',
    )


def fields_in_use(config: BaseModel, fields: Collection[str]) -> tuple[str, ...]:
    """Keys of the lead's fields that a column reads: those of its `*_field` settings that exist.

    Raises:
        InputError: one that was named by the user does not.
    """
    used: list[str] = []
    for setting in type(config).model_fields:
        name = str(getattr(config, setting)) if setting.endswith("_field") else ""
        if name in fields:
            used.append(name)
        elif name and setting in config.model_fields_set:
            near = nearest(name, fields)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(f'no field "{name}" for {setting}{hint}')
    return tuple(dict.fromkeys(used))


def query_of(job: Job, config: PersonConfig, email_field: str) -> PersonQuery:
    """Who a lead is, as far as its cells say; a LinkedIn address of nobody counts as blank."""
    first, last = text_in(job, config.first_name_field), text_in(job, config.last_name_field)
    return PersonQuery(
        email=text_in(job, email_field).lower(),
        linkedin_url=profile_of(linkedin_identity(text_in(job, config.linkedin_field))) or "",
        name=" ".join(part for part in (first, last) if part)
        if first and last
        else text_in(job, config.name_field),
        first_name=first,
        last_name=last,
        company=text_in(job, config.company_field),
        domain=domain_in(job, config.domain_field, config.website_field),
    )


def text_in(job: Job, key: str) -> str:
    """A cell of a lead as text; empty where it is blank."""
    value = job.values.get(key) if key else None
    if value is None or isinstance(value, tuple):
        return ""
    return show(value).strip()


def domain_in(job: Job, *keys: str) -> str:
    """The domain in the first of these cells that holds one; empty where none does."""
    return next((found for key in keys if (found := domain(text_in(job, key)))), "")


def profile_of(identity: str | None) -> str | None:
    """The address of the profile of an `identity.linkedin_identity`; ids of members work there."""
    if not identity:
        return None
    kind, _, rest = identity.partition("/")
    return f"{PROFILE}in/{rest}" if kind == "member" else f"{PROFILE}{identity}"
