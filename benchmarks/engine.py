"""A run beside a bare asyncio loop over the same requests at the same server.

The peer is what a script does: httpx2, a semaphore and a task group. It keeps no journal, stores
nothing, and starts anew after a crash. What the run takes longer is the price of plan, queue,
journal, budget, settling and history. The server stands in a process of its own and answers after
a fixed time; 64 in flight at 128 ms are 500 answers a second.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import bench_kind
from benchmarks.answer_server import answering
from benchmarks.measure import compare, timed
from leadsync.core.campaigns import new_campaign
from leadsync.core.config import load_config
from leadsync.core.engine.planning import make_plan
from leadsync.core.engine.running import drive
from leadsync.core.engine.starting import start_run
from leadsync.core.models import Column
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.models import Run

ROWS = 5000
PEER = "bare loop"


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench_kind.install(Path(folder))
        for width, answer_s in ((16, 0.5), (64, 0.128)):
            _compare(min(rows, int(10 * width / answer_s)), width, answer_s)


def _compare(rows: int, width: int, answer_s: float) -> None:
    """The peer goes before and after, since others may use the machine."""
    with (
        answering(answer_s) as url,
        tempfile.TemporaryDirectory() as folder,
        a_workspace(url, Path(folder), rows) as workspace,
    ):
        first, first_cpu = _taken(lambda: asyncio.run(_bare(url, rows, width)))
        run = start(workspace, width)
        ours, ours_cpu = _taken(lambda: drive(workspace, run.id))
        second, second_cpu = _taken(lambda: asyncio.run(_bare(url, rows, width)))
        counts = workspace.store.runs()[0].counts
    assert counts == {"value": rows}, counts
    what = f"{rows:,} leads, {width} in flight, {answer_s} s an answer"
    compare(what, ours, (first + second) / 2, peer_name=PEER)
    what = "  processor"
    compare(what, ours_cpu, (first_cpu + second_cpu) / 2, peer_name=PEER)


def _taken(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of work by the clock and of the processor, which others disturb less."""
    began = time.process_time()
    seconds, _ = timed(work, rounds=1)
    return seconds, time.process_time() - began


def a_workspace(url: str, folder: Path, rows: int) -> Workspace:
    """A workspace with leads and one running column that asks that server."""
    settings = {"LEADSYNC_HOME": str(folder), "USER": "ada"}
    workspace = Workspace.open(load_config(environment=settings))
    with workspace.store.unit("ada", "set up") as unit:
        campaign = unit.put("campaigns", new_campaign("Inbox"))
        unit.add_leads(campaign, ["name"], [[f"Person {number}"] for number in range(rows)])
        column = Column(
            0, "found", "Found", kind=bench_kind.KIND, config={"url": url}, inputs=("name",)
        )
        unit.add_column(column)
    return workspace


def start(workspace: Workspace, width: int) -> Run:
    """Queue a run of all leads."""
    plan = make_plan(workspace, ["found"], filter_doc={}, concurrency=width)
    return start_run(workspace, plan)


async def _bare(url: str, rows: int, width: int) -> None:
    import httpx2

    places = asyncio.Semaphore(width)
    limits = httpx2.Limits(max_connections=width, max_keepalive_connections=width)
    async with httpx2.AsyncClient(limits=limits) as client:

        async def ask(body: dict[str, Any]) -> None:
            async with places:
                response = await client.post(url, json=body)
                response.raise_for_status()
                response.json()

        async with asyncio.TaskGroup() as group:
            for number in range(1, rows + 1):
                group.create_task(ask({"lead": number, "name": f"Person {number - 1}"}))


if __name__ == "__main__":
    main()
