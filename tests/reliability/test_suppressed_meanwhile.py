"""People who are suppressed while a run goes on: nobody asks about them any more."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from leadsync.core.engine.running import drive
from leadsync.core.suppression import suppress
from tests.reliability.run_making import hasty, people, started
from tests.reliability.test_worker import a_paid_column
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.workspace import Workspace

LAST = "p199@company199.example"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer().running() as running:
        yield running


@pytest.fixture
def workspace(asking_on_each_engine: Workspace) -> Workspace:
    return asking_on_each_engine


def test_who_is_suppressed_before_a_cell_is_claimed_is_left_out(
    workspace: Workspace, server: HttpServer
) -> None:
    def script(request: Request) -> Reply:
        if request.number == 1:
            suppress(workspace, [LAST, "company198.example"])
        return Reply(body={"text": "Hello"})

    server.script = script
    people(workspace, 200)
    a_paid_column(workspace, server)
    result = drive(workspace, started(workspace, "about", concurrency=2).id, pace=hasty())
    assert result.skipped == {"suppressed": 2}
    assert len(server.requests) == 198


def test_who_is_suppressed_while_a_claimed_cell_waits_is_left_out_too(
    workspace: Workspace, server: HttpServer
) -> None:
    later = threading.Event()

    def script(request: Request) -> Reply:
        if request.number == 1:
            suppress(workspace, ["p9@company9.example"])
            later.set()
        return Reply(body={"text": "Hello"})

    def now() -> float:
        return time.time() + (3 if later.is_set() else 0)

    server.script = script
    people(workspace, 10)  # all claimed at once
    a_paid_column(workspace, server)
    run = started(workspace, "about", concurrency=1)
    result = drive(workspace, run.id, pace=hasty(now=now))
    assert result.skipped == {"suppressed": 1}
    assert len(server.requests) == 9
