"""How well a provider's limit is used: 50 requests a second, answers after 300 ms.

The peer is the limit itself. One process and three together, the limit told or not; the server
counts over a sliding second and refuses what is too much.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, environment, people
from tests.servers.http_server import HttpServer
from tests.servers.limited_server import Limited

ROWS = 1000
PER_S = 50
WIDTH = 32
ROOT = Path(__file__).parent.parent


def main(rows: int = ROWS) -> None:
    for is_told, processes in ((True, 1), (True, 3), (False, 1), (False, 3)):
        limited = Limited(PER_S)
        with (
            HttpServer(limited).running() as server,
            tempfile.TemporaryDirectory() as folder,
        ):
            _run(server.url, Path(folder), rows, processes, per_s=PER_S if is_told else 0)
        told = "told" if is_told else "not told"
        print(
            f"  {processes} process(es), limit {told}: {limited.use:.1%} of the limit used,"
            f" {limited.refusals:.2%} of {limited.refused + len(limited.good):,} refused",
            flush=True,
        )


def _run(url: str, folder: Path, rows: int, number: int, *, per_s: float) -> None:
    keys = [f"column{n}" for n in range(number)]
    with kind_echo(), a_workspace(url, folder) as workspace:
        people(workspace, rows)
        # Each its own leads: an equal request would be answered by the cache.
        share = rows // number
        for n, key in enumerate(keys):
            config = {"url": f"{url}/{key}", "per_s": per_s}
            whose = f"id>{n * share} id<={(n + 1) * share}"
            spec = ColumnSpec(key=key, label=key, kind="ask", config=config, condition=whose)
            add_column(workspace, spec)
    command = [sys.executable, "-m", "tests.reliability.limited_driver", str(folder), "", url]
    processes = [
        subprocess.Popen(
            [*command, key, str(WIDTH)],
            cwd=ROOT,
            env={**os.environ, **environment(url, folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for key in keys
    ]
    for process in processes:
        assert process.stdout
        process.stdout.readline()
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
