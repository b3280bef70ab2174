"""HTTP columns whose process is killed: nothing that may be billed is sent a second time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.providers.http_columns import CALLBACK_SECRET, allow
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
    either_cli.ok("leads", "add", "--set", "email=ada@lovelace.example")
    return either_cli


def a_column(cli: Cli, server: HttpServer, *settings: str) -> None:
    given = [
        f"url={server.url}/x", "method=POST", "value=text", "max_age_days=0", "price_usd=0.01",
        'body={"email": "{{ email }}"}', *settings,
    ]  # fmt: skip
    words = [word for setting in given for word in ("--set", setting)]
    cli.ok("columns", "add", "asked", "--kind", "http", *words)


def kill_in_flight(cli: Cli, server: HttpServer, number: int = 1) -> None:
    process = cli.start("enrich", "--column", "asked", "--yes")
    server.wait_for(number)
    process.kill()
    process.communicate()


def test_a_post_without_a_key_is_unknown_after_a_kill_and_goes_again_on_request_only(
    asked: Cli, server: HttpServer, slow: Slow
) -> None:
    a_column(asked, server)
    kill_in_flight(asked, server)
    slow.may_answer.set()
    result = asked("runs", "resume", "1")
    assert result.code == 3
    assert "maybe billed" in result.err
    assert len(server.requests) == 1
    asked.ok("enrich", "--column", "asked", "--yes")
    assert len(server.requests) == 1
    asked.ok("enrich", "--column", "asked", "--yes", "--scope", "failed", "--reason", "unknown")
    assert len(server.requests) == 2
    assert asked.ok("leads", "count", "--where", "asked:posted").out.strip() == "1"


def test_a_post_with_a_key_goes_again_after_a_kill_under_the_same_key(
    asked: Cli, server: HttpServer, slow: Slow
) -> None:
    a_column(asked, server, "idempotency_header=Idempotency-Key")
    kill_in_flight(asked, server)
    slow.may_answer.set()
    asked.ok("runs", "resume", "1")
    first, second = (request.headers["idempotency-key"] for request in server.requests)
    assert first == second


def test_a_callback_is_waited_for_after_a_kill(asked: Cli, server: HttpServer, slow: Slow) -> None:
    a_column(
        asked, server, "mode=callback", "interval_s=0.2",
        'body={"email": "{{ email }}", "to": "{{ callback_url }}"}',
    )  # fmt: skip
    kill_in_flight(asked, server)
    slow.may_answer.set()
    (sent,) = server.requests
    token = sent.json["to"].rpartition("/")[2]
    receive(asked, token, b'{"text": "called"}')
    asked.ok("runs", "resume", "1")
    assert len(server.requests) == 1
    assert asked.ok("leads", "count", "--where", "asked:called").out.strip() == "1"


def receive(cli: Cli, token: str, body: bytes) -> None:
    """Take a callback, as `leadsync serve` does."""
    from leadsync.core.config import load_config
    from leadsync.core.engine.callback_receiver import CallbackReceiver
    from leadsync.core.workspace import Workspace

    with Workspace.open(load_config(environment=cli.environment)) as workspace:
        assert CallbackReceiver(workspace).receive(token, {}, body).status == 200
