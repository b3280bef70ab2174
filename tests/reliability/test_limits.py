"""A provider's limit: used well, by one process and by three together, and kept.

`benchmarks/limits.py` measures longer; here slices leave room for a busy machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.running import StopSignal, drive
from leadsync.core.models import RunState
from tests.conftest import ROOT
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import (
    a_workspace,
    enrich,
    environment,
    filled,
    hasty,
    people,
    started,
)
from tests.servers.http_server import HttpServer
from tests.servers.limited_server import Limited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

pytestmark = pytest.mark.timeout(60)
PER_S = 25


@pytest.fixture
def provider() -> Limited:
    return Limited(PER_S)


@pytest.fixture
def server(provider: Limited) -> Iterator[HttpServer]:
    with HttpServer(provider).running() as running:
        yield running


@pytest.fixture
def workspace(server: HttpServer, tmp_path: Path) -> Iterator[Workspace]:
    with kind_echo(), a_workspace(server.url, tmp_path) as opened:
        yield opened


def a_limited_column(workspace: Workspace, server: HttpServer, key: str, per_s: float) -> None:
    config = {"url": f"{server.url}/{key}", "per_s": per_s}
    add_column(workspace, ColumnSpec(key=key, label=key, kind="ask", config=config))


def test_a_known_limit_is_used_and_kept(
    workspace: Workspace, server: HttpServer, provider: Limited
) -> None:
    people(workspace, 100)
    a_limited_column(workspace, server, "about", PER_S)
    enrich(workspace, "about", concurrency=32)
    assert filled(workspace, "about") == 100
    assert provider.use > 0.5
    assert provider.refusals <= 0.03


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_three_processes_keep_one_limit_together(
    engine: str,
    request: pytest.FixtureRequest,
    server: HttpServer,
    provider: Limited,
    tmp_path: Path,
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    keys = ("first", "second", "third")
    with kind_echo(), a_workspace(server.url, tmp_path, store) as workspace:
        people(workspace, 35)
        for key in keys:
            a_limited_column(workspace, server, key, PER_S)
        command = [sys.executable, "-m", "tests.reliability.limited_driver", str(tmp_path), store]
        processes = [
            subprocess.Popen(
                [*command, server.url, key, "16"],
                cwd=ROOT,
                env={**os.environ, **environment(server.url, tmp_path, store)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for key in keys
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.communicate("\n", timeout=50)
        assert [process.returncode for process in processes] == [0, 0, 0]
        assert filled(workspace, *keys) == 105
    assert provider.use > 0.4  # most of so short a run is its start
    assert provider.refusals <= 0.1  # two of three, where each keeps a limit of its own


def test_a_limit_that_nobody_told_is_learned(
    workspace: Workspace, server: HttpServer, provider: Limited
) -> None:
    people(workspace, 120)
    a_limited_column(workspace, server, "about", 0)
    result = enrich(workspace, "about", concurrency=32)
    assert (result.state, filled(workspace, "about")) == (RunState.DONE, 120)
    assert provider.refusals < 0.2


def test_a_stop_does_not_wait_for_a_turn(
    workspace: Workspace, server: HttpServer, provider: Limited
) -> None:
    people(workspace, 20)
    a_limited_column(workspace, server, "about", 0.02)
    run = started(workspace, "about", concurrency=8)
    stop = StopSignal()

    asked: list[float] = []

    def ask_to_stop() -> None:
        server.wait_for(1)
        asked.append(time.monotonic())
        stop.request()

    threading.Thread(target=ask_to_stop).start()
    result = drive(workspace, run.id, pace=hasty(), stop=stop)
    assert (result.state, result.left, len(provider.good)) == (RunState.STOPPED, 19, 1)
    assert time.monotonic() - asked[0] < 8  # the next turn is in 50 s
    assert result.at_most_usd_micros == 0
