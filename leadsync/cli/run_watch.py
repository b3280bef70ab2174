"""A run as it is watched: a bar on a terminal, lines of JSON on request, few words elsewhere."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leadsync.cli.wait_lines import WaitLines
from leadsync.core.engine.events import ColumnHeld, FirstError, Progress, Stopping, Waiting
from leadsync.core.engine.plan_text import result_lines
from leadsync.core.models import to_doc
from leadsync.core.money import show_usd

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from leadsync.cli.output import Output
    from leadsync.core.engine.events import Event, RunResult
    from leadsync.core.engine.stop import StopSignal

Drive = "Callable[[StopSignal, Callable[[Event], None]], RunResult]"


def watch(out: Output, total: int, run: Callable[..., RunResult]) -> RunResult:
    """Drive a run, show what it tells, and print how it ended.

    Ctrl-C and SIGTERM stop it in order; a second one leaves at once.

    Args:
        out: where to show it.
        total: cells, for the bar.
        run: drives it, given `stop=` and `on_event=`.
    """
    from leadsync.core.engine.stop import StopSignal

    stop = StopSignal()
    tell = teller(out)
    with stop_on_signals(stop), out.progress("enriching") as bar:

        def show(event: Event) -> None:
            if bar and isinstance(event, Progress):
                bar(event.settled, max(event.total, total))
            else:
                tell(event)

        result = run(stop=stop, on_event=show)
    show_result(out, result)
    return result


def teller(out: Output) -> Callable[[Event], None]:
    """Tells what runs tell; how far they are only as JSON, or where they stand still."""
    waits = WaitLines(out.say)

    def tell(event: Event) -> None:
        if out.json:
            out.doc({"event": _name(event), **_doc(event)})
        elif isinstance(event, Progress):
            waits.show(event)
        else:
            _say(out, event)

    return tell


def show_result(out: Output, result: RunResult) -> None:
    """Tell how a run ended."""
    if out.json:
        out.doc({"event": "result", **result.to_doc()})
    else:
        for line in result_lines(result):
            out.say(line)


def _say(out: Output, event: FirstError | Stopping | ColumnHeld | Waiting) -> None:
    match event:
        case FirstError():
            group = event.group  # the end of the run says how many and what to do
            out.say(f"first {group.reason}: {group.detail} (lead {group.lead_id})")
        case Stopping():
            parts = [f"{event.in_flight} in flight, at most {show_usd(event.at_most_usd_micros)}"]
            if event.late:
                price = event.late_usd_micros
                most = "" if price is None else f", at most {show_usd(price)}"
                parts.append(f"{event.late:,} wait for late answers{most}")
            out.say(f"stopping: {'; '.join(parts)}; again to leave at once")
        case ColumnHeld():
            out.say(f"{event.column_key} is held: {event.detail}; {event.remedy}")
        case Waiting():
            out.say(
                f"{event.column_key}: {event.cells:,} wait for an answer that comes later; Ctrl-C"
                f" leaves them, leadsync runs resume {event.run_id} fetches them"
            )


@contextmanager
def stop_on_signals(stop: StopSignal) -> Generator[None]:
    """Ctrl-C and SIGTERM ask to stop."""

    def request(_number: int, _frame: object) -> None:
        stop.request()

    before = {n: signal.signal(n, request) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _name(event: Event) -> str:
    return {
        Progress: "progress", FirstError: "error", Stopping: "stopping", ColumnHeld: "held",
        Waiting: "waiting",
    }[type(event)]  # fmt: skip


def _doc(event: Event) -> dict[str, object]:
    doc = to_doc(event)
    if isinstance(event, FirstError):
        doc["group"] = to_doc(event.group)
    return doc
