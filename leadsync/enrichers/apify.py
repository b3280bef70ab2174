"""Columns that an actor at Apify fills: one run for many leads, its items matched to them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.enricher import CallFailed, CallRequest, Description, Price
from leadsync.core.engine.outcomes import Held, HeldWhy, Invalid
from leadsync.core.errors import InputError, nearest
from leadsync.core.templates import BatchTemplate, TemplateLimit, compile_batch_template
from leadsync.enrichers.apify_api import API
from leadsync.enrichers.apify_config import ApifyConfig
from leadsync.enrichers.apify_end import abort_run, collect_run
from leadsync.enrichers.apify_start import (
    RESULT,
    InputTooLarge,
    find_started,
    price_of_lead,
    read_handle,
    start,
    start_request,
)
from leadsync.enrichers.match_rule import WHAT, lead_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Context, Handle, Job, Settings

KIND = "apify"


class ApifyActor:
    """The kind `apify`. See `enricher.Enricher` and `enricher.LateAnswers`."""

    kind: ClassVar[str] = KIND
    Config: ClassVar[type[BaseModel]] = ApifyConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads and fills."""
        assert isinstance(config, ApifyConfig)
        template = compile_batch_template(config.input, fields)
        key = config.match.field
        if key not in fields:
            near = nearest(key, fields)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(f'no field "{key}" to match items with{hint}')
        return Description(
            inputs=tuple(dict.fromkeys([key, *template.fields])),
            required=(key,),
            providers=(API.name,),
            secrets=(API.secret,),
            batch_size=config.batch_size,
            price=Price(0, None, RESULT),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest:
        """The start that a lead takes part in, with what that lead may cost."""
        config = ApifyConfig.model_validate(job.column.config)
        if fault := _fault(job, config):
            raise InputError(fault)
        return start_request([job], config, _template_of(job, config), settings)[1]

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Start the actor for those leads that no run is under way for."""
        config = ApifyConfig.model_validate(jobs[0].column.config)
        able: list[Job] = []
        for job in jobs:
            if fault := _fault(job, config):
                ctx.done(job, Invalid(fault))
            else:
                able.append(job)
        if not able:
            return
        started = await find_started(able, config, ctx)
        for job in able:
            if job.lead_id in started:
                ctx.done(job, started[job.lead_id].pending(ctx))
        await _start([job for job in able if job.lead_id not in started], config, ctx)

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look whether the run has ended, and hand in what it has found."""
        jobs = [handle.job for handle in handles]
        config = ApifyConfig.model_validate(jobs[0].column.config)
        await collect_run(read_handle(handles[0].body), jobs, config, ctx)

    async def abort(self, handles: Sequence[Handle], ctx: Context) -> None:
        """End the run, so that it costs no more; what it has found is fetched later."""
        await abort_run(read_handle(handles[0].body), [handle.job for handle in handles], ctx)


async def _start(jobs: Sequence[Job], config: ApifyConfig, ctx: Context) -> None:
    """Start the actor; in halves where Apify or a template cannot take so many leads at once."""
    if not jobs:
        return
    each = price_of_lead(config, ctx)
    if each is None:
        raise CallFailed(Held(HeldWhy.CAP, _no_price(config)))
    left = ctx.budget_left
    able = len(jobs) if left is None or not each else min(len(jobs), max(1, left // each))
    try:
        run = await start(jobs[:able], config, _template_of(jobs[0], config), ctx)
    except (InputTooLarge, TemplateLimit) as error:
        if able == 1:
            ctx.done(jobs[0], Invalid(error.message))
            await _start(jobs[1:], config, ctx)
            return
        await _start(jobs[: able // 2], config, ctx)
        await _start(jobs[able // 2 :], config, ctx)
        return
    for job in jobs[:able]:
        ctx.done(job, run.pending(ctx))
    await _start(jobs[able:], config, ctx)


def _no_price(config: ApifyConfig) -> str:
    return (
        f'nobody has said what a lead may cost at "{config.actor}": set max_usd_per_lead in the'
        " column, or the price of a result in a price file"
    )


def _fault(job: Job, config: ApifyConfig) -> str:
    """Why no item could ever be matched to a lead; empty where one could."""
    if lead_key(config.match, job):
        return ""
    value = str(job.values.get(config.match.field))
    return f'{config.match.field} is {WHAT[config.match.compare]}: "{value[:80]}"'


def _template_of(job: Job, config: ApifyConfig) -> BatchTemplate:
    return _template(config.input, frozenset(job.values) | frozenset(job.column.inputs))


@lru_cache(maxsize=256)
def _template(text: str, known: frozenset[str]) -> BatchTemplate:
    return compile_batch_template(text, known)
