"""`leadsync serve` and HTTP columns, as processes over sockets."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import urllib.parse
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.config import load_config
from leadsync.core.workspace import Workspace
from tests.providers.http_columns import CALLBACK_SECRET, CRM_TOKEN, allow, an_http_column, cells
from tests.reliability.run_making import people
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli


class Caller:
    """A provider that takes a job, and calls back when it is told to."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []

    def __call__(self, request: Request) -> Reply:
        self.jobs.append(request.json)
        return Reply(202, {})

    def call_back(self) -> list[int]:
        return [
            post(job["to"], {"text": f"Called {job['email']}"}).status for job in list(self.jobs)
        ]


def post(url: str, body: Any) -> http.client.HTTPResponse:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.request("POST", parts.path, json.dumps(body))
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.fixture
def provider() -> Caller:
    return Caller()


@pytest.fixture
def server(provider: Caller) -> Iterator[HttpServer]:
    with HttpServer(provider).running() as running:
        yield running


@pytest.fixture
def asked(either_cli: Cli, server: HttpServer, tmp_path: Path) -> Cli:
    """Three leads, and a column whose results are called back."""
    allow(tmp_path / "home", server.url)
    either_cli.environment |= {"LEADSYNC_CALLBACK_SECRET": CALLBACK_SECRET}
    with opened(either_cli) as workspace:
        people(workspace, 3)
        body = {"email": "{{ email }}", "to": "{{ callback_url }}"}
        an_http_column(
            workspace, server.url, mode="callback", method="POST", params={}, body=body,
            price_usd=0, interval_s=0.2,
        )  # fmt: skip
    return either_cli


def opened(cli: Cli) -> Workspace:
    """The workspace of a command line, in this process."""
    return Workspace.open(load_config(environment=cli.environment))


def found(cli: Cli, key: str) -> list[Any]:
    with opened(cli) as workspace:
        return cells(workspace, key)


@contextmanager
def serving(cli: Cli) -> Iterator[subprocess.Popen[bytes]]:
    """A process of `leadsync serve` at a free port; LEADSYNC_SERVE_URL says where."""
    process = cli.start("serve", "--port", "0")
    try:
        assert process.stderr is not None
        first = process.stderr.readline().decode()
        found = re.search(r"taken at (http://\S+);", first)
        assert found, first
        cli.environment["LEADSYNC_SERVE_URL"] = found[1]
        yield process
    finally:
        process.kill()
        process.communicate()


def test_an_enrich_that_waits_gets_what_is_called_back(
    asked: Cli, server: HttpServer, provider: Caller
) -> None:
    with serving(asked):
        running = asked.start("enrich", "--column", "asked", "--yes")
        server.wait_for(3)
        assert provider.call_back() == [200, 200, 200]
        _, said = running.communicate(timeout=40)
    assert running.returncode == 0, said
    assert found(asked, "asked") == [f"Called p{n}@company{n}.example" for n in range(3)]
    assert "callback" in asked.ok("why", "1", "asked").out


def test_serve_settles_what_nobody_waits_for_and_ends_in_order(
    asked: Cli, server: HttpServer, provider: Caller
) -> None:
    with serving(asked) as process:
        running = asked.start("enrich", "--column", "asked", "--yes")
        assert running.stderr is not None
        for line in running.stderr:
            if b"wait for an answer" in line:
                break
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=40)
        assert running.returncode == 130
        assert provider.call_back() == [200, 200, 200]
        assert process.stderr is not None
        said = b""
        while b"run 1 done" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert found(asked, "asked") == [f"Called p{n}@company{n}.example" for n in range(3)]


