"""A package of a third party: the kind `echo`, which writes a template's text into its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from leadsync.core.engine.enricher import Description
from leadsync.core.engine.outcomes import Value
from leadsync.core.models import ColumnType
from leadsync.core.templates import compile_template

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadsync.core.engine.enricher import Context, Job


class EchoConfig(BaseModel):
    """What an echo column takes."""

    model_config = ConfigDict(extra="forbid")

    prompt: str
    parts: list[str] = []


class Echo:
    """Answers with the prompt itself; with parts, each of them gets it."""

    kind: ClassVar[str] = "echo"
    Config: ClassVar[type[BaseModel]] = EchoConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        assert isinstance(config, EchoConfig)
        template = compile_template(config.prompt, fields)
        return Description(
            inputs=template.fields,
            required=template.required,
            outputs=dict.fromkeys(config.parts, ColumnType.LONG_TEXT),
            is_local=True,
        )

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        for job in jobs:
            config = EchoConfig.model_validate(job.column.config)
            text = compile_template(config.prompt, job.values).render(job.values)
            ctx.done(job, Value(dict.fromkeys(config.parts, text) if config.parts else text))
