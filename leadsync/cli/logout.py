"""`leadsync logout`: the end of a login."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation

app = Commands()


@app.command()
def logout(
    ctx: typer.Context,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="End your logins on all machines.")
    ] = False,
) -> None:
    """End the login on this machine

    It is ended in the store, too: a copy of what was kept here lets nobody in. Tokens go on.

    \b
      leadsync logout
      leadsync logout --everywhere
    """
    from leadsync.core.access.sessions import logout as log_out

    call = invocation(ctx)
    ended = log_out(call.config, everywhere=everywhere)
    words = {0: "nobody was logged in here", 1: "logged out"}
    call.out.done({"ended": ended}, words.get(ended, f"logged out; {ended} logins have ended"))