def test_what_is_sent_by_others_is_answered_and_harms_nothing(cli: Cli) -> None:
    cli.environment["LEADSYNC_CALLBACK_SECRET"] = CALLBACK_SECRET
    with serving(cli) as process:
        base = cli.environment["LEADSYNC_SERVE_URL"]
        port = int(base.rpartition(":")[2])
        assert post(f"{base}/callbacks/nobody", {}).status == 404
        assert post(f"{base}/", {}).status == 404
        head = b"POST /callbacks/x HTTP/1.1\r\nHost: x\r\n"
        answers = {
            b"GET /callbacks/x HTTP/1.1\r\nHost: x\r\n\r\n": b"404",
            head + b"Content-Length: 100001\r\n\r\n" + b"x" * 100_001: b"413",
            head + b"Content-Length: 99999999999999999999\r\n\r\n": b"413",
            head + b"Content-Length: -1\r\n\r\n": b"400",
            head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n": b"411",
            head + b"X: " + b"x" * 20_000 + b"\r\n\r\n": b"431",
            b"\x16\x03\x01\x02\r\n\r\n": b"400",
            b"PO\x1b[2J\nST /callbacks/x HTTP/1.1\r\n\r\n": b"400",
            head + b"Content-Length: 5\r\n\r\nab": b"400",
        }
        for sent, status in answers.items():
            assert raw(port, sent).split(b" ")[1] == status, sent[:80]
        assert process.poll() is None


def raw(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while part := connection.recv(65_536):
            found += part
    return found


def test_serve_needs_its_key_and_a_port(cli: Cli) -> None:
    result = cli("serve")
    assert result.code == 5
    assert "LEADSYNC_CALLBACK_SECRET" in result.err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = cli("serve", "--port", port, LEADSYNC_CALLBACK_SECRET=CALLBACK_SECRET)
    assert result.code == 4
    assert f"nobody can listen at 127.0.0.1:{port}" in result.err


def test_the_recipe_webhook_posts_each_lead_once(
    cli: Cli, server: HttpServer, tmp_path: Path
) -> None:
    allow(tmp_path / "home", server.url)
    with opened(cli) as workspace:
        people(workspace, 3)
    cli.ok("columns", "add", "--recipe", "webhook", "--set", f"url={server.url}/hook")
    planned = cli.ok("enrich", "--column", "webhook", "--dry-run").out
    assert "3 cells to run" in planned
    assert server.requests == []
    cli.ok("enrich", "--column", "webhook", "--yes")
    cli.ok("enrich", "--column", "webhook", "--yes", "--scope", "all")
    assert sorted(request.json["name"] for request in server.requests) == [
        "Person 0", "Person 1", "Person 2",
    ]  # fmt: skip
    assert found(cli, "webhook") == ["delivered"] * 3
    assert server.url.removeprefix("http://") in cli.ok("why", "1", "webhook").out


def test_a_column_file_with_a_key_is_held_until_the_host_is_listed(
    cli: Cli, tmp_path: Path
) -> None:
    with HttpServer(lambda _request: Reply(body={"score": 7})).running() as server:
        place = server.url.removeprefix("http://")
        (tmp_path / "columns.toml").write_text(
            f"""
            [[column]]
            key = "score"
            kind = "http"
            type = "number"
            [column.config]
            url = "{server.url}/score"
            params = {{ email = "{{{{ email }}}}" }}
            headers = {{ Authorization = 'Bearer {{{{ secret("CRM_TOKEN") }}}}' }}
            value = "score"
            price_usd = 0
            """,
            "utf-8",
        )
        allow(tmp_path / "home", server.url)
        with opened(cli) as workspace:
            people(workspace, 3)
        cli.environment["CRM_TOKEN"] = CRM_TOKEN
        cli.ok("columns", "apply", "columns.toml")
        result = cli("enrich", "--column", "score", "--yes")
        assert result.code == 5
        assert f"CRM_TOKEN@{place}" in result.err
        cli.ok("config", "set", "http_secrets", f"CRM_TOKEN@{place}")
        cli.ok("runs", "resume", "1")
        assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {CRM_TOKEN}"}
    assert found(cli, "score") == [7, 7, 7]
    home = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())
    assert CRM_TOKEN.encode() not in home
