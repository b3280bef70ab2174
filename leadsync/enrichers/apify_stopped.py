"""Runs of actors that we have ended, because somebody stopped our run: the rest is asked anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.outcomes import Bill, Retry, RetryWhy
from leadsync.enrichers.apify_api import look
from leadsync.enrichers.provider_api import Ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.engine.enricher import Context, Job
    from leadsync.enrichers.apify_run import ActorRun

ABORT = "abort run"
"""What the journal calls it."""
ABORTED = "ABORTED"
STOPS_AT_MOST = 100
"""So often somebody may stop a run and go on with it before its cells are errors."""
_WORDS = "the actor's run was aborted when this run was stopped"


async def abort_run(run: ActorRun, jobs: Sequence[Job], ctx: Context) -> None:
    """Ask Apify to end a run; one that has ended is left as it is.

    Raises:
        CallFailed: Apify cannot be asked.
    """
    await look(jobs, ctx, Ask(ABORT, "POST", _path(run)))


async def is_ours(run: ActorRun, jobs: Sequence[Job], ctx: Context) -> bool:
    """Whether it was us who asked Apify to end a run about these leads."""
    earlier = await ctx.earlier_calls(jobs, ABORT)
    return any(call.request.get("path") == _path(run) for call in earlier)


def asked_anew(bill: Bill) -> Retry:
    """The outcome of a lead that such a run did not come to."""
    return Retry(RetryWhy.TRANSIENT, _WORDS, after_s=0, tries=STOPS_AT_MOST, anew=True, bill=bill)


def _path(run: ActorRun) -> str:
    return f"/v2/actor-runs/{run.id}/abort"
