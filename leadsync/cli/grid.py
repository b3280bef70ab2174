"""`leadsync` without words, on a terminal: the grid."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from leadsync.cli.commands import invocation
from leadsync.core.errors import LoginNeeded

if TYPE_CHECKING:
    import typer

    from leadsync.cli.invocation import Invocation
    from leadsync.core.workspace import Workspace


def open_grid(ctx: typer.Context) -> int:
    """Open the app on the workspace, and make its store where there is none; the exit code.

    Who asks in it for the practice copy gets that next, and who has to log in is asked to.
    """
    from leadsync.tui.opening import run_app

    call = invocation(ctx)
    is_utf8 = (sys.stdout.encoding or "").lower().startswith("utf")
    code = None
    while code is None:
        with _logged_in(call, ascii_only=not is_utf8) as workspace:
            code = run_app(workspace, ascii_only=not is_utf8)
        from leadsync.tui.app import GO_TO_LOGIN  # by now it is loaded

        if code == GO_TO_LOGIN:
            code = None
    from leadsync.tui.app import GO_TO_PRACTICE

    if code != GO_TO_PRACTICE:
        return code
    with call.in_practice().workspace(is_interactive=True) as workspace:
        return run_app(workspace, ascii_only=not is_utf8)


def _logged_in(call: Invocation, *, ascii_only: bool) -> Workspace:
    """The workspace, after a login where one is needed.

    Raises:
        LoginNeeded: the user left the login screen.
    """
    while True:
        try:
            return call.workspace(create=True, is_interactive=True)
        except LoginNeeded as error:
            from leadsync.tui.login import LoginApp

            if not LoginApp(call.config, error.message, ascii_only=ascii_only).run_here():
                raise
