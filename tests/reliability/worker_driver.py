"""A worker in a process of its own, to be stopped or killed.

    python -m tests.reliability.worker_driver FOLDER STORE URL

prints `ready`, waits for a line, works until SIGTERM, and prints each run that it has left.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from pathlib import Path

from leadsync.core.engine.events import RunResult
from leadsync.core.engine.stop import StopSignal
from leadsync.core.engine.worker import work
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, hasty


def main(folder: str, store: str, url: str) -> int:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    stop = StopSignal()
    signal.signal(signal.SIGTERM, lambda *_: stop.request())

    def tell(ended: RunResult | str) -> None:
        said = ended if isinstance(ended, str) else json.dumps(ended.to_doc())
        print(said, flush=True)

    with kind_echo(), a_workspace(url, Path(folder), store) as workspace:
        print("ready", flush=True)
        sys.stdin.readline()
        work(workspace, stop=stop, on_end=tell, pace=hasty(), cycle_s=0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
