"""What actors have found about one lead, kept so that it is not asked about again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.engine.outcomes import Bill, NoMatch, Value
from leadsync.enrichers.apify_start import start_request
from leadsync.enrichers.kept_answers import keep_answers
from leadsync.enrichers.provider_api import bill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Answer, CallRequest, Context, Job, Settings
    from leadsync.core.engine.outcomes import Json
    from leadsync.core.templates import BatchTemplate
    from leadsync.enrichers.apify_config import ApifyConfig

Questions = dict[int, "CallRequest"]
"""The question about each lead alone, by lead id."""


def question_of(
    lead_id: int,
    values: Mapping[str, Any],
    config: ApifyConfig,
    template: BatchTemplate,
    settings: Settings,
) -> CallRequest:
    """The question about one lead as if it were alone; what it may cost is no part of it.

    Raises:
        InputError: as `start_request`.
    """
    request = start_request({lead_id: values}, config, template, settings)[1]
    body: dict[str, Any] = {
        "actor": config.actor,
        "build": config.build,
        "input": request.body.get("body"),
        "leads": request.body["leads"],
        "match": config.match.model_dump(mode="json"),
        "results": config.results_per_lead,
    }
    return replace(request, operation="lead", body=body, is_cacheable=True)


def outcome_of_items(
    items: Sequence[Json], config: ApifyConfig, bill: Bill, note: str
) -> Value | NoMatch:
    """What the items that belong to a lead mean for it."""
    if not items:
        return NoMatch(bill)
    return Value(list(items) if config.all_results else items[0], bill, {"note": note})


def outcome_of_kept(answer: Answer, config: ApifyConfig) -> Value | NoMatch:
    """The outcome of what was kept about a lead."""
    kept = cast("dict[str, Any]", answer.body)
    return outcome_of_items(kept["items"], config, bill_of(answer), kept["note"])


async def keep_items(
    jobs: Sequence[Job],
    items: Mapping[int, Sequence[Json]],
    questions: Questions,
    note: str,
    ctx: Context,
) -> None:
    """Write down what a run has found for those whose question is known.

    Raises:
        CallFailed: the run stops.
    """
    found: list[tuple[Job, CallRequest, Json]] = [
        (job, questions[job.lead_id], {"items": list(items[job.lead_id]), "note": note})
        for job in jobs
        if job.lead_id in questions and job.lead_id in items
    ]
    await keep_answers(found, ctx)
