"""Several processes on one store: no lost update, no cell claimed twice, no error shown."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.contract.making import (
    a_campaign,
    a_run,
    an_ai_column,
    assert_history_matches_cells,
    cell,
    nobody_is_alive,
    some_leads,
)
from tests.reliability.many_writers import UNITS, open_url

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 4


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_four_processes_do_not_harm_each_other(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = (
        request.getfixturevalue("mongo_db_url")
        if engine == "mongo"
        else f"sqlite:///{tmp_path / 'leadsync.db'}"
    )
    store = open_url(url)
    pitch = an_ai_column(store)
    ids = some_leads(store, a_campaign(store), [{"name": "0"} for _ in range(40)])
    run = store.start_run(a_run(pitch), nobody_is_alive)
    store.enqueue(run.id, [(i, pitch.id) for i in ids])

    command = [sys.executable, "-m", "tests.reliability.many_writers", url]
    workers = [
        subprocess.Popen(
            [*command, f"w{n}"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for n in range(PROCESSES)
    ]
    ended = [worker.communicate(timeout=100) for worker in workers]

    assert [worker.returncode for worker in workers] == [0] * PROCESSES, ended
    assert cell(store, ids[0], "name") == str(PROCESSES * UNITS)
    assert store.count({}) == 40 + PROCESSES * UNITS
    claimed = [int(lead) for out, _ in ended for lead in out.split()]
    assert sorted(claimed) == ids
    assert_history_matches_cells(store)
    store.close()
