"""The match rule of a batch: which of the items that come back belongs to which lead."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator

from leadsync.core.host_names import as_punycode
from leadsync.core.identity import clean_email_cell, linkedin_identity
from leadsync.core.templates.trade import domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leadsync.core.engine.enricher import Job
    from leadsync.core.engine.outcomes import Json


class Compare(StrEnum):
    """As what the two sides are compared."""

    LINKEDIN = "linkedin"
    EMAIL = "email"
    DOMAIN = "domain"
    TEXT = "text"


WHAT = {
    Compare.LINKEDIN: "no profile of a person at LinkedIn",
    Compare.EMAIL: "no e-mail address",
    Compare.DOMAIN: "no domain",
    Compare.TEXT: "nothing to compare",
}
"""What a field holds that can never be matched."""


class MatchRule(BaseModel):
    """Where an item names its lead, and which field of the lead that equals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(
        title="Key in the item",
        min_length=1,
        description="JMESPath of what names the lead in each item; a list names it in several ways.",
    )
    field: str = Field(
        title="Field of the lead", min_length=1, description="Which field of the lead it equals."
    )
    compare: Compare = Field(
        Compare.TEXT,
        title="Compare as",
        description="linkedin (profiles, however written), email, domain, or text without regard "
        "to case.",
    )

    @field_validator("item")
    @classmethod
    def _is_path(cls, value: str) -> str:
        return check_path(value)


def check_path(path: str) -> str:
    """A JMESPath as it was given.

    Raises:
        ValueError: it is none.
    """
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        jmespath.compile(path)  # type: ignore[no-untyped-call]  # has no types
    except JMESPathError as error:
        raise ValueError(f'"{path}" is no JMESPath: {str(error).splitlines()[0]}') from error
    return path


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of the items of a batch.

    Attributes:
        by_lead: items by lead id, in their order; leads without an item are not in it.
        without_lead: items that name none of the leads.
    """

    by_lead: Mapping[int, Sequence[Json]]
    without_lead: Sequence[Json]


def match_items(rule: MatchRule, items: Iterable[Json], jobs: Iterable[Job]) -> Matched:
    """Sort items to leads; leads that share a key share its items."""
    leads: dict[str, list[int]] = defaultdict(list)
    for job in jobs:
        for key in set(_keys(job.values.get(rule.field), rule.compare)):
            leads[key].append(job.lead_id)
    by_lead: dict[int, list[Json]] = defaultdict(list)
    without_lead: list[Json] = []
    for item in items:
        found = dict.fromkeys(lead for key in item_keys(rule, item) for lead in leads.get(key, ()))
        for lead_id in found:
            by_lead[lead_id].append(item)
        if not found:
            without_lead.append(item)
    return Matched(dict(by_lead), without_lead)


def lead_key(rule: MatchRule, values: Mapping[str, Any]) -> str:
    """The canonical key of a lead; empty where its field holds nothing of that kind."""
    return next(_keys(values.get(rule.field), rule.compare), "")


def item_keys(rule: MatchRule, item: Json) -> list[str]:
    """The canonical keys that an item has."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        found = jmespath.search(rule.item, item)  # type: ignore[no-untyped-call]  # has no types
    except JMESPathError:
        return []  # a function of the path does not fit what this item holds
    return list(_keys(found, rule.compare))


def _keys(value: Any, compare: Compare) -> Iterator[str]:
    if isinstance(value, (list, tuple)):
        for part in cast("Sequence[Any]", value):
            yield from _keys(part, compare)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        key = canonical(str(value), compare)
        if key:
            yield key


def canonical(text: str, compare: Compare) -> str:
    """The form in which texts of one meaning are equal; empty for what is none of that kind."""
    match compare:
        case Compare.LINKEDIN:
            return linkedin_identity(text) or ""
        case Compare.EMAIL:
            return as_punycode(clean_email_cell(text).email or "")
        case Compare.DOMAIN:
            return as_punycode(domain(text))
        case Compare.TEXT:
            return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
