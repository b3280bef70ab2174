"""What a column of kind `instantly` takes: the campaign, and which field becomes which variable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, field_validator

from leadsync.core.errors import InputError
from leadsync.core.push_policy import check_verdicts
from leadsync.enrichers.instantly_variables import STANDARD, folded, standard_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
FIELDS = {
    "first_name": "first_name", "last_name": "last_name", "company": "company_name",
    "title": "job_title", "phone": "phone", "website": "website", "icebreaker": "personalization",
}  # fmt: skip
"""Field of ours -> field of a lead at Instantly, where nothing else was said."""
EMAIL = "email"


class InstantlyConfig(BaseModel):
    """Settings of a column that puts leads into a campaign at Instantly."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    campaign: str = Field(title="Campaign", description="The id of the campaign at Instantly.")
    map: dict[str, str] = Field(
        default_factory=dict,
        title="Fields",
        description="Field of ours and what it is called at Instantly: {pitch = 'icebreaker'}; "
        "others go by their usual names. An empty name keeps a field here.",
    )
    variables: tuple[str, ...] = Field(
        (),
        title="Variables",
        description="What the campaign's sequences use; a push asks Instantly for it.",
    )
    allow: tuple[str, ...] = Field(
        (),
        title="Verdicts",
        description="Verdicts that may be sent beside those of the campaign's policy: unverified.",
    )
    allow_missing: bool = Field(
        default=False,
        title="Send leads with blank variables",
        description="Leads that lack a variable of the sequences are sent all the same.",
    )
    join: str = Field(
        "", title="Join lists with", description="What stands between the items of a list; "
        "empty: lists are refused.",
    )  # fmt: skip
    skip_if_in_workspace: bool = Field(
        default=False,
        title="Skip who is in the workspace",
        description="Instantly leaves out who is in any campaign or list of the workspace.",
    )
    verdict_field: str = Field(
        "verify", title="Field of the verdict", description="Which field holds the verdict."
    )
    reason_field: str = Field(
        "verify_reason", title="Field of its reason", description="Which field holds its reason."
    )

    @field_validator("campaign")
    @classmethod
    def _is_campaign(cls, value: str) -> str:
        return check_campaign_id(value)

    @field_validator("allow")
    @classmethod
    def _are_verdicts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return check_verdicts(value)
        except InputError as error:
            raise ValueError(error.message) from error


def check_campaign_id(text: str) -> str:
    """The id of a campaign in its usual form.

    Raises:
        ValueError: it is none.
    """
    if not is_campaign_id(text):
        raise ValueError(f'"{text}" is no id of a campaign')
    return text.strip().lower()


def is_campaign_id(text: str) -> bool:
    """Whether a text is an id, not a name."""
    return bool(_ID.fullmatch(text.strip()))


def mapping_of(config: InstantlyConfig, fields: Collection[str]) -> dict[str, str]:
    """Field of ours -> its name at Instantly, of all that is sent beside the address.

    What the user chose goes first; then the variables of the sequences, by fields of a like name;
    then the usual fields of a lead. Nothing else leaves.
    """
    chosen = {field: standard_name(name) for field, name in config.map.items() if name}
    taken = {*chosen.values()}
    found = dict(chosen)
    by_folded = {folded(field): field for field in sorted(fields, reverse=True)}
    likely = [(by_folded.get(folded(name), ""), standard_name(name)) for name in config.variables]
    free = {*fields} - {EMAIL, *config.map}
    for field, name in (*likely, *FIELDS.items()):
        if field in free and name not in taken:
            found[field] = name
            taken.add(name)
            free.remove(field)
    return found


def unfilled(config: InstantlyConfig, mapping: Mapping[str, str]) -> Sequence[str]:
    """Variables of the sequences that no field fills."""
    names = {*mapping.values(), EMAIL}
    return [name for name in config.variables if standard_name(name) not in names]


def is_standard(name: str) -> bool:
    """Whether it is a field of every lead at Instantly, not a custom variable."""
    return name in STANDARD.values()
