"""Runs a waterfall in a process of its own, to be killed at any moment.

    python -m tests.reliability.waterfall_driver FOLDER STORE URL start|resume RUN|0 CAP

fills the column `found`, with a cap in millionths of a dollar; exits as the command would.
"""

from __future__ import annotations

import sys
from pathlib import Path

from leadsync.core.engine.running import drive, resume
from leadsync.core.errors import LeadSyncError
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, hasty, started


def main(folder: str, store: str, url: str, what: str, run_id: str, cap: str) -> int:
    most = int(cap)
    with kind_echo(), a_workspace(url, Path(folder), store) as workspace:
        try:
            if what == "start":
                run = started(workspace, "found", concurrency=8, max_cost_usd_micros=most)
                result = drive(workspace, run.id, pace=hasty())
            else:
                result = resume(workspace, int(run_id), pace=hasty(), max_cost_usd_micros=most)
        except LeadSyncError as error:
            print(error.message, flush=True)
            return int(error.exit_code)
        print(result.to_doc(), flush=True)
        return int(result.exit_code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
