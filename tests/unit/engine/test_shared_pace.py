"""The pace that processes share: moments evenly apart, cuts, climbing back, pauses."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import random
from typing import Any

import pytest

from leadsync.core.engine.enricher import CallFailed
from leadsync.core.engine.limiter import FAILURES_TO_OPEN, PROBES, Limiter
from leadsync.core.engine.shared_pace import Seen, joined, paused, rate_of, refused, reserve, told

NOW = 1_800_000_000.0
MANY_REFUSED = Seen("a", sent_at=NOW, sent=60, accepted_per_s=40.0, refused_share=0.4)
SOME_REFUSED = Seen("a", sent_at=NOW, sent=60, accepted_per_s=54.0, refused_share=0.1)
ONE_REFUSED = Seen("a", sent_at=NOW, sent=60, accepted_per_s=59.0, refused_share=0.02)


def test_moments_of_two_processes_are_evenly_apart_and_below_the_limit() -> None:
    state, first = reserve({}, 50, NOW, 5)
    state, second = reserve(state, 50, NOW, 5)
    moments = [*first.moments, *second.moments]
    assert moments[0] == NOW
    gaps = [b - a for a, b in itertools.pairwise(moments)]
    assert gaps == pytest.approx([1 / 49] * 9)


def test_no_moment_is_given_away_more_than_a_second_ahead() -> None:
    state, first = reserve({}, 2, NOW, 50)
    assert first.moments == pytest.approx([NOW, NOW + 1 / 1.96])
    _, second = reserve(state, 2, NOW, 50)
    assert second.moments == ()
    assert second.free_at > NOW


def test_without_a_known_limit_nothing_is_paced() -> None:
    state, reserved = reserve({}, None, NOW, 5)
    assert (state, reserved.rate, reserved.moments) == ({}, None, ())


def test_a_pause_holds_for_everybody() -> None:
    _, reserved = reserve(paused({}, NOW + 30), 50, NOW, 5)
    assert (reserved.moments, reserved.free_at) == ((), NOW + 29)
    _, later = reserve(paused({}, NOW + 30), 50, NOW + 30, 1)
    assert later.moments == (NOW + 30,)


def test_refusals_cut_the_rate_once_and_it_climbs_back_to_the_limit() -> None:
    assert refused({}, 50, NOW, ONE_REFUSED) == {}
    state = refused({}, 50, NOW, SOME_REFUSED)
    taken = 49 * 0.9
    assert rate_of(state, 50, NOW) == pytest.approx(taken * 0.98)
    assert refused(state, 50, NOW + 0.3, SOME_REFUSED) == state
    assert rate_of(state, 50, NOW + 30) == pytest.approx(taken * 0.98)
    assert rate_of(state, 50, NOW + 1e9) == pytest.approx(49)


def test_a_rate_that_was_refused_is_not_tried_again_for_a_minute() -> None:
    learned: dict[str, Any] = refused({}, None, NOW, MANY_REFUSED)
    later = Seen("a", sent_at=NOW + 10, sent=60, accepted_per_s=50.0, refused_share=0.0)
    state = refused(learned, None, NOW + 10, later)
    high = state["high"]
    assert max(rate_of(state, None, NOW + 10 + s) or 0 for s in range(60)) <= high * 0.98
    assert (rate_of(state, None, NOW + 80) or 0) > high


def test_a_limit_that_the_provider_names_holds_like_one_that_we_know() -> None:
    assert rate_of(told({}, 10), None, NOW) == pytest.approx(9.8)
    assert rate_of(told({}, 10), 5, NOW) == pytest.approx(4.9)


def test_many_refusals_cut_to_what_the_provider_takes() -> None:
    state: dict[str, Any] = refused({}, None, NOW, MANY_REFUSED)
    assert rate_of(state, None, NOW) == pytest.approx(39.2)
    fewer = Seen("a", sent_at=NOW + 1, sent=40, accepted_per_s=10, refused_share=0.7)
    assert rate_of(refused(state, None, NOW + 1, fewer), None, NOW + 1) == pytest.approx(
        39.2 * 1.02 / 2 * 0.98
    )
    assert refused({}, None, NOW, ONE_REFUSED) == {}
    assert (rate_of(state, None, NOW + 60) or 0) > 1000


def test_one_refusal_in_a_process_that_sends_a_third_cuts_no_known_limit() -> None:
    seen = Seen("a", sent_at=NOW, sent=16, accepted_per_s=15, refused_share=1 / 16)
    assert refused({}, 50, NOW, seen) == {}


def test_a_limit_is_found_by_a_run_of_refusals_and_kept_after_a_pause() -> None:
    scattered = Seen("a", sent_at=NOW, sent=56, accepted_per_s=50, refused_share=6 / 56)
    assert refused({}, None, NOW, scattered) == {}
    state = refused({}, None, NOW, dataclasses.replace(scattered, is_run=True))
    _, reserved = reserve(state, None, NOW, 5)
    assert reserved.moments[0] == pytest.approx(NOW + 1)
    assert rate_of(state, None, NOW) == pytest.approx(49)


def test_a_provider_that_only_fails_is_left_alone_then_probed_and_taken_back() -> None:
    clock = [NOW]
    limiter = Limiter(8, lambda: clock[0], break_s=5)

    async def ask(status: int) -> None:
        async with limiter.slot(lambda: None) as slot:
            slot.heard(status, {}, is_paced=False)

    async def scenario() -> None:
        for _ in range(FAILURES_TO_OPEN):
            await ask(500)
        assert (limiter.breaks, int(limiter.allowed)) == (1, 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await ask(200)
        for _ in range(PROBES):
            clock[0] += 61
            await ask(500)
        assert limiter.pause() == ("only fails (it answers with 500)", clock[0] + 60)
        with pytest.raises(CallFailed) as failed:  # no more waiting: it fails at once
            await ask(200)
        assert "only fails (it answers with 500)" in str(failed.value.outcome)
        clock[0] += 61
        await ask(200)
        assert (limiter.breaks, int(limiter.allowed)) == (0, 4)

    asyncio.run(scenario())


@pytest.mark.parametrize(("share", "at_least"), [(0.01, 34), (0.05, 28)])
def test_refusals_at_random_do_not_wear_the_rate_down(share: float, at_least: float) -> None:
    chance, state, now = random.Random(1), dict[str, Any](), NOW
    sent: list[float] = []
    refusals: list[float] = []
    while now < NOW + 120:
        now += 1 / (rate_of(state, 50, now) or 50)
        sent = [at for at in sent if at > now - 1] + [now]
        refusals = [at for at in refusals if at > now - 1]
        if chance.random() < share:
            refusals.append(now)
            of_all = len(refusals) / len(sent)
            seen = Seen("a", now, len(sent), max(1, len(sent) - len(refusals)), of_all)
            state = refused(state, 50, now, seen)
    rate = rate_of(state, 50, now)
    assert rate is not None
    assert rate > at_least


def test_a_limit_that_has_become_much_lower_is_followed() -> None:
    state: dict[str, Any] = {"best": 50.0, "bestAt": NOW - 60, "rateAt": NOW - 60, "rate": 48.0}
    crowded = Seen("a", sent_at=NOW, sent=48, accepted_per_s=10.0, refused_share=0.8)
    assert rate_of(refused(state, 50, NOW, crowded), 50, NOW) == pytest.approx(
        24.5 * 0.98, rel=0.05
    )


def test_processes_that_find_a_limit_together_share_the_whole_of_it() -> None:
    first = Seen("a", sent_at=NOW, sent=24, accepted_per_s=20.0, refused_share=0.2, is_run=True)
    second = Seen("b", sent_at=NOW, sent=32, accepted_per_s=30.0, refused_share=0.1)
    state = refused({}, None, NOW, first)
    for _ in range(2):  # an answer that comes late tells the same once more
        state = joined(state, NOW + 0.5, second)
    assert rate_of(state, None, NOW) == pytest.approx(50 * 0.98)
    assert joined(state, NOW + 2, dataclasses.replace(second, member="c")) == state
