"""Columns that an actor at Apify fills: one run for many leads, its items matched to them."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from leadsync.core.engine.enricher import Description, Price
from leadsync.core.engine.outcomes import Pending, Value
from leadsync.core.errors import InputError, nearest
from leadsync.core.templates import compile_batch_template
from leadsync.enrichers.apify_api import API
from leadsync.enrichers.apify_config import ApifyConfig
from leadsync.enrichers.apify_inputs import input_schema
from leadsync.enrichers.apify_kept import outcome_of_kept, question_of
from leadsync.enrichers.apify_once import begin_once, read_once
from leadsync.enrichers.apify_run import RESULT, read_handle
from leadsync.enrichers.apify_start import fault_of
from leadsync.enrichers.apify_stopped import abort_run
from leadsync.enrichers.kept_answers import KEY, known_answers, note_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import httpx2
    from pydantic import BaseModel

    from leadsync.core.engine.enricher import CallRequest, Context, Handle, Job, Settings
    from leadsync.core.engine.outcomes import Json, Outcome
    from leadsync.core.templates import BatchTemplate

KIND = "apify"


class ApifyActor:
    """The kind `apify`. See `enricher.Enricher`, `enricher.LateAnswers`, `enricher.Abortable`."""

    kind: ClassVar[str] = KIND
    secret: ClassVar[str] = API.secret
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
        """The question about a lead, with what it may cost; a start asks many together."""
        config = ApifyConfig.model_validate(job.column.config)
        if fault := fault_of(job, config):
            raise InputError(fault)
        return question_of(job.lead_id, job.values, config, _template_of(job, config), settings)

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Start the actor for those leads that no run is under way for."""
        config = ApifyConfig.model_validate(jobs[0].column.config)
        questions = self._questions(jobs, ctx)
        known = await known_answers(questions, ctx)
        outcomes: dict[int, Outcome] = {
            lead_id: outcome_of_kept(answer, config) for lead_id, answer in known.items()
        }
        left = [job for job in jobs if job.lead_id not in known]
        if left:
            template = _template_of(left[0], config)
            outcomes |= await begin_once(left, questions, config, template, ctx)
        for job in jobs:
            outcome, question = outcomes[job.lead_id], questions.get(job.lead_id)
            if isinstance(outcome, Pending) and question is not None:
                outcome = replace(outcome, note=note_of(question))
            ctx.done(job, _shown(outcome, job, config))

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look whether the run has ended, and hand in what it has found."""
        jobs = [handle.job for handle in handles]
        config = ApifyConfig.model_validate(jobs[0].column.config)
        notes = {handle.job.lead_id: handle.note for handle in handles}
        asked = {
            lead_id: question
            for lead_id, question in self._questions(jobs, ctx).items()
            if note_of(question)[KEY] == notes[lead_id].get(KEY)
        }
        outcomes = await read_once(read_handle(handles[0].body), jobs, config, asked, ctx)
        for job in jobs:
            outcome = outcomes[job.lead_id]
            if isinstance(outcome, Pending):
                outcome = replace(outcome, note=notes[job.lead_id])
            ctx.done(job, _shown(outcome, job, config))

    def _questions(self, jobs: Sequence[Job], ctx: Context) -> dict[int, CallRequest]:
        """The questions about leads that can be asked about."""
        found: dict[int, CallRequest] = {}
        for job in jobs:
            with contextlib.suppress(InputError):
                found[job.lead_id] = self.request(job, ctx)
        return found

    async def input_schema(
        self, name: str, http: httpx2.AsyncClient, settings: Settings, key: str
    ) -> Mapping[str, Any]:
        """The JSON schema of an actor's input; see `input_help.DescribesInputs`."""
        return await input_schema(name, http, settings, key)

    async def abort(self, handles: Sequence[Handle], ctx: Context) -> None:
        """End the run, so that it costs no more; what it has found is fetched later."""
        await abort_run(read_handle(handles[0].body), [handle.job for handle in handles], ctx)


def _shown(outcome: Outcome, job: Job, config: ApifyConfig) -> Outcome:
    """The outcome as the cell is to show it."""
    if not isinstance(outcome, Value) or not config.value or job.column.outputs:
        return outcome
    import jmespath

    found = cast("Json", jmespath.search(config.value, outcome.result))  # type: ignore[no-untyped-call]  # has no types
    return replace(outcome, result=found)


def _template_of(job: Job, config: ApifyConfig) -> BatchTemplate:
    return _template(config.input, frozenset(job.values) | frozenset(job.column.inputs))


@lru_cache(maxsize=256)
def _template(text: str, known: frozenset[str]) -> BatchTemplate:
    return compile_batch_template(text, known)
