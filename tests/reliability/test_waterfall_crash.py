"""Processes that fill a waterfall, killed at random moments: nothing is paid twice, no cap passed.

`LEADSYNC_SOAK=1` kills a hundred times on each engine, over 2,000 leads.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from leadsync.core.models import CallState, RunState
from tests.conftest import ROOT
from tests.contract.making import assert_history_matches_cells
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, environment, people
from tests.reliability.waterfall_making import (
    CHECK_PRICE,
    PRICES,
    SOURCES,
    a_step,
    a_waterfall,
    answer_of,
    calls_needed,
    finds,
    status,
)
from tests.servers.finder_server import Finders
from tests.servers.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from leadsync.core.workspace import Workspace

IS_SOAK = bool(os.environ.get("LEADSYNC_SOAK"))
KILLS, LEADS = (100, 2000) if IS_SOAK else (2, 100)
HELD = 5


def price_of(calls: Iterable[tuple[str, str]]) -> int:
    return sum(PRICES.get(source, CHECK_PRICE) for source, _ in calls)


def a_process(
    folder: Path, store: str, url: str, run_id: int | None, cap: int
) -> subprocess.Popen[str]:
    words = ["start", "0"] if run_id is None else ["resume", str(run_id)]
    module = "tests.reliability.waterfall_driver"
    with (folder / "log.txt").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(folder), store, url, *words, str(cap)],
            cwd=ROOT,
            env={**os.environ, **environment(url, folder, store)},
            stdout=log,
            stderr=log,
            text=True,
        )


def ends_before(process: subprocess.Popen[str], server: HttpServer, requests: int) -> bool:
    """Whether a process ends before the server has seen so many requests."""
    while len(server.requests) < requests:
        try:
            process.wait(0.002)
        except subprocess.TimeoutExpired:
            continue
        return True
    return False


def kill_again_and_again(
    workspace: Workspace, server: HttpServer, finders: Finders, folder: Path
) -> int:
    """Kill a run at random moments under a cap that holds it halfway; the cap that lets it end."""
    needed = price_of(calls_needed(LEADS))
    caps = [needed // 2, needed * 2]
    store, chance, kills = workspace.config.store, random.Random(23), 0
    while kills < KILLS:
        runs = workspace.store.runs()
        run_id = runs[0].id if runs else None
        process = a_process(folder, store, server.url, run_id, caps[0])
        target = len(server.requests) + chance.randint(1, 2 * LEADS // KILLS)
        if ends_before(process, server, target):
            assert process.returncode == HELD
            assert len(caps) == 2, "the run ended before all kills"
            assert price_of(finders.paid.elements()) <= caps.pop(0)
            continue
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        assert price_of(finders.paid.elements()) <= caps[0]
    return needed * 2


@pytest.mark.slow
@pytest.mark.timeout(120 + 15 * KILLS)
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_killed_waterfalls_end_as_if_nothing_had_happened_and_pay_nothing_twice(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    finders = Finders(finds, late=("second",))
    finders.status = status
    finders.ready.set()
    with (
        HttpServer(finders).running() as server,
        kind_echo(),
        a_workspace(server.url, tmp_path, store) as workspace,
    ):
        people(workspace, LEADS)
        steps = [a_step(server.url, source, late=source == "second") for source in SOURCES]
        a_waterfall(workspace, *steps, accept="email:exists verify=deliverable")
        cap = kill_again_and_again(workspace, server, finders, tmp_path)
        (run,) = workspace.store.runs()
        last = a_process(tmp_path, workspace.config.store, server.url, run.id, cap)
        assert last.wait(120) == 0, (tmp_path / "log.txt").read_text()[-2000:]
        (run,) = workspace.store.runs()
        assert (run.state, sum(run.counts.values())) == (RunState.DONE, LEADS)
        values = {row[0]: row[1] for row in workspace.store.scan({}, ["name", "found"])}
        assert values == {f"Person {n}": answer_of(n) for n in range(LEADS)}
        lost = [c for c in workspace.store.calls(run_id=run.id) if c.state is CallState.LOST]
        twice = sum(times - 1 for times in finders.paid.values())
        assert set(finders.paid) == calls_needed(LEADS)
        assert twice <= len(lost)
        assert_history_matches_cells(workspace.store)
        print(f"{engine}: {KILLS} kills, {len(lost)} calls unknown, {twice} of them paid twice")
