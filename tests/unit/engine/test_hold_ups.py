"""What a run waits for, in words."""

from __future__ import annotations

from leadsync.cli.wait_lines import WaitLines
from leadsync.core.engine.events import Progress
from leadsync.core.engine.hold_ups import HoldUps


def test_each_cause_has_its_next_try_and_is_forgotten_after_it() -> None:
    now = 100.0
    held = HoldUps(lambda: now)
    held.note("pdl answers with 429", 130.0)
    held.note("pdl answers with 429", 112.0)
    held.note("pdl answers with 500", 140.0)
    assert held.tell([("pdl asks for a pause", 150.0)]) == (
        "pdl answers with 429, next try in 12 s",
        "pdl answers with 500, next try in 40 s",
    )
    now = 145.0
    assert held.tell([("pdl asks for a pause", 150.0)]) == (
        "pdl asks for a pause, next try in 5 s",
    )
    assert held.tell([]) == ()


def test_a_run_that_stands_still_is_told_soon_and_then_every_half_minute() -> None:
    now, said = 0.0, list[str]()
    lines = WaitLines(said.append, lambda: now)
    progress = Progress(
        3, 16, 299, 0, {}, 0, waiting_for=("pdl answers with 429, next try in 9 s",)
    )
    for second in range(70):
        now = float(second)
        lines.show(progress)
        lines.show(Progress(4, 1, 2, 1, {}, 0))
    assert said == ["run 3: 16 of 299; pdl answers with 429, next try in 9 s"] * 3
