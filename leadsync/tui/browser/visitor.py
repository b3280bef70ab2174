"""The app of one visitor: a process that textual-serve starts and talks to.

`python -m leadsync.tui.browser.visitor`, with the store and the visit in the environment. What goes
wrong goes to the log: nobody reads this process's words.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from leadsync.core.access.visiting import VARIABLE, enter_visit
from leadsync.core.config import load_config
from leadsync.core.errors import Exit, LeadSyncError
from leadsync.core.logs import start_logging
from leadsync.core.store.opening import open_store
from leadsync.core.workspace import Workspace
from leadsync.tui.opening import run_app

if TYPE_CHECKING:
    from leadsync.core.config import Config

logger = logging.getLogger(__name__)

WITHOUT_TERMINAL = frozenset({"edit.external", "app.suspend", "app.practice", "app.logout"})
"""Actions that need a terminal, or leave this app for another one."""

OF_THIS_MACHINE = frozenset({"files.import_file", "files.export", "files.sample", "app.keys"})
"""Actions on files and keys of the machine that serves the page, which a visitor who has logged in through it
may never have seen."""

OF_AN_OPEN_ONE = frozenset({"users.add"})
"""The first user is logged in on this machine, and would be whoever looks at the page."""


def main() -> int:
    """Run the app on the workspace as this visitor may use it; the exit code."""
    config = load_config()
    start_logging(config)
    _silence_stderr()
    try:
        with _workspace(config) as workspace:
            is_visit = config.secret_of_environment(VARIABLE) is not None
            closed = OF_THIS_MACHINE if is_visit else OF_AN_OPEN_ONE
            return run_app(workspace, ascii_only=False, closed=WITHOUT_TERMINAL | closed)
    except LeadSyncError as error:
        logger.error("a visitor could not come in: %s", error.message)  # noqa: TRY400 - no bug
        return error.exit_code
    except Exception:  # the last border of this process
        logger.exception("the app of a visitor has ended")
        return Exit.BUG


def _workspace(config: Config) -> Workspace:
    visit = config.secret_of_environment(VARIABLE)
    if visit is None:
        return Workspace.open(config, is_interactive=True)
    store = open_store(config.store, is_interactive=True)
    try:
        entered, identity = enter_visit(store, visit)
    except BaseException:
        store.close()
        raise
    return Workspace(entered, config, identity)


def _silence_stderr() -> None:
    """textual-serve prints what comes there, between the data of `leadsync serve`."""
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
