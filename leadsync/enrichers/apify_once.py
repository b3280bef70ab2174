"""Leads that an actor would be asked the same about: one start serves them, whatever their batches."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.engine.calling import EQUAL_FAILED
from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.outcomes import NoMatch, Pending, Retry, Value
from leadsync.core.engine.requests import request_hash
from leadsync.enrichers.apify_api import API
from leadsync.enrichers.apify_end import read_run
from leadsync.enrichers.apify_run import ActorRun, read_handle
from leadsync.enrichers.apify_start import begin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Job
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.templates import BatchTemplate
    from leadsync.enrichers.apify_config import ApifyConfig
    from leadsync.enrichers.apify_kept import Questions

    Started = asyncio.Future[ActorRun | None]


class Starts:
    """Runs of actors by what they were asked; for one event loop, while our run lasts."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_key: dict[str, Started] = {}

    def find(self, key: str) -> Started | None:
        """The run that answers a question, as soon as it is started; it is None if it never is."""
        return self._by_key.get(key)

    def begin(self, key: str) -> Started:
        """A run is about to be started."""
        self._by_key[key] = asyncio.get_running_loop().create_future()
        return self._by_key[key]

    def note(self, key: str, run: ActorRun) -> None:
        """A run goes on, whoever has started it."""
        if key not in self._by_key:
            self.begin(key).set_result(run)

    def forget(self, key: str, run: ActorRun | None) -> None:
        """A run that came to nothing answers nobody else; None: one that was not started."""
        found = self._by_key.get(key)
        if found is None or not found.done():
            return
        known = found.result()
        if (known and known.id) == (run and run.id):
            del self._by_key[key]


async def begin_once(
    jobs: Sequence[Job],
    questions: Questions,
    config: ApifyConfig,
    template: BatchTemplate,
    ctx: Context,
) -> dict[int, Outcome]:
    """As `apify_start.begin`; who would be asked the same about joins the run of the first.

    Raises:
        CallFailed: as `begin`.
    """
    starts = _starts(jobs, ctx)
    asks: dict[int, tuple[str, Started]] = {}
    joins: dict[int, Started] = {}
    for job in jobs:
        if job.lead_id not in questions:
            continue
        key = _key(questions[job.lead_id])
        if (started := starts.find(key)) is not None:
            joins[job.lead_id] = started
        else:
            asks[job.lead_id] = key, starts.begin(key)
    outcomes: dict[int, Outcome] = {}
    try:
        outcomes |= await begin([j for j in jobs if j.lead_id not in joins], config, template, ctx)
    finally:
        for lead_id, (key, started) in asks.items():
            outcome = outcomes.get(lead_id)
            run = read_handle(outcome.handle) if isinstance(outcome, Pending) else None
            started.set_result(run)
            if run is None:
                starts.forget(key, None)
    for lead_id, started in joins.items():
        run = await asyncio.shield(started)
        outcomes[lead_id] = EQUAL_FAILED if run is None else replace(run, leads=0).pending(ctx)
    return outcomes


async def read_once(
    run: ActorRun, jobs: Sequence[Job], config: ApifyConfig, questions: Questions, ctx: Context
) -> dict[int, Outcome]:
    """As `apify_end.read_run`; who comes later joins the run, unless it came to nothing.

    Raises:
        CallFailed: as `read_run`.
    """
    starts = _starts(jobs, ctx)
    keys = {lead_id: _key(question) for lead_id, question in questions.items()}
    try:
        outcomes = await read_run(run, jobs, config, questions, ctx)
    except CallFailed as failure:
        if not isinstance(failure.outcome, Retry):
            for key in keys.values():
                starts.forget(key, run)
        raise
    for lead_id, key in keys.items():
        match outcomes[lead_id]:
            case Pending():
                starts.note(key, run)
            case Value() | NoMatch():
                pass
            case _:
                starts.forget(key, run)
    return outcomes


def _starts(jobs: Sequence[Job], ctx: Context) -> Starts:
    """Those of one column: its own caps pay for them."""
    return ctx.shared(f"{API.name} starts for {jobs[0].column.id}", Starts)


def _key(question: CallRequest) -> str:
    """What is asked, whichever lead it is about."""
    body = {**question.body, "leads": sorted(question.body["leads"].values())}
    return request_hash(replace(question, body=body))
