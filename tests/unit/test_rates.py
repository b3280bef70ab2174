"""Rates: how many messages an address or a hook may send a minute."""

from __future__ import annotations

from leadsync.core.inbound.rates import MOST_NAMES, Rates


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_comes_at_once_and_then_evenly() -> None:
    clock = Clock()
    rates = Rates(clock=clock)
    assert [rates.take("a", 3) for _ in range(4)] == [0, 0, 0, 20]
    assert rates.take("b", 3) == 0
    clock.now += 19
    assert rates.take("a", 3) == 1
    clock.now += 1
    assert [rates.take("a", 3) for _ in range(2)] == [0, 20]
    clock.now += 3600
    assert [rates.take("a", 3) for _ in range(4)] == [0, 0, 0, 20]


def test_of_very_many_names_the_quiet_ones_are_forgotten() -> None:
    rates = Rates(clock=Clock())
    assert [rates.take("loud", 1) for _ in range(2)] == [0, 60]
    for number in range(MOST_NAMES - 1):
        rates.take(str(number), 1)
        if number % 1000 == 0:
            assert rates.take("loud", 1) == 60
    rates.take("one more", 1)
    assert rates.take("0", 1) == 0
    assert rates.take("loud", 1) == 60
