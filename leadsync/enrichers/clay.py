"""Columns that a routine at Clay fills: leads go there together, results come back one by one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.enricher import CallRequest, Description, Price
from leadsync.core.engine.outcomes import Invalid, Unknown
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput, Template, compile_template
from leadsync.enrichers.clay_api import API
from leadsync.enrichers.clay_config import ClayConfig
from leadsync.enrichers.clay_end import collect_run
from leadsync.enrichers.clay_start import (
    ITEM,
    find_started,
    read_handle,
    start,
    start_request,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Context, Handle, Job, Settings
    from leadsync.enrichers.clay_start import Inputs

KIND = "clay"


class ClayRoutine:
    """The kind `clay`. See `enricher.Enricher` and `enricher.LateAnswers`."""

    kind: ClassVar[str] = KIND
    Config: ClassVar[type[BaseModel]] = ClayConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads and fills."""
        assert isinstance(config, ClayConfig)
        inputs: dict[str, None] = {}
        required: dict[str, None] = {}
        for name, text in config.inputs.items():
            try:
                template = compile_template(text, fields)
            except InputError as error:
                raise InputError(f'input "{name}": {error.message}') from error
            inputs |= dict.fromkeys(template.fields)
            required |= dict.fromkeys(template.required)
        return Description(
            inputs=tuple(inputs),
            required=tuple(required),
            providers=(API.name,),
            secrets=(API.secret,),
            batch_size=config.batch_size,
            price=Price(0, None, ITEM),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest:
        """The start that a lead takes part in, with what that lead costs."""
        config = ClayConfig.model_validate(job.column.config)
        return start_request([(job, _inputs(job, config))], config, settings)[1]

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Start the routine for those leads that no run is under way for."""
        config = ClayConfig.model_validate(jobs[0].column.config)
        started = await find_started(jobs, ctx)
        items: list[tuple[Job, Inputs]] = []
        for job in jobs:
            if job.lead_id in started:
                known, line = started[job.lead_id]
                is_lost = isinstance(known, Unknown)
                ctx.done(job, known if is_lost else known.pending(line, ctx))
            else:
                _take(job, config, ctx, items)
        if items:
            run = await start(items, config, ctx)
            for line, (job, _) in enumerate(items, 1):
                ctx.done(job, run.pending(line, ctx))

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look whether the run has ended, and hand in its results."""
        config = ClayConfig.model_validate(handles[0].job.column.config)
        await collect_run(read_handle(handles[0].body), handles, config, ctx)


def _take(job: Job, config: ClayConfig, ctx: Context, items: list[tuple[Job, Inputs]]) -> None:
    """Add a lead to those that are sent, or hand in why it cannot be."""
    try:
        items.append((job, _inputs(job, config)))
    except BlankInput as blank:
        ctx.skip(job, blank.field)
    except InputError as error:
        ctx.done(job, Invalid(error.message))


def _inputs(job: Job, config: ClayConfig) -> Inputs:
    known = frozenset(job.values) | frozenset(job.column.inputs)
    given: Inputs = {}
    for name, text in config.inputs.items():
        if said := _template(text, known).render(job.values).strip():
            given[name] = said
    return given


@lru_cache(maxsize=256)
def _template(text: str, known: frozenset[str]) -> Template:
    return compile_template(text, known)
