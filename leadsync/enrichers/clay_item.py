"""Items of routines at Clay: what one lead is asked with, and what its result means."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.enricher import CallRequest
from leadsync.core.engine.http_outcomes import one_line
from leadsync.core.engine.http_reading import message_of
from leadsync.core.engine.outcomes import Invalid, NoMatch, Value
from leadsync.core.templates import compile_template
from leadsync.enrichers.clay_api import API
from leadsync.enrichers.unit_prices import cost_of, price_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.engine.enricher import Job, Settings
    from leadsync.core.engine.outcomes import Bill, Json, Outcome
    from leadsync.core.templates import Template
    from leadsync.enrichers.clay_config import ClayConfig

ITEM = "item"
COMPLETE = "complete"

Inputs = dict[str, str]


def item_id(job: Job) -> str:
    """What Clay calls the item of a job; at most 64 characters."""
    return f"{job.column.id}-{job.lead_id}"


def price_of_item(settings: Settings) -> int | None:
    """What an item costs, in millionths of a dollar; None: the user has not said."""
    return cost_of(API.name, {ITEM: 1}, settings)


def inputs_of(job: Job, config: ClayConfig) -> Inputs:
    """What the routine gets of a lead; an input whose template gives nothing is left out.

    Raises:
        BlankInput: a field that it needs is blank.
        InputError: a template does not fit the lead.
    """
    known = frozenset(job.values) | frozenset(job.column.inputs)
    given: Inputs = {}
    for name, text in config.inputs.items():
        if said := _template(text, known).render(job.values).strip():
            given[name] = said
    return given


def item_request(job: Job, given: Inputs, config: ClayConfig, settings: Settings) -> CallRequest:
    """The question about one lead as if it were alone: so the journal answers it again."""
    price = price_of_item(settings)
    return CallRequest(
        API.name,
        ITEM,
        {
            "baseUrl": API.address(settings), "routine": config.routine,
            "item": {"id": item_id(job), "inputs": given},
        },
        min_usd_micros=price or 0,
        max_usd_micros=price,
        max_units={ITEM: 1},
        price_note=price_note(API.name, [ITEM]),
        jobs=config.batch_size,
    )  # fmt: skip


def outcome_of_item(item: Mapping[str, Any], job: Job, config: ClayConfig, bill: Bill) -> Outcome:
    """What Clay's result for one lead means."""
    if item.get("status") != COMPLETE:
        words = one_line(message_of({"error": item.get("error") or {}}))
        return Invalid(f"Clay says: {words or 'the routine failed'}", bill)
    result = cast("Json", item.get("result"))
    if result in (None, {}, [], ""):
        return NoMatch(bill)
    if config.value and not job.column.outputs:
        import jmespath

        result = cast("Json", jmespath.search(config.value, result))  # type: ignore[no-untyped-call]  # has no types
    return Value(result, bill)


@lru_cache(maxsize=256)
def _template(text: str, known: frozenset[str]) -> Template:
    return compile_template(text, known)
