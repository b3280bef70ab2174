"""What a run tells while it works, and at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import Exit
from leadsync.core.models import Reason, RunState, to_doc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.models import Doc

FAILURES = frozenset(
    {
        Reason.INVALID,
        Reason.AUTH,
        Reason.EXHAUSTED,
        Reason.REFUSED,
        Reason.THROTTLED,
        Reason.TRANSIENT,
        Reason.UNKNOWN,
    }
)
"""Reasons of settled cells that did not come to a value."""


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Failed cells that have the same cause.

    Attributes:
        detail: what the provider or a check said.
        lead_id: one lead that it happened to.
        remedy: what to do about it.
    """

    reason: str
    detail: str
    count: int
    lead_id: int
    remedy: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        settled: cells done, failed ones and skipped ones included.
        counts: settled cells by reason.
        eta_s: None while nothing can be said.
        waiting_for: why cells that failed are asked later, and when, a few words each.
    """

    run_id: int
    settled: int
    total: int
    in_flight: int
    counts: Mapping[str, int]
    cost_usd_micros: int
    eta_s: float | None = None
    waiting_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstError:
    """A cause of errors was seen for the first time in this run."""

    run_id: int
    group: ErrorGroup


@dataclass(frozen=True, slots=True)
class Stopping:
    """No new request leaves from now on.

    Attributes:
        in_flight: requests whose answers are awaited.
        at_most_usd_micros: what these may still cost; None where a price is unknown.
        late: cells that wait for an answer that comes later.
        late_usd_micros: what the work on these may cost, and is counted already; None: unknown.
    """

    run_id: int
    in_flight: int
    at_most_usd_micros: int | None
    late: int = 0
    late_usd_micros: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnHeld:
    """A column waits for a person; what is left of it stays in the queue."""

    run_id: int
    column_key: str
    why: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """All that is left of a column waits for answers that its provider gives later."""

    run_id: int
    column_key: str
    cells: int


Event = Progress | FirstError | Stopping | ColumnHeld | Waiting


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    Attributes:
        counts: settled cells by reason, over all drives of the run.
        skipped: cells that were not asked, by why, such as "title is blank".
        left: cells still in the queue.
        cost_usd_micros: what was paid, as far as prices are known.
        at_most_usd_micros: what lost answers may have cost beside that.
        unpriced_calls: answers whose price is not known.
        unpriced_lost: requests without an answer that may be billed, by a price nobody knows.
        units: what providers counted: `{"input_tokens": 812, …}`.
        reason: why it is held or stopped; empty when done.
        remedy: what to do now.
        pushed: what was pushed to armed tables at its end, a line each.
        push_problems: what could not be, a line each.
        is_last: no other process works on the run any more.
    """

    run_id: int
    state: RunState
    planned: int
    counts: Mapping[str, int]
    skipped: Mapping[str, int]
    left: int
    cost_usd_micros: int
    at_most_usd_micros: int = 0
    unpriced_calls: int = 0
    unpriced_lost: int = 0
    units: Mapping[str, float] = field(default_factory=dict[str, float])
    errors: tuple[ErrorGroup, ...] = ()
    reason: str = ""
    remedy: str = ""
    unit_id: int = 0
    pushed: tuple[str, ...] = ()
    push_problems: tuple[str, ...] = ()
    is_last: bool = True

    @property
    def failed(self) -> int:
        """Settled cells that did not come to a value."""
        return sum(number for reason, number in self.counts.items() if reason in FAILURES)

    @property
    def exit_code(self) -> Exit:
        """What the command that drove the run should exit with."""
        if self.state is RunState.HELD:
            return Exit.HELD
        if self.state is RunState.STOPPED:
            return Exit.STOPPED
        return Exit.PARTLY if self.failed or self.push_problems else Exit.DONE

    def to_doc(self) -> Doc:
        """The result as JSON."""
        doc: dict[str, Any] = to_doc(self)
        del doc["isLast"]
        doc["errors"] = [to_doc(group) for group in self.errors]
        return {**doc, "failed": self.failed, "exitCode": int(self.exit_code)}
