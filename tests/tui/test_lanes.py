"""The threads that ask the store end before it is closed."""

from __future__ import annotations

import threading

import pytest

from leadsync.tui.opening import Lanes
from tests.tui.holding import LONGEST_S


@pytest.mark.parametrize("name", ["window", "search", "writing"])
def test_what_is_under_way_in_a_lane_is_done_before_the_store_is_closed(name: str) -> None:
    lanes, begun, gate = Lanes(), threading.Event(), threading.Event()
    order: list[str] = []

    def work() -> None:
        begun.set()
        gate.wait(LONGEST_S)
        order.append("done")

    def close() -> None:
        lanes.close()
        order.append("closed")

    getattr(lanes, name).ask("topic", work)
    assert begun.wait(LONGEST_S)
    closing = threading.Thread(target=close)
    closing.start()
    closing.join(0.1)  # time enough to go on too early
    gate.set()
    closing.join()
    assert order == ["done", "closed"]
