"""Columns that a routine at Clay fills: leads go there together, results come back one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.enricher import Description, Price
from leadsync.core.engine.outcomes import Invalid
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput, compile_template
from leadsync.enrichers.clay_api import API, object_of
from leadsync.enrichers.clay_config import ClayConfig
from leadsync.enrichers.clay_end import collect_run
from leadsync.enrichers.clay_item import ITEM, inputs_of, item_request, outcome_of_item
from leadsync.enrichers.clay_start import find_started, read_handle, start
from leadsync.enrichers.kept_answers import KEY, known_answers, note_of
from leadsync.enrichers.provider_api import bill_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Job, Settings
    from leadsync.enrichers.clay_item import Inputs

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
        """The question about a lead, which a start asks together with others."""
        config = ClayConfig.model_validate(job.column.config)
        return item_request(job, inputs_of(job, config), config, settings)

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Start the routine for those leads that nothing is known of, and no run is under way for."""
        config = ClayConfig.model_validate(jobs[0].column.config)
        items: list[tuple[Job, Inputs]] = []
        for job in jobs:
            _take(job, config, ctx, items)
        items = await _unanswered(items, config, ctx)
        started = await find_started([job for job, _ in items], ctx) if items else {}
        for job, _ in items:
            if job.lead_id in started:
                ctx.done(job, started[job.lead_id])
        items = [item for item in items if item[0].lead_id not in started]
        if items:
            run = await start(items, config, ctx)
            for line, (job, given) in enumerate(items, 1):
                question = note_of(item_request(job, given, config, ctx))[KEY]
                ctx.done(job, run.pending(line, question, ctx))

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look whether the run has ended, and hand in its results."""
        config = ClayConfig.model_validate(handles[0].job.column.config)
        await collect_run(read_handle(handles[0].body), handles, config, ctx)


async def _unanswered(
    items: Sequence[tuple[Job, Inputs]], config: ClayConfig, ctx: Context
) -> list[tuple[Job, Inputs]]:
    """Hand in what the journal knows; the rest."""
    questions = {job.lead_id: item_request(job, given, config, ctx) for job, given in items}
    known = await known_answers(questions, ctx)
    for job, _ in items:
        if (answer := known.get(job.lead_id)) is not None:
            ctx.done(job, outcome_of_item(object_of(answer), job, config, bill_of(answer)))
    return [item for item in items if item[0].lead_id not in known]


def _take(job: Job, config: ClayConfig, ctx: Context, items: list[tuple[Job, Inputs]]) -> None:
    """Add a lead to those that are sent, or hand in why it cannot be."""
    try:
        items.append((job, inputs_of(job, config)))
    except BlankInput as blank:
        ctx.skip(job, blank.field)
    except InputError as error:
        ctx.done(job, Invalid(error.message))
