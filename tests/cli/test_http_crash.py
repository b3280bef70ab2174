"""HTTP columns whose process is killed: nothing that may be billed is sent a second time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.config import load_config
from leadsync.core.engine.callback_receiver import CallbackReceiver
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.running import resume
from leadsync.core.models import Reason
from leadsync.core.workspace import Workspace
from tests.providers.http_columns import CALLBACK_SECRET, allow, an_http_column, cells
from tests.reliability.run_making import enrich, hasty, people, plan_of
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli


class Slow:
    """A server that answers nobody before `may_answer` is set."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()

    def __call__(self, request: Request) -> Reply:
        if not self.may_answer.is_set():
            return Reply(body={}, delay_s=30)
        if request.method == "POST":
            return Reply(body={"text": "posted", "id": "7"})
        return Reply(body={"text": "done"})


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def server(slow: Slow) -> Iterator[HttpServer]:
    with HttpServer(slow).running() as running:
        yield running


@pytest.fixture
def asked(either_cli: Cli, server: HttpServer, tmp_path: Path) -> Cli:
    """One lead."""
    allow(tmp_path / "home", server.url)
    either_cli.environment |= {
        "LEADSYNC_CALLBACK_SECRET": CALLBACK_SECRET,
        "LEADSYNC_SERVE_URL": "https://crm.example",
    }
    return either_cli


def a_column(workspace: Workspace, server: HttpServer, **config: Any) -> None:
    given: dict[str, Any] = {
        "method": "POST", "params": {}, "max_age_days": 0, "price_usd": "0.01",
        "body": {"email": "{{ email }}"},
    }  # fmt: skip
    people(workspace, 1)
    an_http_column(workspace, server.url, **(given | config))


def opened(cli: Cli) -> Workspace:
    return Workspace.open(load_config(environment=cli.environment))


def kill_in_flight(cli: Cli, server: HttpServer) -> None:
    process = cli.start("enrich", "--column", "asked", "--yes")
    server.wait_for(1)
    process.kill()
    process.communicate()


def test_a_post_without_a_key_is_unknown_after_a_kill_and_goes_again_on_request_only(
    asked: Cli, server: HttpServer, slow: Slow
) -> None:
    with opened(asked) as workspace:
        a_column(workspace, server)
        kill_in_flight(asked, server)
        slow.may_answer.set()
        result = resume(workspace, 1, pace=hasty())
        assert result.counts == {Reason.UNKNOWN: 1}
        assert "maybe billed" in result.errors[0].detail
        assert enrich_nothing(workspace)
        assert len(server.requests) == 1
        enrich(workspace, "asked", scope=Scope.FAILED, reason=Reason.UNKNOWN)
        assert len(server.requests) == 2
        assert cells(workspace, "asked") == ["posted"]


def enrich_nothing(workspace: Workspace) -> bool:
    """Whether a run would find nothing to do."""
    return plan_of(workspace, "asked").cells == 0


def test_a_post_with_a_key_goes_again_after_a_kill_under_the_same_key(
    asked: Cli, server: HttpServer, slow: Slow
) -> None:
    with opened(asked) as workspace:
        a_column(workspace, server, idempotency_header="Idempotency-Key")
        kill_in_flight(asked, server)
        slow.may_answer.set()
        assert resume(workspace, 1, pace=hasty()).counts == {Reason.VALUE: 1}
    first, second = (request.headers["idempotency-key"] for request in server.requests)
    assert first == second


def test_a_callback_is_waited_for_after_a_kill(asked: Cli, server: HttpServer, slow: Slow) -> None:
    body = {"email": "{{ email }}", "to": "{{ callback_url }}"}
    with opened(asked) as workspace:
        a_column(workspace, server, mode="callback", interval_s=0.2, body=body)
        kill_in_flight(asked, server)
        slow.may_answer.set()
        (sent,) = server.requests
        token = sent.json["to"].rpartition("/")[2]
        receipt = CallbackReceiver(workspace).receive(token, {}, b'{"text": "called"}')
        assert receipt.status == 200
        assert resume(workspace, 1, pace=hasty()).counts == {Reason.VALUE: 1}
        assert cells(workspace, "asked") == ["called"]
    assert len(server.requests) == 1


def test_a_result_is_polled_for_after_a_kill(asked: Cli, server: HttpServer, slow: Slow) -> None:
    with opened(asked) as workspace:
        a_column(
            workspace, server, mode="poll", interval_s=0.2, handle="body.id", done="body.text",
            poll_url=server.url + "/jobs/{{ handle }}",
        )  # fmt: skip
        server.script = lambda request: (
            Reply(202, {"id": 7}) if request.method == "POST" else Reply(body={})
        )
        process = asked.start("enrich", "--column", "asked", "--yes")
        server.wait_for(2)
        process.kill()
        process.communicate()
        server.script = lambda _request: Reply(body={"text": "done"})
        assert resume(workspace, 1, pace=hasty()).counts == {Reason.VALUE: 1}
        assert cells(workspace, "asked") == ["done"]
    assert [request.method for request in server.requests].count("POST") == 1
