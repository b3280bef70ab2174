"""`leadsync` without words, on a terminal: the grid."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from leadsync.cli.commands import invocation

if TYPE_CHECKING:
    import typer


def open_grid(ctx: typer.Context) -> int:
    """Open the app on the workspace, and make its store where there is none; the exit code."""
    from leadsync.tui.opening import run_app

    call = invocation(ctx)
    with call.workspace(create=True, is_interactive=True) as workspace:
        is_utf8 = (sys.stdout.encoding or "").lower().startswith("utf")
        return run_app(workspace, ascii_only=not is_utf8)
