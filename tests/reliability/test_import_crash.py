"""An import killed at a random moment leaves all of its file or nothing, on both engines.

`LEADSYNC_SOAK=50` kills as often as that on each engine; more is not asked of imports.
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
from tests.contract.importing import a_csv, counts, importing, sheet
from tests.contract.making import assert_history_matches_cells, snapshot
from tests.reliability.many_writers import open_url
from tests.reliability.test_crash_at_random import drop

if TYPE_CHECKING:
    from pathlib import Path

KILLS = min(int(os.environ.get("LEADSYNC_SOAK", "3")), 50)
ROWS = 20_000 if "LEADSYNC_SOAK" in os.environ else 6_000
KNOWN = 500
"""Leads that are there before, and that the file fills up."""

HEADER = ("Email", "First Name", "Company", "Tags")
FIELDS = ("email", "name", "first_name", "company", "tags", "campaign")


@pytest.mark.slow
@pytest.mark.timeout(120 + 20 * KILLS)
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_an_import_killed_at_any_moment_is_whole_or_not_there(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    chance = random.Random(11)
    url = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    file = tmp_path / "people.csv"
    file.write_bytes(
        a_csv(HEADER, *((f"p{n}@x.example", f"P {n}", f"C {n % 99}", "q4") for n in range(ROWS)))
    )
    store = a_store(f"{url}_whole" if url else f"sqlite:///{tmp_path}/whole.db")
    before, began = snapshot(store), time.monotonic()
    importing(store, file, campaign="Q4")
    seconds, after = time.monotonic() - began, snapshot(store)
    cells = sheet(store, *FIELDS)  # without ids: those of a crashed import are not given again
    drop(store)
    for attempt in range(KILLS):
        victim = f"{url}_{attempt}" if url else f"sqlite:///{tmp_path}/{attempt}.db"
        a_store(victim).close()
        done = crash(victim, file, chance.uniform(0, seconds))
        store = open_url(victim)
        found = snapshot(store)
        assert found in ((after,) if done else (before, after)), f"attempt {attempt}"
        if attempt % 3 == 0:
            again = counts(importing(store, file, campaign="Q4"))
            first = {"created": ROWS - KNOWN, "updated": KNOWN}
            assert again == (first if found == before else {"unchanged": ROWS})
            assert sheet(store, *FIELDS) == cells
        if attempt == 0:
            assert_history_matches_cells(store)
        drop(store)


def a_store(url: str):
    """A store with a campaign, of which some leads lack what the file says."""
    store = open_url(url)
    addresses = ((f"p{n}@x.example",) for n in range(KNOWN))
    importing(store, a_csv(("Email",), *addresses), campaign="Q4")
    return store


def crash(url: str, file: Path, seconds: float) -> bool:
    """Let a process import the file and die after a time; whether it confirmed the import."""
    command = [sys.executable, "-m", "tests.reliability.importer", url, str(file), str(seconds)]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr
    return "done" in ended.stdout
