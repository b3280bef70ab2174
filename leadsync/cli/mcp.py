"""`leadsync mcp`: leads for an AI client, read-only unless a cap is given."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.core.errors import InputError

app = Commands()


@app.command()
def mcp(
    ctx: typer.Context,
    max_cost: Annotated[
        str | None,
        typer.Option(
            "--max-cost",
            metavar="USD",
            help="Let it run columns; all runs together cost at most this.",
        ),
    ] = None,
) -> None:
    """Let an AI client read leads, and run columns within a cap

    Speaks the Model Context Protocol on standard input and output, so an AI client starts it, not
    you. It lists and searches leads, plans runs, reads results and explains cells. Nothing can be
    edited, and nothing is run or spent without --max-cost. No key is ever told.

    \b
      leadsync mcp
      leadsync mcp --max-cost 2.00
    """
    from leadsync.core.money import parse_usd

    call = invocation(ctx)
    cap = parse_usd(max_cost, "--max-cost") if max_cost is not None else None
    if sys.stdin.isatty():
        raise InputError(
            "an AI client talks to this command, not a terminal",
            next_step='put "leadsync" with "mcp" into your client\'s config: docs/mcp.md',
        )
    with call.workspace() as workspace:
        workspace.actor = f"{workspace.actor} (mcp)"
        from leadsync.cli.mcp_server import serve_stdio

        serve_stdio(workspace, cap)
