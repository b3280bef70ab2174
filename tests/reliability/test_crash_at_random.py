"""A process killed at a random moment: what it confirmed is there, and nothing is half there.

`LEADSYNC_SOAK=500` kills as often as that on each engine.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.contract.making import assert_history_matches_cells, snapshot
from tests.reliability.crasher import UNITS
from tests.reliability.many_writers import open_url

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("LEADSYNC_SOAK", "3"))


@pytest.mark.slow
@pytest.mark.timeout(60 + 10 * KILLS)
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_a_process_killed_at_any_moment_leaves_whole_units(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    chance = random.Random(7)
    url = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    expected, seconds = undisturbed(f"{url}_whole" if url else f"sqlite:///{tmp_path}/whole.db")
    for attempt in range(KILLS):
        victim = f"{url}_{attempt}" if url else f"sqlite:///{tmp_path}/{attempt}.db"
        confirmed = crash(victim, chance.uniform(0, seconds))
        store = open_url(victim)
        found = snapshot(store)
        assert found in expected[confirmed : confirmed + 2], f"attempt {attempt}, {confirmed} units"
        assert_history_matches_cells(store)
        for work in UNITS[expected.index(found) :]:
            work(store)
        assert_history_matches_cells(store)
        drop(store)


def undisturbed(url: str) -> tuple[list[str], float]:
    """Snapshots before and after each unit, and how long all of them take."""
    store = open_url(url)
    snapshots, seconds = [snapshot(store)], 0.0
    for work in UNITS:
        began = time.monotonic()
        work(store)
        seconds += time.monotonic() - began
        snapshots.append(snapshot(store))
    drop(store)
    return snapshots, seconds


def crash(url: str, seconds: float) -> int:
    """Let a process work on the store and die after a time; how many units it confirmed."""
    command = [sys.executable, "-m", "tests.reliability.crasher", url, "after", str(seconds)]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr
    return len(ended.stdout.split())


def drop(store) -> None:
    if not store.url.startswith("sqlite"):
        store.client.drop_database(store.db.name)
    store.close()
