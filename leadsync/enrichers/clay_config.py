"""What a column of kind `clay` takes."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

from leadsync.enrichers.match_rule import check_path

_ROUTINE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ClayConfig(BaseModel):
    """Settings of a column that a routine at Clay fills."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    routine: str = Field(title="Routine", description="The id of the routine, as Clay shows it.")
    inputs: dict[str, str] = Field(
        title="Inputs",
        min_length=1,
        description="Template of each input of the routine: {linkedin = '{{ linkedin_url }}'}; an "
        "input whose template gives nothing is left out.",
    )
    value: str = Field(
        "",
        title="Value",
        description="JMESPath of what the column's own cell shows; empty: the result as JSON. Not "
        "used where the column has outputs.",
    )
    batch_size: int = Field(
        100,
        ge=1,
        le=10_000,
        title="Leads a run",
        description="How many leads one run of the routine gets; more than 100 go as a file.",
    )

    @field_validator("routine")
    @classmethod
    def _is_routine(cls, value: str) -> str:
        if not _ROUTINE.fullmatch(value):
            raise ValueError(f'"{value}" is no id of a routine')
        return value

    @field_validator("value")
    @classmethod
    def _is_path(cls, value: str) -> str:
        return check_path(value) if value else value
