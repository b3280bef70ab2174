"""A run of 1,000 leads beside a bare asyncio loop over the same requests at the same server.

The peer is what a script does: the `openai` package, a semaphore and a task group. It keeps no
journal, stores nothing, and starts anew after a crash. What the run takes longer is the price of
plan, queue, journal, budget, settling and history. The server stands in a process of its own and
answers after a fixed time.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import compare, timed
from leadsync.core.campaigns import new_campaign
from leadsync.core.columns.definitions import ColumnSpec, add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.config import load_config
from leadsync.core.engine.planning import make_plan
from leadsync.core.engine.running import drive
from leadsync.core.engine.starting import start_run
from leadsync.core.models import Column
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 1000
ANSWER_S = 0.5
PEER = "bare loop"
KEY = "sk-benchmark-0000000000"


def main(rows: int = ROWS) -> None:
    for width in (16, 64):
        _compare(rows, width)


def _compare(rows: int, width: int) -> None:
    with (
        _server(ANSWER_S) as url,
        tempfile.TemporaryDirectory() as folder,
        _workspace(url, Path(folder), rows) as workspace,
    ):
        bodies = _bodies(workspace)
        peer, _ = timed(lambda: asyncio.run(_bare(url, bodies, width)), rounds=1)
        ours, result = timed(lambda: _run(workspace, width), rounds=1)
    assert result.counts == {"value": rows}, result
    compare(
        f"{rows:,} leads, {width} in flight, {ANSWER_S} s an answer", ours, peer, peer_name=PEER
    )


@contextmanager
def _server(answer_s: float) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.servers.openai_server", str(answer_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def _workspace(url: str, folder: Path, rows: int) -> Workspace:
    settings = {"LEADSYNC_HOME": str(folder), "OPENAI_BASE_URL": url, "OPENAI_API_KEY": KEY}
    workspace = Workspace.open(load_config(environment={**settings, "USER": "ada"}))
    with workspace.store.unit("ada", "set up") as unit:
        campaign = unit.put("campaigns", new_campaign("Inbox"))
        for key in ("title", "company"):
            unit.add_column(Column(0, key, key.title()))
        cells = [[f"Person {n}", f"Head of Sales {n}", f"Company {n}"] for n in range(rows)]
        unit.add_leads(campaign, ["name", "title", "company"], cells)
    recipe: ColumnSpec = load_recipe("outreach", workspace.config)
    add_column(workspace, recipe)
    return workspace


def _bodies(workspace: Workspace) -> list[dict[str, Any]]:
    """The bodies that the run is going to send."""
    from leadsync.core.engine.cells import CellReader, read_subjects
    from leadsync.core.engine.enricher import Job
    from leadsync.core.engine.settings import ConfigSettings

    (subject,) = read_subjects(workspace.store, [workspace.column("outreach")])
    settings = ConfigSettings(workspace.config)
    bodies: list[dict[str, Any]] = []
    for lead in CellReader(workspace.store, [subject]).scan({}):
        job = Job(lead.lead_id, subject.column, lead.values)
        request = subject.enricher.request(job, settings)
        assert request is not None
        body = request.body
        schema = {"name": "answer", "strict": True, "schema": body["schema"]}
        bodies.append(
            {
                "model": body["model"],
                "messages": body["messages"],
                "max_completion_tokens": body["maxOutputTokens"],
                "response_format": {"type": "json_schema", "json_schema": schema},
            }
        )
    return bodies


async def _bare(url: str, bodies: list[dict[str, Any]], width: int) -> None:
    import openai

    places = asyncio.Semaphore(width)
    async with openai.AsyncOpenAI(api_key=KEY, base_url=url, max_retries=0) as client:

        async def ask(body: dict[str, Any]) -> None:
            async with places:
                await client.chat.completions.create(**body)

        async with asyncio.TaskGroup() as group:
            for body in bodies:
                group.create_task(ask(body))


def _run(workspace: Workspace, width: int) -> Any:
    plan = make_plan(workspace, ["outreach"], filter_doc={}, concurrency=width)
    return drive(workspace, start_run(workspace, plan).id)


if __name__ == "__main__":
    main()
