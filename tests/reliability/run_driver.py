"""Runs the column `intro` of a workspace in a process of its own, to be killed at any moment.

    python -m tests.reliability.run_driver FOLDER STORE URL start|resume [RUN]

prints `run N` once the run is stored, and the result as JSON at its end. Exits as the command
would.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from leadsync.core.engine.running import drive, resume
from leadsync.core.errors import LeadSyncError
from leadsync.core.redaction import RedactingFilter, Redactor
from tests.reliability.run_making import a_workspace, hasty, started


def main(folder: str, store: str, url: str, what: str, run_id: str = "") -> int:
    with a_workspace(url, Path(folder), store) as workspace:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
        redactor = Redactor(workspace.config.secrets_in_use())
        logging.getLogger().handlers[0].addFilter(RedactingFilter(redactor))
        try:
            if what == "start":
                run = started(workspace, "intro", concurrency=8)
                print(f"run {run.id}", flush=True)
                result = drive(workspace, run.id, pace=hasty())
            else:
                result = resume(workspace, int(run_id), pace=hasty())
        except LeadSyncError as error:
            print(error.message, flush=True)
            return int(error.exit_code)
        print(json.dumps(result.to_doc()), flush=True)
        return int(result.exit_code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
