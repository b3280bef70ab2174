"""Arming columns and working without somebody who watches, from the command line."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.servers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer().running() as running:
        yield running


@pytest.fixture
def armed(cli: Cli, leads_csv: Path, server: OpenAIServer) -> Cli:
    """Three leads and an armed column."""
    cli.environment |= {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-planted-0123456789"}
    cli.ok("import", leads_csv)
    cli.ok("columns", "add", "pitch", "--prompt", "Write to {{ first_name }}.")
    assert cli("columns", "arm", "pitch").code == 4
    said = cli.ok("columns", "arm", "pitch", "--usd-per-day", "2").err
    assert "at most $2.00 a day" in said
    return cli


def test_a_worker_in_cron_fills_armed_columns_and_ends(armed: Cli, server: OpenAIServer) -> None:
    assert "run 1 done: 3 value" in armed.ok("worker", "--once").err
    assert armed.ok("worker", "--once").err == ""
    assert armed.ok("columns", "list").lines[-1].endswith("$2.00 a day")
    assert armed.ok("columns", "arm", "pitch", "--json").json["armed"] is True
    assert armed.ok("columns", "disarm", "pitch", "--json").json["armed"] is False
    assert "no; at most $2.00 a day" in armed.ok("columns", "list").out
    armed.ok("leads", "edit", "1", "--set", "first_name=Augusta")
    armed.ok("worker", "--once")
    assert len(server.requests) == 3


def test_a_held_column_rests_and_the_worker_says_so(armed: Cli, server: OpenAIServer) -> None:
    armed("enrich", "--column", "pitch", "--yes", "--max-cost", "0")
    rests = armed("worker", "--once")
    assert rests.code == 3
    assert "pitch rests: run 1 is held: cap: " in rests.err
    assert "leadsync runs resume 1 --max-cost" in rests.err
    (event,) = [json.loads(line) for line in armed("worker", "--once", "--json").lines]
    assert event["event"] == "trouble"
    assert event["words"].startswith("pitch rests: run 1 is held: cap: ")
    said = armed.ok("runs", "stop", "1").err
    assert "nothing is left to stop: it is held (cap: " in said
    assert server.requests == []


def test_a_worker_works_until_it_is_stopped(armed: Cli, server: OpenAIServer) -> None:
    process = armed.start("worker")
    server.wait_for(3)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"run 1" in said
