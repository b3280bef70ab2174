"""Kinds of columns for figures of the engine alone: one small request a lead, or none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from leadsync.core.engine.enricher import Answer, CallRequest, Description
from leadsync.core.engine.outcomes import Bill, Value

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from leadsync.core.engine.enricher import Context, Job, Settings

KIND = "bench"
INSTANT = "bench_instant"
PRICE_USD_MICROS = 1000


class Config(BaseModel):
    url: str


class Bench:
    kind: ClassVar[str] = KIND
    Config: ClassVar[type[BaseModel]] = Config

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        return Description(inputs=("name",), required=("name",), providers=(KIND,))

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        return CallRequest(KIND, "look_up", body_of(job), max_usd_micros=PRICE_USD_MICROS)

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        (job,) = jobs
        request = self.request(job, ctx)
        assert request is not None
        url = job.column.config["url"]

        async def send() -> Answer:
            response = await ctx.http(KIND).post(url, json=request.body)
            return Answer(
                response.status_code,
                response.json(),
                dict(response.headers),
                cost_usd_micros=PRICE_USD_MICROS,
            )

        answer = await ctx.call([job], request, send)
        assert isinstance(answer.body, dict)
        found: Any = answer.body["found"]
        bill = Bill(answer.cost_usd_micros or 0, (answer.call_id,), from_cache=answer.from_cache)
        ctx.done(job, Value(found["title"], bill))


class Nothing(BaseModel):
    pass


class Instant:
    """Knows the answer without asking anybody."""

    kind: ClassVar[str] = INSTANT
    Config: ClassVar[type[BaseModel]] = Nothing

    def describe(self, config: BaseModel, fields: Collection[str]) -> Description:
        return Description(inputs=("name",), required=("name",))

    def request(self, job: Job, settings: Settings) -> CallRequest | None:
        return None

    async def run(self, jobs: Sequence[Job], ctx: Context) -> None:
        for job in jobs:
            ctx.done(job, Value(f"Head of Sales to {job.values['name']}"))


def body_of(job: Job) -> dict[str, Any]:
    """What is sent about a lead."""
    return {"lead": job.lead_id, "name": job.values["name"]}


def install(folder: Path) -> None:
    """Let this process find the kind as a package that was installed."""
    info = folder / "bench_kind-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-kind\nVersion: 1\n")
    points = f"[leadsync.enrichers]\n{KIND} = benchmarks.bench_kind:Bench\n"
    points += f"{INSTANT} = benchmarks.bench_kind:Instant\n"
    (info / "entry_points.txt").write_text(points)
    sys.path.insert(0, str(folder))
