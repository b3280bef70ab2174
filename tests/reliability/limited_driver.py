"""Asks a limited server for a while, in a process of its own.

    python -m tests.reliability.limited_driver FOLDER STORE URL COLUMN WIDTH

starts a run of the column and drives it; prints the result's counts at its end.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from leadsync.core.engine.pace import Pace
from leadsync.core.engine.running import drive
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, started


def main(folder: str, store: str, url: str, column: str, width: str) -> int:
    with kind_echo(), a_workspace(url, Path(folder), store) as workspace:
        print("ready", flush=True)
        sys.stdin.readline()
        run = started(workspace, column, concurrency=int(width))
        result = drive(workspace, run.id, pace=Pace())
        print(json.dumps(dict(result.counts)), flush=True)
        return int(result.exit_code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
