"""A package of a third party that finds addresses: the kinds `seek` and `check`.

`seek` asks one of several sources about each lead, and may be given its answer later; `check` asks
whether an address is good. Both are paid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from leadsync.core.engine.enricher import Answer, CallRequest, Description, Price
from leadsync.core.engine.http_reading import outcome_of, send
from leadsync.core.engine.outcomes import Bill, NoMatch, Pending, Retry, RetryWhy, Value
from leadsync.core.models import ColumnType

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadsync.core.engine.enricher import Context, Handle, Job, Settings
    from leadsync.core.engine.outcomes import Outcome


class SeekConfig(BaseModel):
    """What a seek column takes.

    Attributes:
        field: what is sent of each lead.
        price: of a hit; a miss is free.
        once: asking a second time would be paid a second time.
        kept: an answer serves equal requests.
        key: the name of the key that is sent along.
    """

    model_config = ConfigDict(extra="forbid")

    url: str
    source: str
    field: str = "name"
    price: int = 0
    late: bool = False
    together: int = 1
    once: bool = False
    kept: bool = True
    key: str = ""


class Seek:
    """`POST /SOURCE {leads}`, later `GET /SOURCE/ID`; an answer has a part for each lead."""

    kind: ClassVar[str] = "seek"
    Config: ClassVar[type[BaseModel]] = SeekConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        assert isinstance(config, SeekConfig)
        return Description(
            inputs=(config.field,),
            required=(config.field,),
            outputs={"email": ColumnType.EMAIL, "score": ColumnType.NUMBER},
            providers=(config.source,),
            secrets=(config.key,) if config.key else (),
            batch_size=config.together,
            price=Price(0, config.price),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        return _request([job], _config(job))

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        config = _config(jobs[0])
        if config.key:
            ctx.secret(config.key)
        request = _request(jobs, config)

        async def post() -> Answer:
            url = f"{config.url}/{config.source}"
            answer = await send(ctx.http(config.source), "POST", url, body=dict(request.body))
            return replace(answer, cost_usd_micros=_hits(answer) * config.price)

        answer = await ctx.call(jobs, request, post)
        _hand_in(jobs, answer, config, ctx, _bill(answer))

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        jobs = [handle.job for handle in handles]
        config = _config(jobs[0])
        body = handles[0].body
        request = CallRequest(config.source, "poll", body, max_usd_micros=0, is_cacheable=False)

        async def get() -> Answer:
            url = f"{config.url}/{config.source}/{body['id']}"
            return await send(ctx.http(config.source), "GET", url)

        answer = await ctx.call(jobs, request, get)
        _hand_in(jobs, answer, config, ctx, Bill(0, (answer.call_id,)))

    async def abort(self, handles: Sequence[Handle], ctx: Context) -> None:
        jobs = [handle.job for handle in handles]
        config = _config(jobs[0])
        body = dict(handles[0].body)
        request = CallRequest(config.source, "abort", body, max_usd_micros=0, is_cacheable=False)

        async def end() -> Answer:
            url = f"{config.url}/{config.source}/{body['id']}"
            return await send(ctx.http(config.source), "DELETE", url)

        await ctx.call(jobs, request, end)


class CheckConfig(BaseModel):
    """What a check column takes."""

    model_config = ConfigDict(extra="forbid")

    url: str
    field: str = "email"
    price: int = 0


class Check:
    """`POST /check {address}`: the answer is one word."""

    kind: ClassVar[str] = "check"
    Config: ClassVar[type[BaseModel]] = CheckConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        assert isinstance(config, CheckConfig)
        return Description(
            inputs=(config.field,),
            required=(config.field,),
            providers=("check",),
            price=Price(config.price, config.price),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        config = CheckConfig.model_validate(job.column.config)
        most = config.price
        return CallRequest(
            "check",
            "check",
            {"address": job.values[config.field]},
            min_usd_micros=most,
            max_usd_micros=most,
        )

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        (job,) = jobs
        config = CheckConfig.model_validate(job.column.config)
        request = self.request(job, ctx)
        assert request is not None

        async def post() -> Answer:
            body = dict(request.body)
            answer = await send(ctx.http("check"), "POST", f"{config.url}/check", body=body)
            cost = config.price if answer.status < 400 else 0
            return replace(answer, cost_usd_micros=cost)

        answer = await ctx.call(jobs, request, post)
        bill = _bill(answer)
        outcome = outcome_of("check", answer, bill=bill)
        ctx.done(job, outcome or Value(answer.body["status"], bill))


def _config(job: Job) -> SeekConfig:
    return SeekConfig.model_validate(job.column.config)


def _request(jobs: Sequence[Job], config: SeekConfig) -> CallRequest:
    most = config.price * len(jobs)
    return CallRequest(
        config.source,
        "seek",
        {"leads": [job.values[config.field] for job in jobs]},
        max_usd_micros=most,
        is_repeatable=not config.once,
        is_cacheable=config.kept,
    )


def _hits(answer: Answer) -> int:
    found: Any = answer.body if answer.status < 400 else {}
    paid = found.get("paid", found.get("answers", {}))
    return paid if isinstance(paid, int) else sum(part is not None for part in paid.values())


def _bill(answer: Answer) -> Bill:
    return Bill(answer.cost_usd_micros, (answer.call_id,), answer.from_cache)


def _hand_in(
    jobs: Sequence[Job], answer: Answer, config: SeekConfig, ctx: Context, bill: Bill
) -> None:
    for job in jobs:
        ctx.done(job, _outcome(job, answer, config, ctx, bill))


def _outcome(job: Job, answer: Answer, config: SeekConfig, ctx: Context, bill: Bill) -> Outcome:
    body: Any = answer.body
    if outcome := outcome_of(config.source, answer, is_look_up=True, bill=bill):
        return outcome
    if body.get("state") == "expired":
        return Retry(RetryWhy.TRANSIENT, "expired", anew=True)
    if "answers" not in body:
        return Pending({"id": body["id"]}, ctx.now() + 0.05, bill)
    found = body["answers"].get(job.values[config.field])
    return NoMatch(bill) if found is None else Value(found, bill)
