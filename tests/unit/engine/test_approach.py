"""Coming near a limit that nobody has told."""

from __future__ import annotations

import itertools

import pytest

from leadsync.core.engine.approach import Approach

NOW = 1_800_000_000.0


def leaving(approach: Approach, seconds: float, begin: float = NOW) -> list[float]:
    """The moments at which requests leave that are always there."""
    moments: list[float] = []
    now = begin
    while (now := max(now, approach.due())) < begin + seconds:
        approach.left(now)
        moments.append(now)
        if len(moments) > 50_000:
            break
    return moments


def test_requests_leave_one_after_another_and_soon_as_many_as_there_are() -> None:
    moments = leaving(Approach(), 60)
    gaps = [b - a for a, b in itertools.pairwise(moments)]
    assert gaps[0] == pytest.approx(1 / 50, abs=1e-5)
    assert all(later <= sooner + 1e-6 for sooner, later in itertools.pairwise(gaps))
    assert 20 < sum(at < NOW + 0.3 for at in moments) < 40
    assert len(moments) > 50_000


def test_who_has_been_idle_begins_anew() -> None:
    approach = Approach()
    leaving(approach, 1)
    assert sum(at < NOW + 100.1 for at in leaving(approach, 0.2, NOW + 100)) < 10


def test_after_a_refusal_one_leaves_in_the_time_that_an_answer_takes() -> None:
    approach = Approach()
    now = leaving(approach, 1)[-1]
    approach.refused(now + 0.1, now)
    doubted = leaving(approach, 0.25, now + 0.1)
    assert len(doubted) == 3
    assert len(leaving(approach, 0.1, now + 0.4)) > 20
