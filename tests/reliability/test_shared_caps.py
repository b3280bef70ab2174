"""Caps that processes share: never passed, whatever they cost and whoever is killed.

`LEADSYNC_SOAK=1` kills more often.
"""

from __future__ import annotations

import os
import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.arming import arm, disarm
from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.running import drive
from leadsync.core.engine.worker import work
from leadsync.core.models import RunState
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, hasty, people, started
from tests.reliability.worker_processes import end, workers
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
SOAK = bool(os.environ.get("LEADSYNC_SOAK"))
SEEDS = range(10) if SOAK else (5,)
WHOSE = ("run", "column", "provider")
CASES = [("sqlite", whose) for whose in WHOSE] + [
    pytest.param("mongo", whose, marks=pytest.mark.mongo)
    for whose in (WHOSE if SOAK else WHOSE[2:])
]
PRICE = 1000
CAP = 80 * PRICE


class Till:
    """A script that charges each request something up to its price, when it comes in."""

    def __init__(self, seed: int) -> None:
        self.charged = 0
        self._chance = random.Random(seed)

    def __call__(self, request: Request) -> Reply:
        cost = self._chance.randint(PRICE // 2, PRICE)
        self.charged += cost
        body = {"text": f"About {request.json['leads'][0]}", "cost": cost}
        return Reply(body=body, delay_s=self._chance.uniform(0.01, 0.1))


def columns(workspace: Workspace, server: HttpServer, *keys: str) -> None:
    people(workspace, 200)
    for key in keys:
        config = {"url": f"{server.url}/{key}", "price": PRICE}
        add_column(workspace, ColumnSpec(key=key, label=key, kind="ask", config=config))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("engine", "whose"), CASES)
def test_no_process_passes_a_cap_and_a_dead_one_does_not_help_it(
    engine: str, whose: str, seed: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    store = store or f"sqlite:///{tmp_path}/leadsync.db"
    till, chance = Till(seed), random.Random(seed)
    if whose == "provider":
        (tmp_path / "config.toml").write_text(f'provider_caps = ["asked {CAP / 1_000_000}"]\n')
    with (
        HttpServer(till).running() as server,
        kind_echo(),
        a_workspace(server.url, tmp_path, store) as workspace,
    ):
        keys = ("first", "second", "third") if whose == "provider" else ("first",)
        columns(workspace, server, *keys)
        if whose == "column":
            arm(workspace, "first", usd_micros_per_day=CAP)
            disarm(workspace, "first")
        cap = CAP if whose == "run" else None
        runs = [started(workspace, key, max_cost_usd_micros=cap, concurrency=8) for key in keys]
        for run in runs:
            workspace.store.update_run(run.id, {"members": {}})
        with workers(3, workspace, tmp_path, store) as processes:
            server.wait_for(chance.randint(20, 60))
            processes[0].kill()
            processes[0].communicate()
            for process in processes[1:]:
                end(process)
        work(workspace, once=True, pace=hasty())
        assert {run.state for run in workspace.store.runs()} == {RunState.HELD}
        assert till.charged <= CAP
        spent = [workspace.store.spending(run.id) for run in runs]
        lost = sum(PRICE for _, calls in spent for _ in calls)
        assert sum(paid for paid, _ in spent) + lost <= CAP
        assert till.charged > CAP - lost - 3 * PRICE


def test_another_day_has_a_daily_cap_of_its_own_also_for_a_run_that_goes_on(tmp_path: Path) -> None:
    till = Till(3)
    with (
        HttpServer(till).running() as server,
        kind_echo(),
        a_workspace(server.url, tmp_path) as workspace,
    ):
        columns(workspace, server, "first")
        arm(workspace, "first", usd_micros_per_day=20 * PRICE)
        midnight = threading.Event()

        def now() -> float:
            if len(server.requests) >= 10:
                midnight.set()
            return time.time() + (86_400 if midnight.is_set() else 0)

        run = started(workspace, "first", concurrency=2)
        result = drive(workspace, run.id, pace=hasty(now=now))
        assert result.state is RunState.HELD
        assert 20 * PRICE < till.charged <= 40 * PRICE
