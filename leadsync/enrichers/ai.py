"""Columns that a language model writes: one call a lead, or many leads in one batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.enricher import Answer, Description, Price
from leadsync.core.engine.outcomes import Value
from leadsync.core.errors import InputError, nearest
from leadsync.core.models import ColumnType
from leadsync.core.templates import compile_template
from leadsync.enrichers.ai_answer import PROVIDER, read_answer
from leadsync.enrichers.ai_batch import ask_together
from leadsync.enrichers.ai_batch_results import fetch
from leadsync.enrichers.ai_config import AIConfig
from leadsync.enrichers.ai_request import LEADS_TOGETHER, model_of, price_of, priced, request_of
from leadsync.enrichers.ai_transport import KEY, abilities_of, learn, send, server_of
from leadsync.enrichers.token_prices import read_prices

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Job, Settings
    from leadsync.enrichers.ai_transport import Abilities

MOST_REFUSED = 4  # abilities that a server can lack one after the other


class AI:
    """The kind `ai`. See `enricher.Enricher`."""

    kind: ClassVar[str] = "ai"
    Config: ClassVar[type[BaseModel]] = AIConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads and fills."""
        assert isinstance(config, AIConfig)
        template = compile_template(config.prompt, fields)
        for name in config.required:
            if name not in fields:
                near = nearest(name, fields)
                hint = f'; did you mean "{near}"?' if near else ""
                raise InputError(f'no field "{name}" to be required{hint}')
        return Description(
            inputs=tuple(dict.fromkeys([*template.fields, *config.required])),
            required=tuple(dict.fromkeys([*template.required, *config.required])),
            outputs={output.name: ColumnType(output.type) for output in config.outputs},
            providers=(PROVIDER,),
            secrets=(KEY,),
            batch_size=LEADS_TOGETHER if config.batch else 1,
            price=Price(0, None, "token"),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest:
        """The request of a lead, with what it may cost; a batch has those of many leads."""
        return request_of(job, settings)

    def plan_note(
        self, config: BaseModel, cells: int, later: Mapping[str, int], settings: Settings
    ) -> str:
        """When and at what price answers of a batch come."""
        assert isinstance(config, AIConfig)
        if not config.batch:
            return ""
        factor = read_prices(settings.prices).batch_factor
        part = "half" if factor * 2 == 1 else f"{factor:.0%} of"
        return f"in batches: at {part} the price, within 24 hours"

    def keys_needed(self, config: BaseModel, settings: Settings) -> Sequence[str]:
        """None where the server is this machine, or one that only the column names."""
        assert isinstance(config, AIConfig)
        return (KEY,) if server_of(config.base_url, settings).needs_key else ()

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Ask for one lead, or for many in a batch."""
        config = AIConfig.model_validate(jobs[0].column.config)
        if config.batch:
            await ask_together(jobs, ctx)
        else:
            await _ask_alone(jobs, config, ctx)

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look whether a batch is done."""
        await fetch(handles, ctx)


async def _ask_alone(jobs: Sequence[Job], config: AIConfig, ctx: Context) -> None:
    (job,) = jobs
    server = server_of(config.base_url, ctx)
    request = request_of(job, ctx)
    model = model_of(config, ctx)
    price = price_of(config, ctx)
    for _ in range(MOST_REFUSED + 1):
        abilities = abilities_of(ctx, server)

        async def ask(abilities: Abilities = abilities) -> Answer:
            answer = priced(await send(ctx, server, request, abilities), price)
            outcome = read_answer(answer, config, model, job.column.type)
            return replace(answer, is_reusable=isinstance(outcome, Value))

        answer = await ctx.call(jobs, request, ask)
        if not learn(ctx, server, abilities, answer):
            ctx.done(job, read_answer(answer, config, model, job.column.type))
            return
