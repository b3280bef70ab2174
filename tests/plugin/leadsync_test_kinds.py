"""A package of a third party.

The kind `echo` writes a template's text into its cells. The kind `ask` posts each lead to a server
and writes what it says; with `late` the server gives a job, and its answer is fetched later.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from leadsync.core.engine.enricher import Answer, CallRequest, Description, Price, RateLimit
from leadsync.core.engine.http_reading import outcome_of, send
from leadsync.core.engine.outcomes import Bill, NoMatch, Pending, Retry, RetryWhy, Value
from leadsync.core.models import ColumnType
from leadsync.core.templates import compile_template

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadsync.core.engine.enricher import Context, Handle, Job, Settings


class EchoConfig(BaseModel):
    """What an echo column takes."""

    model_config = ConfigDict(extra="forbid")

    prompt: str
    parts: list[str] = []


class Echo:
    """Answers with the prompt itself; with parts, each of them gets it."""

    kind: ClassVar[str] = "echo"
    Config: ClassVar[type[BaseModel]] = EchoConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        assert isinstance(config, EchoConfig)
        template = compile_template(config.prompt, fields)
        return Description(
            inputs=template.fields,
            required=template.required,
            outputs=dict.fromkeys(config.parts, ColumnType.LONG_TEXT),
            is_local=True,
        )

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        for job in jobs:
            config = EchoConfig.model_validate(job.column.config)
            text = compile_template(config.prompt, job.values).render(job.values)
            ctx.done(job, Value(dict.fromkeys(config.parts, text) if config.parts else text))


class AskConfig(BaseModel):
    """What an ask column takes.

    Attributes:
        per_s: the limit of the server; 0: not known.
        once: asking a second time would be paid a second time.
    """

    model_config = ConfigDict(extra="forbid")

    url: str
    late: bool = False
    together: int = 1
    price: int = 0
    poll_s: float = 0.15
    per_s: float = 0
    once: bool = False
    provider: str = "asked"


class Ask:
    """Asks a server about each lead: `POST /jobs {leads}`, later `GET /jobs/ID`."""

    kind: ClassVar[str] = "ask"
    Config: ClassVar[type[BaseModel]] = AskConfig

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        assert isinstance(config, AskConfig)
        return Description(
            inputs=("name",),
            required=("name",),
            providers=(config.provider,),
            batch_size=config.together,
            price=Price(config.price, config.price),
        )

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        return _request([job])

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        config = AskConfig.model_validate(jobs[0].column.config)
        names = [job.values["name"] for job in jobs]

        async def post() -> Answer:
            url = f"{config.url}/jobs"
            answer = await send(ctx.http(config.provider), "POST", url, body={"leads": names})
            most = config.price * len(jobs) if answer.status < 400 else 0
            cost = answer.body.get("cost", most) if isinstance(answer.body, dict) else most
            return replace(answer, cost_usd_micros=cost)

        answer = await ctx.call(jobs, _request(jobs), post)
        bill = Bill(answer.cost_usd_micros, (answer.call_id,), answer.from_cache)
        for job in jobs:
            if outcome := outcome_of("asked", answer, bill=bill):
                ctx.done(job, outcome)
            elif config.late:
                handle = {"id": answer.body["id"]}
                ctx.done(job, Pending(handle, ctx.now() + config.poll_s, bill))
            else:
                ctx.done(job, Value(answer.body["text"], bill))

    async def poll(self, handles: Sequence[Handle], ctx: Context) -> None:
        config = AskConfig.model_validate(handles[0].job.column.config)
        body = handles[0].body
        request = CallRequest("asked", "poll", body, max_usd_micros=0, is_cacheable=False)

        async def get() -> Answer:
            return await send(ctx.http("asked"), "GET", f"{config.url}/jobs/{body['id']}")

        answer = await ctx.call([handle.job for handle in handles], request, get)
        bill = Bill(0, (answer.call_id,))
        for handle in handles:
            name = handle.job.values["name"]
            if outcome := outcome_of("asked", answer, bill=bill):
                ctx.done(handle.job, outcome)
            elif answer.body["state"] == "expired":
                ctx.done(handle.job, Retry(RetryWhy.TRANSIENT, "expired", anew=True))
            elif answer.body["state"] != "done":
                ctx.done(handle.job, Pending(body, ctx.now() + config.poll_s))
            elif name in answer.body["texts"]:
                ctx.done(handle.job, Value(answer.body["texts"][name], bill))
            else:
                ctx.done(handle.job, NoMatch(bill))


def _request(jobs: Sequence[Job]) -> CallRequest:
    config = AskConfig.model_validate(jobs[0].column.config)
    most = config.price * len(jobs)
    return CallRequest(
        config.provider,
        "start" if config.late else "ask",
        {"leads": [job.values["name"] for job in jobs]},
        min_usd_micros=most,
        max_usd_micros=most,
        is_repeatable=not config.once,
        rate_limit=RateLimit(config.per_s) if config.per_s else None,
    )
