"""Columns that ask any HTTP interface: templates make the request, JMESPath reads the answer.

The answer is the result, or names it so that it is polled for, or it is called back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from leadsync.core.engine.callbacks import address_of, callback_request, new_ticket
from leadsync.core.engine.enricher import CallFailed, CallRequest
from leadsync.core.engine.outcomes import Bill, Invalid, Pending, Retry, Unknown
from leadsync.core.engine.signatures import check_shared_secret, check_signature
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput
from leadsync.enrichers.http_arrived import settle_arrived
from leadsync.enrichers.http_config import HttpConfig
from leadsync.enrichers.http_description import describe_column
from leadsync.enrichers.http_earlier import lost_calls, settle_earlier
from leadsync.enrichers.http_first import first_outcomes, judged, priced
from leadsync.enrichers.http_kept import hand_in_known, keep_results
from leadsync.enrichers.http_late import (
    Waiting,
    given_up,
    late_outcomes,
    read_waiting,
    reads_text,
)
from leadsync.enrichers.http_request import (
    call_request,
    provider_of,
    question_of,
    rate_limit,
    render,
    render_item,
    render_poll,
)
from leadsync.enrichers.http_sending import send_exchange
from leadsync.enrichers.kept_answers import note_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Answer, Context, Description, Handle, Job, Settings
    from leadsync.core.models import Column


class Http:
    """The kind `http`. See `enricher.Enricher`."""

    kind: ClassVar[str] = "http"
    Config: ClassVar[type[BaseModel]] = HttpConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        """What such a column reads, fills and needs."""
        assert isinstance(config, HttpConfig)
        return describe_column(config, fields)

    def request(self, job: Job, settings: Settings) -> CallRequest:
        """The request about a lead, as if it were alone; it may go with others in one."""
        config = HttpConfig.model_validate(job.column.config)
        return replace(question_of(config, job, settings), jobs=config.batch_size)

    def plan_note(
        self, config: BaseModel, _cells: int, _later: Mapping[str, int], _settings: Settings
    ) -> str:
        """Whose word the price is."""
        assert isinstance(config, HttpConfig)
        if config.price_usd is None:
            return ""
        return f"the price is the column's own: ${config.price_usd:f} a request"

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        """Ask about a batch of leads; results that come later are left to `poll`."""
        config = HttpConfig.model_validate(jobs[0].column.config)
        jobs = _askable(config, jobs, ctx)
        if config.mode != "sync" and config.is_cacheable:
            jobs = await hand_in_known(config, jobs, ctx)
        if jobs and not config.is_repeatable:
            jobs = await settle_earlier(config, jobs, ctx)
        if jobs:
            await self._ask(config, jobs, ctx)

    async def _ask(self, config: HttpConfig, jobs: Sequence[Job], ctx: Context) -> None:
        column_id, now = jobs[0].column.id, ctx.now()
        callback, address = None, ""
        if config.mode == "callback":
            lead_ids = [job.lead_id for job in jobs]
            ticket = new_ticket(ctx.run_id, column_id, lead_ids, now + config.expires_s)
            callback, address = Waiting("", ticket.id, ticket.until), address_of(ticket, ctx)
        exchange = render(config, jobs)
        request = call_request(
            config, exchange, ctx, number=len(jobs), callback=callback.callback if callback else ""
        )

        async def ask() -> Answer:
            answer = await send_exchange(
                config, exchange, request, ctx, column_id=column_id, callback_url=address
            )
            return judged(config, priced(config, answer, ctx), jobs)

        try:
            answer = await ctx.call(jobs, request, ask)
        except CallFailed as failure:
            if not isinstance(failure.outcome, Unknown):
                raise
            # Named, so that whoever asks again is not held for one that nobody knows of.
            bill = Bill(None, await lost_calls(config, jobs, ctx))
            for job in jobs:  # whether it arrived is seen by the callback, where there will be one
                lost = replace(failure.outcome, bill=bill)
                ctx.done(job, callback.pending(config, now, bill) if callback else lost)
            return
        for job, outcome in first_outcomes(config, answer, jobs, callback, now):
            is_later = isinstance(outcome, Pending)
            note = note_of(question_of(config, job, ctx)) if is_later else {}
            ctx.done(job, replace(outcome, note=note) if is_later else outcome)

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        """Look for a result that comes later."""
        jobs = [handle.job for handle in handles]
        config = HttpConfig.model_validate(jobs[0].column.config)
        waiting = read_waiting(handles[0].body)
        if waiting.callback:
            answer = await ctx.received(callback_request(waiting.callback))
            if answer is not None:
                await settle_arrived(config, jobs, waiting, ctx)
        else:
            try:
                answer = await _polled(config, waiting.handle, jobs, ctx)
            except CallFailed as failure:
                if not isinstance(failure.outcome, Retry) or ctx.now() < waiting.until:
                    raise
                raise CallFailed(given_up(config, Bill())) from failure
        outcomes = late_outcomes(config, answer, jobs, waiting, ctx.now())
        if answer is not None and config.is_cacheable:
            await keep_results(config, answer, handles, outcomes, ctx)
        notes = {handle.job.lead_id: handle.note for handle in handles}
        for job, outcome in outcomes:
            is_later = isinstance(outcome, Pending)
            ctx.done(job, replace(outcome, note=notes[job.lead_id]) if is_later else outcome)

    def takes_first_callback(self, column: Column) -> bool:
        """Without a mark of the end, any callback is the end."""
        return not HttpConfig.model_validate(column.config).done

    def reads_callback(self, column: Column, text: str) -> bool:
        """Whether the column's paths find something in a text that is no JSON."""
        return reads_text(HttpConfig.model_validate(column.config), text)

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
        is_harmless=True,
        is_look=True,
        rate_limit=rate_limit(config),
    )

    async def ask() -> Answer:
        column_id = jobs[0].column.id
        plain = config.model_copy(update={"idempotency_header": "", "sign_with": ""})
        return await send_exchange(plain, exchange, request, ctx, column_id=column_id)

    return await ctx.call(jobs, request, ask)
