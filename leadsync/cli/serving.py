"""`leadsync serve`: what providers send by themselves is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.core.models import to_doc

if TYPE_CHECKING:
    from leadsync.cli.invocation import Invocation
    from leadsync.cli.output import Output
    from leadsync.core.engine.serving import Answered, ServeEvent
    from leadsync.core.engine.stop import StopSignal
    from leadsync.tui.browser.server import Page

app = Commands()
EFFECTS = {
    "created": "created", "updated": "updated", "leftOut": "left out",
    "suppressed": "suppressed", "missing": "unknown here",
    "keptOut": "kept out, as suppressed or erased",
}  # fmt: skip


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option("--host", help="Address of this machine to listen at.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65535, help="Port; 0 takes a free one. [8765, the grid's 8766]"
        ),
    ] = None,
    per_address: Annotated[
        int,
        typer.Option("--per-address", min=1, help="Requests a minute taken from one address."),
    ] = 600,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="Addresses are what a proxy on this machine says of them."
        ),
    ] = False,
    grid: Annotated[
        bool, typer.Option("--grid", help="Show the grid to browsers, and take nothing else.")
    ] = False,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Others than this machine may open the grid.")
    ] = False,
    public_url: Annotated[
        str, typer.Option("--public-url", metavar="URL", help="Where a proxy shows the grid.")
    ] = "",
) -> None:
    """Take form posts, events and results that others send by themselves

    Works until Ctrl-C or SIGTERM, and takes what comes to your hooks (leadsync hooks) and to the
    addresses that your runs have made. It speaks plain HTTP: put a proxy with TLS before it, and
    say where others reach that. Nothing that comes in spends by itself. With --grid it shows the
    grid in a browser instead, to this machine alone unless users have to log in.

    \b
      leadsync hooks add website --campaign "Site leads"
      leadsync config set LEADSYNC_SERVE_URL https://crm.example.com
      leadsync serve --behind-proxy
      leadsync serve --grid
    """
    from leadsync.cli.run_watch import show_result, stop_on_signals
    from leadsync.core.engine.serving import Entry, serve
    from leadsync.core.engine.stop import StopSignal

    call = invocation(ctx)
    stop = StopSignal()
    if grid:
        from leadsync.tui.browser.server import Page

        with stop_on_signals(stop):
            _serve_grid(
                call, Page(host, 8766 if port is None else port, allow_remote, public_url), stop
            )
        return
    with call.workspace(create=True) as workspace, stop_on_signals(stop):
        serve(
            workspace,
            Entry(host, 8765 if port is None else port, per_address, behind_proxy),
            stop=stop,
            on_event=lambda event: _show(call.out, event),
            on_end=lambda result: show_result(call.out, result),
        )


def _serve_grid(call: Invocation, where: Page, stop: StopSignal) -> None:
    from leadsync.core.listener import is_loopback
    from leadsync.core.logs import start_logging
    from leadsync.tui.browser.server import serve_grid

    def tell(address: str) -> None:
        call.out.done({"event": "open", "url": address}, f"open {address}; Ctrl-C ends it")

    if where.is_remote and is_loopback(where.host) and not where.public_url:
        call.out.warn(f"{where.host} is this machine alone; another --host lets others in")
    start_logging(call.config)
    serve_grid(call.config, where, stop=stop, on_open=tell)


def _show(out: Output, event: ServeEvent) -> None:
    from leadsync.core.engine.serving import Listening, Trouble

    if isinstance(event, Trouble):
        if out.json:
            out.doc({"event": "trouble", **to_doc(event)})
        mend = f"; {event.next_step}" if event.next_step else ""
        out.warn(f"messages are answered with 503: {event.words}{mend}")
        return
    if isinstance(event, Listening):
        words = f"callbacks and hooks are taken at http://{event.host}:{event.port}; Ctrl-C ends it"
    else:
        words = f"{event.method or 'no request'}: {event.status} {event.words}{_effect(event)}"
    out.done({"event": type(event).__name__.lower(), **to_doc(event)}, words)


def _effect(event: Answered) -> str:
    """What followed, in brackets."""
    if event.run_id:
        return f" (run {event.run_id})"
    if not event.hook:
        return ""
    if event.effect.get("isRepeat"):
        return f" (hook {event.hook}: before)"
    counts = [f"{number:,} {EFFECTS[name]}" for name, number in event.effect.items() if number]
    return f" (hook {event.hook}{': ' if counts else ''}{', '.join(counts)})"
