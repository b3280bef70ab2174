"""Columns that a language model writes: one call a lead, one or several texts."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from leadsync.core.engine.enricher import Answer, CallRequest, Description, Price
from leadsync.core.engine.outcomes import Value
from leadsync.core.errors import InputError, nearest
from leadsync.core.models import ColumnType
from leadsync.core.templates import Template, compile_template
from leadsync.enrichers.ai_answer import PROVIDER, read_answer
from leadsync.enrichers.ai_config import AIConfig
from leadsync.enrichers.ai_prompt import make_messages, make_schema
from leadsync.enrichers.ai_transport import KEY, abilities_of, learn, send, server_of
from leadsync.enrichers.token_prices import read_prices

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Context, Job, Settings
    from leadsync.enrichers.ai_transport import Abilities, Server
    from leadsync.enrichers.token_prices import TokenPrice

OPERATION = "chat"
BYTES_PER_TOKEN = 4  # of usual English; for the lower end of plans
FEWEST_TOKENS = 20  # of an answer, for the lower end of plans
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
            price=Price(0, None, "token"),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest:
        """The request of a lead, with what it may cost."""
        config = AIConfig.model_validate(job.column.config)
        return _request(job, config, server_of(config.base_url, settings), settings)

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Ask for one lead."""
        (job,) = jobs
        config = AIConfig.model_validate(job.column.config)
        server = server_of(config.base_url, ctx)
        request = _request(job, config, server, ctx)
        model = str(request.body["model"])
        price = read_prices(ctx.prices).find(model)
        for _ in range(MOST_REFUSED + 1):
            abilities = abilities_of(ctx, server)

            async def ask(abilities: Abilities = abilities) -> Answer:
                answer = _priced(await send(ctx, server, request, abilities), price)
                outcome = read_answer(answer, config, model, job.column.type)
                return replace(answer, is_reusable=isinstance(outcome, Value))

            answer = await ctx.call(jobs, request, ask)
            if not learn(ctx, server, abilities, answer):
                ctx.done(job, read_answer(answer, config, model, job.column.type))
                return


def _request(job: Job, config: AIConfig, server: Server, settings: Settings) -> CallRequest:
    known = frozenset(job.values) | frozenset(job.column.inputs)
    rendered = _template(config.prompt, known).render(job.values)
    prices = read_prices(settings.prices)
    model = config.model or settings.setting("LEADSYNC_AI_MODEL") or prices.default_model
    messages = make_messages(config, rendered)
    price = prices.find(model)
    length = sum(len(message["content"].encode()) for message in messages)
    limit = config.max_output_tokens
    return CallRequest(
        provider=PROVIDER,
        operation=OPERATION,
        body={
            "baseUrl": server.base_url,
            "model": model,
            "messages": messages,
            "schema": make_schema(config),
            "maxOutputTokens": limit,
            "reasoningEffort": config.reasoning_effort,
        },
        min_usd_micros=_least(price, length),
        max_usd_micros=_most(price, length, limit),
    )


def _least(price: TokenPrice | None, length: int) -> int:
    if price is None:
        return 0
    tokens = length // BYTES_PER_TOKEN
    return price.cost(prompt=tokens, cached=tokens, completion=FEWEST_TOKENS)


def _most(price: TokenPrice | None, length: int, limit: int) -> int | None:
    """No token is shorter than a byte, and no answer longer than its limit."""
    if price is None:
        return None
    dearest = max(price.input, price.cache_write, price.cached_input)
    return math.ceil(length * dearest + limit * price.output)


@lru_cache(maxsize=256)
def _template(text: str, known: frozenset[str]) -> Template:
    return compile_template(text, known)


def _priced(answer: Answer, price: TokenPrice | None) -> Answer:
    """The answer with its tokens and cost; failures cost nothing."""
    if answer.status >= 400 or not isinstance(answer.body, dict):
        return answer
    usage = answer.body.get("usage")
    if not isinstance(usage, dict):
        return replace(answer, cost_usd_micros=None)
    counts = cast("dict[str, Any]", usage)
    details = counts.get("prompt_tokens_details")
    found = cast("dict[str, Any]", details) if isinstance(details, dict) else {}
    prompt, cached = _count(counts, "prompt_tokens"), _count(found, "cached_tokens")
    completion = _count(counts, "completion_tokens")
    units = {"inputTokens": prompt, "cachedInputTokens": cached, "outputTokens": completion}
    cost = price.cost(prompt=prompt, cached=cached, completion=completion) if price else None
    return replace(answer, units=units, cost_usd_micros=cost)


def _count(counts: dict[str, Any], name: str) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) and value > 0 else 0
