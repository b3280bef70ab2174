"""Variables of the sequences of a campaign at Instantly: `{{firstName}}` in subjects and texts.

Facts are of developer.instantly.ai/api/v2 and its help pages on variables, read in November 2026.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from leadsync.enrichers.answer_fields import list_at, table_at, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STANDARD = {
    "email": "email", "firstName": "first_name", "lastName": "last_name",
    "companyName": "company_name", "jobTitle": "job_title", "phone": "phone",
    "website": "website", "personalization": "personalization",
}  # fmt: skip
"""Variable of every lead -> the field of a lead that it stands for."""
_OWN = re.compile("(sending)?account|sender|unsubscribe|random", re.IGNORECASE)
"""So begin variables that Instantly fills itself, and its word for a choice at random."""
_PLACE = re.compile(r"\{\{\s*([^{}|]+?)\s*(\|[^{}]*)?\}\}")
_NOT_A_NAME = re.compile("[^a-z0-9]")


def variables_of(campaign: Mapping[str, Any]) -> tuple[str, ...]:
    """The variables that a campaign needs of each lead, in order; those with a fallback are not.

    Switched-off variants are left out; only the first sequence is used by Instantly.
    """
    found: dict[str, None] = {}
    for text in _texts(campaign):
        for place in _PLACE.finditer(text):
            name, fallback = place[1], place[2]
            if not fallback and not _OWN.match(name):
                found[name] = None
    return tuple(found)


def standard_name(name: str) -> str:
    """The name of a field as the API has it; a custom variable stays as it is."""
    return _BY_FOLDED.get(folded(name), name)


def folded(name: str) -> str:
    """A name without regard to case, underscores and spaces: `companyPitch` is `company_pitch`."""
    return _NOT_A_NAME.sub("", name.casefold())


_BY_FOLDED = {folded(variable): field for variable, field in STANDARD.items()}


def _texts(campaign: Mapping[str, Any]) -> Iterator[str]:
    for sequence in list_at(campaign, "sequences")[:1]:
        for step in list_at(sequence, "steps"):
            for variant in list_at(step, "variants"):
                table = table_at(variant)
                if not table.get("v_disabled"):
                    yield text_at(table, "subject") or ""
                    yield text_at(table, "body") or ""
