"""`leadsync serve`: what providers send by themselves is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.core.models import to_doc

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.engine.serving import ServeEvent

app = Commands()


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option("--host", help="Address of this machine to listen at.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 8765,
) -> None:
    """Take callbacks of providers, and settle the cells that wait for them

    Works until Ctrl-C or SIGTERM. It speaks plain HTTP: put a proxy with TLS before it, and say
    where providers reach that. Only what carries an address that a run of yours has made is taken.

    \b
      export LEADSYNC_CALLBACK_SECRET="$(openssl rand -hex 32)"
      leadsync config set LEADSYNC_SERVE_URL https://crm.example.com
      leadsync serve
    """
    from leadsync.cli.run_watch import show_result, stop_on_signals
    from leadsync.core.engine.serving import serve
    from leadsync.core.engine.stop import StopSignal

    call = invocation(ctx)
    stop = StopSignal()
    with call.workspace(create=True) as workspace, stop_on_signals(stop):
        serve(
            workspace,
            host=host,
            port=port,
            stop=stop,
            on_event=lambda event: _show(call.out, event),
            on_end=lambda result: show_result(call.out, result),
        )


def _show(out: Output, event: ServeEvent) -> None:
    from leadsync.core.engine.serving import Listening

    if isinstance(event, Listening):
        words = f"callbacks are taken at http://{event.host}:{event.port}; Ctrl-C ends it"
    else:
        run = f" (run {event.run_id})" if event.run_id else ""
        words = f"{event.method}: {event.status} {event.words}{run}"
    out.done({"event": type(event).__name__.lower(), **to_doc(event)}, words)
