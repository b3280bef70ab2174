"""The request of an AI column for one lead: what is asked, what it may cost, what it has cost."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import CallRequest
from leadsync.core.templates import Template, compile_template
from leadsync.enrichers.ai_answer import PROVIDER
from leadsync.enrichers.ai_config import AIConfig
from leadsync.enrichers.ai_prompt import make_messages, make_schema
from leadsync.enrichers.ai_transport import server_of
from leadsync.enrichers.token_prices import read_prices
from leadsync.enrichers.unit_prices import toml_key

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Answer, Job, Settings
    from leadsync.enrichers.token_prices import TokenPrice

OPERATION = "chat"
LEADS_TOGETHER = 5_000  # the vendor takes 50,000; requests and results of a batch are in memory
BYTES_PER_TOKEN = 4  # of usual English; for the lower end of plans
FEWEST_TOKENS = 20  # of an answer, for the lower end of plans


def request_of(job: Job, settings: Settings) -> CallRequest:
    """The request of a lead; the same, whether it is sent alone or in a batch.

    Raises:
        BlankInput: a field that the prompt needs is blank.
        InputError: the template does not fit the lead.
    """
    config = AIConfig.model_validate(job.column.config)
    known = frozenset(job.values) | frozenset(job.column.inputs)
    rendered = _template(config.prompt, known).render(job.values)
    messages = make_messages(config, rendered)
    price, model = price_of(config, settings), model_of(config, settings)
    server = server_of(config.base_url, settings)
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
        host=server.own_host,
        jobs=LEADS_TOGETHER if config.batch else 1,
        price_note=f"models.{toml_key(model)} = {{ input = 0.1, output = 0.4 }} (USD per million"
        " tokens) in a price file",
    )


def model_of(config: AIConfig, settings: Settings) -> str:
    """The model that a column asks."""
    own = config.model or settings.setting("LEADSYNC_AI_MODEL")
    return own or read_prices(settings.prices).default_model


def price_of(config: AIConfig, settings: Settings) -> TokenPrice | None:
    """The price of its tokens; None where it is not known."""
    prices = read_prices(settings.prices)
    price = prices.find(model_of(config, settings))
    return price.times(prices.batch_factor) if price and config.batch else price


def priced(answer: Answer, price: TokenPrice | None) -> Answer:
    """The answer with its tokens and cost; failures cost nothing."""
    if answer.status >= 400:
        return answer
    if not isinstance(answer.body, dict):
        is_free = price is not None and not price.cost(prompt=1, cached=0, completion=1)
        return answer if is_free else replace(answer, cost_usd_micros=None)
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


def _count(counts: dict[str, Any], name: str) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) and value > 0 else 0
