"""What a column of kind `apify` takes."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

from leadsync.enrichers.match_rule import MatchRule, check_path

_ACTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:[~/][A-Za-z0-9][A-Za-z0-9._-]*)?")


class ApifyConfig(BaseModel):
    """Settings of a column that an actor fills."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actor: str = Field(
        title="Actor",
        description="Which actor: owner~name, as its page at Apify has it, or its id.",
    )
    input: str = Field(
        title="Input",
        min_length=1,
        description="Template of the actor's input, a JSON object, over all leads of a batch: "
        '{"queries": {{ leads | map(attribute="linkedin_url") | list | tojson }}}.',
    )
    match: MatchRule = Field(
        title="Match rule", description="Which item of the actor's dataset belongs to which lead."
    )
    batch_size: int = Field(
        50, ge=1, le=1000, title="Leads a run", description="How many leads one run of it gets."
    )
    results_per_lead: int = Field(
        1,
        ge=1,
        le=1000,
        title="Results a lead",
        description="How many items a lead may cost; sent as maxItems for the whole batch.",
    )
    all_results: bool = Field(
        default=False,
        title="All results",
        description="The result is the list of all items of a lead instead of the first one.",
    )
    value: str = Field(
        "",
        title="Value",
        description="JMESPath of what the column's own cell shows; empty: the result as JSON. Not "
        "used where the column has outputs.",
    )
    max_usd_per_lead: float | None = Field(
        None,
        gt=0,
        le=100,
        title="Most a lead may cost",
        description="In USD; empty: the price of its results in the price file. Times the leads of "
        "a batch it is sent as maxTotalChargeUsd, which Apify never passes.",
    )
    memory_mbytes: int | None = Field(
        None,
        ge=128,
        le=32_768,
        title="Memory",
        description="Of a run, in MB, a power of 2; empty: as the actor says.",
    )
    timeout_s: int | None = Field(
        None, ge=1, title="Time-out", description="Of a run, in seconds; empty: as the actor says."
    )
    build: str = Field("", title="Build", description="Tag or number; empty: the usual one.")

    @field_validator("actor")
    @classmethod
    def _is_actor(cls, value: str) -> str:
        if not _ACTOR.fullmatch(value):
            raise ValueError(f'"{value}" is no actor: owner~name')
        return value.replace("/", "~")

    @field_validator("value")
    @classmethod
    def _is_path(cls, value: str) -> str:
        return check_path(value) if value else value

    @field_validator("memory_mbytes")
    @classmethod
    def _is_power(cls, value: int | None) -> int | None:
        if value is not None and value & (value - 1):
            raise ValueError("it must be a power of 2")
        return value
