"""Columns that ask any HTTP interface: templates make the request, JMESPath reads the answer.

The answer is the result, or names it so that it is polled for, or it is called back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.callbacks import address_of, callback_request, new_ticket
from leadsync.core.engine.enricher import CallRequest
from leadsync.core.engine.http_reading import unreadable
from leadsync.core.engine.outcomes import Invalid, NoMatch, Value
from leadsync.core.engine.signatures import check_shared_secret, check_signature
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput
from leadsync.enrichers.http_answer import Misfit, failure_of, outcomes_of, shares_of
from leadsync.enrichers.http_config import HttpConfig
from leadsync.enrichers.http_description import describe_column
from leadsync.enrichers.http_late import Waiting, handle_of, late_outcomes, read_waiting
from leadsync.enrichers.http_request import (
    call_request,
    price_of,
    provider_of,
    rate_limit,
    render,
    render_item,
    render_poll,
)
from leadsync.enrichers.http_sending import send_exchange
from leadsync.enrichers.provider_api import bill_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.callbacks import Ticket
    from leadsync.core.engine.enricher import Answer, Context, Description, Handle, Job, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.core.models import Column

BAD_STATUS = 400


class Http:
    """The kind `http`. See `enricher.Enricher`."""

    kind: ClassVar[str] = "http"
    Config: ClassVar[type[BaseModel]] = HttpConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads, fills and needs."""
        assert isinstance(config, HttpConfig)
        return describe_column(config, fields)

    def request(self, job: Job, settings: Settings) -> CallRequest:
        """The request about a lead, as if it were alone."""
        config = HttpConfig.model_validate(job.column.config)
        return call_request(config, render(config, [job]), settings)

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Ask about a batch of leads; results that come later are left to `poll`."""
        column = jobs[0].column
        config = HttpConfig.model_validate(column.config)
        jobs = _askable(config, jobs, ctx)
        if not jobs:
            return
        exchange = render(config, jobs)
        request = call_request(config, exchange, ctx, len(jobs))
        ticket = _ticket(config, column, jobs, ctx)
        address = address_of(ticket, ctx) if ticket else ""
        now = ctx.now()

        async def ask() -> Answer:
            answer = await send_exchange(
                config, exchange, request, ctx, column_id=column.id, callback_url=address
            )
            return _judged(config, _priced(config, answer, ctx), jobs)

        answer = await ctx.call(jobs, request, ask)
        for job, outcome in _first_outcomes(config, answer, jobs, ticket, now):
            ctx.done(job, outcome)

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look for a result that comes later."""
        jobs = [handle.job for handle in handles]
        config = HttpConfig.model_validate(jobs[0].column.config)
        waiting = read_waiting(handles[0].body)
        if waiting.callback:
            answer = await ctx.received(callback_request(waiting.callback))
        else:
            answer = await _polled(config, waiting.handle, jobs, ctx)
        for job, outcome in late_outcomes(config, answer, jobs, waiting, ctx.now()):
            ctx.done(job, outcome)

    def check_callback(
        self,
        column: Column,
        headers: Mapping[str, str],
        body: bytes,
        secret: Callable[[str], str],
    ) -> None:
        """Refuse a callback whose sender does not prove the column's key, where it has one."""
        config = HttpConfig.model_validate(column.config)
        if not config.callback_secret:
            return
        key = secret(config.callback_secret)
        if config.callback_header:
            check_shared_secret(key, headers.get(config.callback_header.lower(), ""))
        else:
            check_signature(key, headers, body)


def _askable(config: HttpConfig, jobs: Sequence[Job], ctx: Context) -> Sequence[Job]:
    """The jobs of a batch whose part of the body can be made; the others are handed in."""
    if config.batch_size == 1:
        return jobs
    found: list[Job] = []
    for job in jobs:
        try:
            render_item(config, job)
        except BlankInput as blank:
            ctx.skip(job, blank.field)
        except InputError as error:
            ctx.done(job, Invalid(error.message))
        else:
            found.append(job)
    return found


def _ticket(config: HttpConfig, column: Column, jobs: Sequence[Job], ctx: Context) -> Ticket | None:
    if config.mode != "callback":
        return None
    lead_ids = [job.lead_id for job in jobs]
    return new_ticket(ctx.run_id, column.id, lead_ids, ctx.now() + config.expires_s)


def _priced(config: HttpConfig, answer: Answer, settings: Settings) -> Answer:
    """The answer with what it cost: an error costs nothing."""
    if answer.status >= BAD_STATUS:
        return answer
    cost = price_of(config, provider_of(config.url), settings)
    return replace(answer, cost_usd_micros=cost, units={"call": 1})


def _judged(config: HttpConfig, answer: Answer, jobs: Sequence[Job]) -> Answer:
    """The answer with whether it may serve equal requests: as a value, or as a miss."""
    if not config.is_cacheable:
        return answer
    outcomes = [outcome for _, outcome in _first_outcomes(config, answer, jobs, None, 0.0)]
    is_reusable = all(isinstance(outcome, (Value, NoMatch)) for outcome in outcomes)
    is_miss = all(isinstance(outcome, NoMatch) for outcome in outcomes)
    return replace(answer, is_reusable=is_reusable, is_miss=is_miss)


def _first_outcomes(
    config: HttpConfig, answer: Answer, jobs: Sequence[Job], ticket: Ticket | None, now: float
) -> list[tuple[Job, Outcome]]:
    """What the answer to a request means for each job."""
    bill = bill_of(answer)
    shares = list(shares_of(bill, len(jobs)))
    try:
        failures = [failure_of(config, answer, share) for share in shares[:1]]
        if failures[0] is not None:
            failures += [failure_of(config, answer, share) for share in shares[1:]]
            return [(j, f) for j, f in zip(jobs, failures, strict=True) if f is not None]
        if config.mode == "sync":
            return list(outcomes_of(config, answer, jobs, bill))
        waiting = _waiting(config, answer, ticket, now)
    except Misfit as misfit:
        provider = provider_of(config.url)
        return [
            (job, unreadable(provider, answer, str(misfit), bill=share))
            for job, share in zip(jobs, shares, strict=True)
        ]
    return [
        (job, waiting.pending(config, now, share)) for job, share in zip(jobs, shares, strict=True)
    ]


def _waiting(config: HttpConfig, answer: Answer, ticket: Ticket | None, now: float) -> Waiting:
    if ticket is not None:
        return Waiting("", ticket.id, ticket.until)
    return Waiting(handle_of(config, answer), "", now + config.expires_s)


async def _polled(config: HttpConfig, handle: str, jobs: Sequence[Job], ctx: Context) -> Answer:
    if not config.poll_url:
        raise InputError("the column does not say any more where its results are asked for")
    exchange = render_poll(config, handle)
    request = CallRequest(
        provider=provider_of(config.poll_url),
        operation="poll",
        body=exchange.to_doc(),
        max_usd_micros=0,
        is_cacheable=False,
        rate_limit=rate_limit(config),
    )

    async def ask() -> Answer:
        column_id = jobs[0].column.id
        plain = config.model_copy(update={"idempotency_header": "", "sign_with": ""})
        return await send_exchange(plain, exchange, request, ctx, column_id=column_id)

    return await ctx.call(jobs, request, ask)
