"""`leadsync worker`: what is done without somebody who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation

if TYPE_CHECKING:
    from leadsync.core.engine.events import RunResult

app = Commands()


@app.command()
def worker(
    ctx: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due now, and end: for cron.")
    ] = False,
) -> None:
    """Join runs, fill armed columns, fetch late answers

    Works until Ctrl-C or SIGTERM. It joins runs that are under way and goes on with those whose
    process died; several workers share a run. With --once it ends with 0, or with 3 where cells
    failed or a column is held.

    \b
      leadsync columns arm pitch --usd-per-day 2
      leadsync worker --once                         (cron)
    """
    from leadsync.cli.run_watch import show_result, stop_on_signals, teller
    from leadsync.core.engine.stop import StopSignal
    from leadsync.core.engine.worker import work
    from leadsync.core.errors import Exit

    call = invocation(ctx)
    stop = StopSignal()

    def show_end(ended: RunResult | str) -> None:
        if isinstance(ended, str):
            if call.out.json:
                call.out.doc({"event": "trouble", "words": ended})
            call.out.warn(ended)
        else:
            show_result(call.out, ended)

    def show_note(words: str) -> None:
        call.out.done({"event": "note", "words": words}, words)

    with call.workspace(create=True) as workspace, stop_on_signals(stop):
        done = work(
            workspace,
            once=once,
            stop=stop,
            on_event=teller(call.out),
            on_end=show_end,
            on_note=show_note,
        )
    is_partly = done.problems or any(
        r.failed or r.push_problems or r.state == "held" for r in done.results
    )
    raise typer.Exit(Exit.PARTLY if is_partly else Exit.DONE)
