"""Columns that ask several kinds one after the other, until one of them has a good answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.enricher import LaterRequests
from leadsync.core.engine.outcomes import Retry, RetryWhy
from leadsync.core.errors import InputError
from leadsync.core.models import Column
from leadsync.core.templates import BlankInput
from leadsync.enrichers.waterfall_case import Case, Place, case_of
from leadsync.enrichers.waterfall_config import KIND, WaterfallConfig
from leadsync.enrichers.waterfall_steps import make_steps, steps_of
from leadsync.enrichers.waterfall_walk import Walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import (
        CallRequest,
        Context,
        Description,
        Handle,
        Job,
        Settings,
    )
    from leadsync.enrichers.waterfall_part import Part
    from leadsync.enrichers.waterfall_steps import Steps

AT_ONCE = 1000
"""Leads that go on together, of those that wait at one place."""


class Waterfall:
    """The kind `waterfall`. See `enricher.Enricher`."""

    kind: ClassVar[str] = KIND
    Config: ClassVar[type[BaseModel]] = WaterfallConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads and finds: all that its steps do."""
        assert isinstance(config, WaterfallConfig)
        return make_steps(config, fields, Column(0, KIND, KIND, KIND)).describe()

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        """The first request of the first step that the lead has the fields for."""
        return next(_requests(job, settings), None)

    def later_requests(self, job: Job, settings: Settings) -> Sequence[CallRequest]:
        """All others that may be sent before an answer is accepted."""
        return [*_requests(job, settings)][1:]

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Take leads down the steps."""
        await Walk(steps_of(jobs[0].column), ctx).run([Case(job) for job in jobs])

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Go on with leads that wait at one place for an answer, or for their turn."""
        steps = steps_of(handles[0].job.column)
        place = _place(steps, handles[0])
        if place is None:
            changed = f'the step "{handles[0].body["step"]}" is not there any more'
            for handle in handles:
                ctx.done(handle.job, Retry(RetryWhy.TRANSIENT, changed, after_s=0, anew=True))
            return
        size = len(handles) if place.inner is not None else AT_ONCE
        for at in range(0, len(handles), size):
            cases = [case_of(handle) for handle in handles[at : at + size]]
            await Walk(steps, ctx).go_on(cases, place)

    async def abort(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Tell the provider that leads wait for to end its work; see `enricher.Abortable`."""
        steps = steps_of(handles[0].job.column)
        place = _place(steps, handles[0])
        if place is not None and place.inner is not None:
            await Walk(steps, ctx).abort([case_of(handle) for handle in handles], place)


def _place(steps: Steps, handle: Handle) -> Place | None:
    """Where a lead waits; None where the column has no such step any more."""
    body = handle.body
    number = steps.find(body["step"])
    if number is None or (body["isThen"] and steps.all[number].then is None):
        return None
    return Place(number, body["isThen"], body["inner"])


def _requests(job: Job, settings: Settings) -> Iterator[CallRequest]:
    """Requests of all steps in their order, as far as they can be told.

    Raises:
        BlankInput: a field is blank that each of them needs; that of the first is named.
    """
    blank = ""
    is_asked = False
    for step in steps_of(job.column).all:
        if missing := step.part.blank_of(job):
            blank = blank or missing
            continue
        try:
            yield from _of_part(step.part, step.part.job(job, {}), settings, is_first=not is_asked)
        except BlankInput as found:
            blank = blank or found.field
            continue
        except InputError:
            pass  # its turn ends the step as invalid, and nothing is paid
        is_asked = True
        if step.then is not None:
            found = step.part.placeholders(job.lead_id)
            yield from _of_then(step.then, step.then.job(job, found), settings)
    if not is_asked:
        raise BlankInput(blank)


def _of_part(part: Part, job: Job, settings: Settings, *, is_first: bool) -> Iterator[CallRequest]:
    request = part.enricher.request(job, settings)
    if request is not None:
        yield request if is_first else replace(request, min_usd_micros=0)
    if isinstance(part.enricher, LaterRequests):
        yield from part.enricher.later_requests(job, settings)


def _of_then(part: Part, job: Job, settings: Settings) -> Iterator[CallRequest]:
    """Requests about an answer that is not there yet; none where the kind cannot tell them."""
    try:
        yield from _of_part(part, job, settings, is_first=False)
    except (BlankInput, InputError):
        return
