"""Marks of requests in the journal: before they leave, ahead of their place, or only afterwards."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from leadsync.core.engine.enricher import CallRequest
from leadsync.core.models import CallState
from tests.providers.verifying import a_network, verify
from tests.reliability.run_making import a_workspace, an_ai_column, enrich, people
from tests.reliability.test_run_processes import a_process
from tests.servers.dns_server import DNSServer, Records
from tests.servers.openai_server import OpenAIServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leadsync.core.store.protocol import Store

WIDTH = 8  # of the driver's process
AHEAD = 2
LEADS = 30
LONG_S = 60.0


def marked(store: Store) -> int:
    """Requests that the journal has without an answer."""
    return sum(call.state is CallState.SENT for call in store.calls(run_id=1))


def until(holds: Callable[[], bool]) -> None:
    """What another process writes can only be looked at again and again."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it never came true"
        threading.Event().wait(0.01)


def test_what_may_cost_has_its_mark_before_it_leaves(server: OpenAIServer, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with a_workspace(server.url, tmp_path) as workspace:
        people(workspace, LEADS)
        an_ai_column(workspace)

        def look(_request: Request) -> Reply:
            with a_workspace(server.url, tmp_path) as another:
                seen.append((len(server.requests), len(another.store.calls(run_id=1))))
            return Reply()

        server.behave = look
        result = enrich(workspace, "intro", concurrency=WIDTH)
    assert result.counts == {"value": LEADS}
    assert all(marks >= requests for requests, marks in seen)


def test_a_look_up_that_is_free_is_written_down_with_its_answer_only(tmp_path: Path) -> None:
    marks: list[int] = []

    def look_up(name: str) -> Records | None:
        if not name.endswith("acme.de"):
            return None
        with a_workspace("", tmp_path) as another:
            marks.append(marked(another.store))
        return {"MX": [f"10 {name}"], "A": ["127.0.0.1"]}

    with DNSServer(look_up=look_up).running() as dns, a_network(dns, tmp_path) as workspace:
        result = verify(workspace, *[f"ada@n{number}.acme.de" for number in range(5)])
        calls = workspace.store.calls(run_id=1)
    assert result.counts == {"value": 5}
    assert set(marks) == {0}
    assert [(call.state, call.cost_usd_micros, len(call.lead_ids)) for call in calls] == [
        (CallState.ANSWERED, 0, 1)
    ] * 5


@pytest.mark.parametrize("most", [1, None])
def test_what_costs_or_may_cost_is_not_free_to_go_without_a_mark(most: int | None) -> None:
    with pytest.raises(ValueError, match="free"):
        CallRequest("dns", "mx", {}, max_usd_micros=most, is_harmless=True)


def test_after_a_kill_marks_ahead_count_as_maybe_billed_and_are_asked_once_more(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.behave = lambda _request: Reply(delay_s=LONG_S)
    store = f"sqlite:///{tmp_path}/leadsync.db"
    with a_workspace(server.url, tmp_path, store) as workspace:
        people(workspace, LEADS)
        an_ai_column(workspace)
        process = a_process(tmp_path, store, server.url, "start")
        server.wait_for(WIDTH)
        until(lambda: marked(workspace.store) == WIDTH + AHEAD)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert len(server.requests) == WIDTH

        server.behave = lambda _request: Reply()
        last = a_process(tmp_path, store, server.url, "resume", "1")
        out, _ = last.communicate(timeout=60)
        assert last.returncode == 0, out
        calls = workspace.store.calls(run_id=1)
        _, open_calls = workspace.store.spending(1)
    lost = [call for call in calls if call.state is CallState.LOST]
    assert [call.cost_usd_micros for call in lost] == [None] * (WIDTH + AHEAD)
    assert {call.id for call in open_calls} == {call.id for call in lost}
    assert len(server.requests) == LEADS + WIDTH
