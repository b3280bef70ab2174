"""What a column of kind `ai` takes."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from leadsync.core.provider_settings import is_address

OutputType = Literal["text", "long_text", "number", "bool", "date", "url", "email", "select"]
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

Words = Annotated[int, Field(ge=1, le=5000)]


class Checks(BaseModel):
    """What a written text must keep to; asked for in the prompt, and checked in the answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_words: Words | None = Field(None, description="The longest text that is taken.")
    banned_words: list[str] = Field(
        default_factory=list, description="Words that must not stand in the text."
    )
    language: str = Field("", description='Language of the text, such as "de" or "English".')


class Output(Checks):
    """One of several texts that one answer gives."""

    name: str = Field(description="Its name in the answer, and the path that fills a column.")
    description: str = Field("", description="What to write there, for the model.")
    type: OutputType = Field("text", description="Type of the column that it fills.")

    @field_validator("name")
    @classmethod
    def _is_name(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError(f'"{value}" is no name: small letters, digits and _')
        return value


class AIConfig(Checks):
    """Settings of an AI column. Checks hold for all outputs that do not say otherwise."""

    prompt: str = Field(
        min_length=1,
        description="Template of what is known about the lead, or of the entire question.",
    )
    system: str = Field(
        "",
        description="What to write, the same for all leads, so that the provider may cache it. "
        "With it the prompt is sent as data only.",
    )
    sender: str = Field(
        "",
        description="Who writes and what they offer; without it nothing is claimed about an offer.",
    )
    model: str = Field("", description="Empty: the default of the price file.")
    base_url: str = Field(
        "",
        description="Another server of the same protocol; public, unless the config file allows it.",
    )
    outputs: list[Output] = Field(
        default_factory=list[Output],
        description="Texts of one answer; none: the answer itself is the cell.",
    )
    required: list[str] = Field(
        default_factory=list,
        description="Fields that must not be blank, beside those that the prompt needs.",
    )
    batch: bool = Field(
        default=False,
        title="Batch",
        description="Send the leads together, as batches: at half the price, and the answers come "
        "within 24 hours. For OpenAI, and servers that have its Batch API.",
    )
    reasoning_effort: Literal["", "none", "minimal", "low", "medium", "high", "xhigh", "max"] = (
        Field("", description="How long the model thinks; empty: as the model does by itself.")
    )
    max_output_tokens: int = Field(
        2000,
        ge=16,
        le=100_000,
        description="The answer's limit, thinking included; half a text is never kept.",
    )

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, base_url: str) -> str:
        if base_url.strip() and not is_address(base_url.strip()):
            raise ValueError(f'"{base_url}" is no address, as http://localhost:11434/v1 is one')
        return base_url

    @field_validator("outputs")
    @classmethod
    def _are_distinct(cls, outputs: list[Output]) -> list[Output]:
        names = [output.name for output in outputs]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'two outputs are named "{name}"')
        return outputs

    def checks_of(self, output: Output) -> Checks:
        """What one output must keep to."""
        return Checks(
            max_words=output.max_words or self.max_words,
            banned_words=[*self.banned_words, *output.banned_words],
            language=output.language or self.language,
        )
