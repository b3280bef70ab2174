"""What a column of kind `waterfall` takes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from leadsync.core.models import KEY_PATTERN

KIND = "waterfall"
FEWEST_STEPS = 2
MOST_STEPS = 10


class Question(BaseModel):
    """Another kind of column, and how it is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(title="Kind", description="Kind of column that is asked.")
    name: str = Field(
        "",
        title="Name",
        description="What traces and statistics call it; empty: its kind.",
    )
    config: dict[str, Any] = Field(
        default_factory=dict[str, Any],
        title="Settings",
        description="What the kind takes: leadsync enrichers show KIND.",
    )
    outputs: dict[str, str] = Field(
        default_factory=dict[str, str],
        title="Outputs",
        description="Path in its answer = name in the waterfall; empty: all that it answers, under "
        "its own names.",
    )

    @field_validator("kind")
    @classmethod
    def _is_no_waterfall(cls, kind: str) -> str:
        if kind in (KIND, "manual", "template"):
            raise ValueError(f"a column of kind {kind} cannot be a step of a waterfall")
        return kind

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name or self.kind

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str) -> str:
        if name and not KEY_PATTERN.fullmatch(name):
            raise ValueError(f'"{name}" is no name: small letters, digits and _')
        return name


class StepConfig(Question):
    """One step: who is asked, and what is asked about an answer before it is judged."""

    then: Question | None = Field(
        None,
        title="Then",
        description="A second question about what was found, such as a verification. It reads what "
        "the step found in place of the lead's own cells of these names.",
    )
    on_held: Literal["stop", "next"] = Field(
        "stop",
        title="When it is held",
        description="Where a key is refused or credits are used up: stop pauses the column, next "
        "goes on with the next step.",
    )


class WaterfallConfig(BaseModel):
    """Settings of a waterfall column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: list[StepConfig] = Field(
        min_length=FEWEST_STEPS,
        max_length=MOST_STEPS,
        title="Steps",
        description="Who is asked, in this order, until an answer is accepted.",
    )
    accept: str = Field(
        "",
        title="Accept",
        description="A filter over what a step found, such as email:exists verify=deliverable; "
        "empty: anything that is not blank.",
    )

    @model_validator(mode="after")
    def _have_own_names(self) -> WaterfallConfig:
        names = [step.label for step in self.steps]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'two steps are named "{name}"; give each a name of its own')
        return self
