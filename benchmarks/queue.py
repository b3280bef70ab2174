"""The queue of a run: what claiming and settling a cell takes beside few and many, and memory.

The peer of a large queue is a small one: a cell should cost the same in both. Memory is the most
that a process of its own held that plans, queues and does a run whose answers are there at once,
faster than any store takes them. MongoDB is the test server, where it can be run: it keeps all in
the memory of Java and uses indexes less than a real one.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import bench_kind
from benchmarks.measure import compare, run
from leadsync.core.campaigns import new_campaign
from leadsync.core.config import load_config
from leadsync.core.engine.planning import make_plan
from leadsync.core.engine.running import drive
from leadsync.core.engine.starting import start_run
from leadsync.core.models import Column, Reason, Status, Task
from leadsync.core.workspace import Workspace
from tests.entering import token_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.models import QueuedCell, Run

ROWS = 100_000
FEW = 1000
MEASURED = 1000
"""Cells that are claimed and settled, so that a large queue stays large meanwhile."""
AT_ONCE = 200
MONGO_ROWS = 20_000
GOAL_MIB = 250.0


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _compare_sizes("sqlite", lambda name: f"sqlite:///{folder}/{name}.db", rows)
    _measure_memory(rows)
    _compare_on_mongo(min(rows, MONGO_ROWS))


def _compare_on_mongo(rows: int) -> None:
    from tests.servers.mongo.server import missing_tools, running_server

    if missing := missing_tools():
        print(f"no MongoDB: {', '.join(missing)} not found")
        return
    with running_server() as url:
        _compare_sizes("mongo", lambda name: f"{url}/{name}", rows)


def _compare_sizes(engine: str, address: Callable[[str], str], rows: int) -> None:
    small, large = _per_cell(address("few"), FEW), _per_cell(address("many"), rows)
    for what, ours, peer in zip(("claim", "settle"), large, small, strict=True):
        compare(
            f"{engine}: {what} a cell in {rows:,}", ours * 1e6, peer * 1e6,
            peer_name=f"in {FEW:,}", unit="us",
        )  # fmt: skip


def _per_cell(url: str, rows: int) -> tuple[float, float]:
    """Seconds for claiming and for settling a cell, in the fastest of the rounds."""
    claiming: list[float] = []
    settling: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        bench_kind.install(Path(folder))
        with _workspace(Path(folder), url) as workspace:
            _fill(workspace, rows)
            started = start_run(workspace, make_plan(workspace, ["found"], filter_doc={}))
            for _ in range(MEASURED // AT_ONCE):
                began = time.perf_counter()
                cells = _claim(workspace, started)
                claimed = time.perf_counter()
                _settle(workspace, cells)
                claiming.append(claimed - began)
                settling.append(time.perf_counter() - claimed)
        sys.path.remove(folder)
    return min(claiming) / AT_ONCE, min(settling) / AT_ONCE


def _claim(workspace: Workspace, started: Run) -> list[QueuedCell]:
    now = time.time()
    cells = workspace.store.claim(
        started.id, started.column_ids[0], limit=AT_ONCE, holder="bench", lease_until=now + 60,
        now=now,
    )  # fmt: skip
    assert len(cells) == AT_ONCE
    return cells


def _settle(workspace: Workspace, cells: list[QueuedCell]) -> None:
    tasks = [Task(cell.lead_id, cell.column_id, Status.SUCCESS, Reason.VALUE) for cell in cells]
    with workspace.store.unit("ada", "bench") as unit:
        unit.settle(tasks, {task.lead_id: {"found": "Head of Sales"} for task in tasks})


def _measure_memory(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        process = [sys.executable, "-m", "benchmarks.queue"]
        run([*process, "fill", folder, str(rows)])
        done = run([*process, "run", folder, str(rows)])
    compare(
        f"memory of a run of {rows:,} cells", done.peak_mib, GOAL_MIB, peer_name="bound", unit="MiB"
    )


def _workspace(folder: Path, url: str = "") -> Workspace:
    settings = {"LEADSYNC_HOME": str(folder), "USER": "ada"}
    if url:
        settings |= {"LEADSYNC_STORE": url, **token_for(url)}
    return Workspace.open(load_config(environment=settings))


def _fill(workspace: Workspace, rows: int) -> None:
    with workspace.store.unit("ada", "set up") as unit:
        campaign = unit.put("campaigns", new_campaign("Inbox"))
        unit.add_leads(campaign, ["name"], [[f"Person {number}"] for number in range(rows)])
        unit.add_column(Column(0, "found", "Found", kind=bench_kind.INSTANT, inputs=("name",)))


def _do(step: str, folder: Path, rows: int) -> None:
    """One step of the measurement of memory, in a process of its own."""
    with tempfile.TemporaryDirectory() as kinds:
        bench_kind.install(Path(kinds))
        with _workspace(folder) as workspace:
            if step == "fill":
                _fill(workspace, rows)
                return
            plan = make_plan(workspace, ["found"], filter_doc={})
            result = drive(workspace, start_run(workspace, plan).id)
    assert result.counts == {"value": rows}, result


if __name__ == "__main__":
    _do(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
