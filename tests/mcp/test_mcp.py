"""The MCP server as its clients have it: the official client, over the two streams of a process."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters

from leadsync.core.access.rights import Right
from leadsync.core.columns.definitions import ColumnSpec, add_column
from leadsync.core.models import ColumnType
from leadsync.core.store.sqlite.store import SqliteStore
from tests.conftest import ROOT
from tests.contract.making import a_campaign, a_column, a_workspace, some_leads
from tests.entering import ACTOR, a_token, a_user
from tests.servers.openai_server import OpenAIServer, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

KEY = "sk-never-told-0123456789abcdef"
PEOPLE = 12
WRONG_WORDS: list[tuple[str, dict[str, Any], str]] = [
    ("read_lead", {}, ' needs "lead": a text or a whole number'),
    ("search_leads", {"limit": 200}, ': "limit" is a whole number from 1 to 100, not 200'),
    (
        "plan_run",
        {"column": "pitch", "limit": 0},
        ': "limit" is a whole number of at least 1, not 0',
    ),
    ("search_leads", {"columns": "title"}, ': "columns" is a list of texts, not "title"'),
    ("read_run", {"run": 1, "wait_s": "x"}, ': "wait_s" is a number from 0 to 60, not "x"'),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with a few people and an AI column."""
    with closing(SqliteStore(tmp_path / "leadsync.db")) as store:
        campaign = a_campaign(store, "Founders")
        a_column(store, "title")
        a_column(store, "notes")
        some_leads(
            store,
            campaign,
            [
                {
                    "email": f"p{number}@people.example",
                    "name": f"Person {number}",
                    "title": "Head of Engines" if number % 2 else "CTO",
                    "notes": "long " * 500 if number == 0 else None,
                }
                for number in range(PEOPLE)
            ],
        )
        workspace = a_workspace(store, tmp_path)
        config = {"prompt": "A line for {{ name }}, {{ title }}", "max_output_tokens": 100}
        add_column(workspace, ColumnSpec("pitch", "Pitch", "ai", ColumnType.LONG_TEXT, config))
    return tmp_path


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    """A loopback model."""
    with OpenAIServer().running() as server:
        yield server


@asynccontextmanager
async def client_of(home: Path, *words: str, **environment: str) -> AsyncIterator[Client]:
    """A client whose server is a process of its own."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "leadsync", "mcp", *words],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LEADSYNC_HOME": str(home),
            "USER": "ada",
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "OPENAI_API_KEY": KEY,
            **environment,
        },
    )
    async with Client(server, read_timeout_seconds=60) as client:
        yield client


async def asked(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The answer of a tool that must succeed."""
    result = await client.call_tool(tool, arguments)
    text = "".join(getattr(part, "text", "") for part in result.content)
    assert not result.is_error, text
    assert KEY not in text
    found = result.structured_content or json.loads(text)
    return found.get("result", found) if set(found) == {"result"} else found


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """The words of a tool that must not succeed."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return "".join(getattr(part, "text", "") for part in result.content)


def spent(home: Path) -> int:
    """What the journal has, in millionths of a dollar."""
    with closing(SqliteStore(home / "leadsync.db")) as store:
        return sum(cost.cost_usd_micros or 0 for cost in store.costs())


def test_a_client_reads_what_it_may_and_runs_nothing_without_a_cap(
    home: Path, model: OpenAIServer
) -> None:
    async def talk() -> None:
        async with client_of(home, OPENAI_BASE_URL=model.url) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {
                "describe_workspace", "search_leads", "count_leads", "read_lead", "explain_cell",
                "plan_run", "list_runs", "read_run", "run_column", "stop_run",
            }  # fmt: skip
            for name, tool in tools.items():
                assert tool.description
                assert tool.input_schema["type"] == "object"
                is_read = tool.annotations is not None and tool.annotations.read_only_hint
                assert is_read is (name not in ("run_column", "stop_run"))
            assert "limit" in tools["search_leads"].input_schema["properties"]

            about = await asked(client, "describe_workspace")
            assert about["leads"] == PEOPLE
            assert "pitch" in [column["key"] for column in about["columns"]]

            page = await asked(client, "search_leads", where='title:"head of"',
                               columns=["title"], limit=4)  # fmt: skip
            assert page["total"] == 6
            assert [row["title"] for row in page["leads"]] == ["Head of Engines"] * 4
            rest = await asked(client, "search_leads", where='title:"head of"',
                               limit=4, offset=page["nextOffset"])  # fmt: skip
            assert len(rest["leads"]) == 2
            assert rest["nextOffset"] is None

            counted = await asked(client, "count_leads", by="title")
            assert {v["value"]: v["leads"] for v in counted["values"]} == {
                "Head of Engines": 6, "CTO": 6,
            }  # fmt: skip

            plan = await asked(client, "plan_run", column="pitch", where="title:cto")
            assert plan["run"] == 6
            assert plan["maxUsdMicros"] > 0

            words = await refused(client, "run_column", column="pitch")
            assert "this server only reads" in words
            assert "--max-cost" in words

    asyncio.run(talk())
    assert model.requests == []
    assert spent(home) == 0


def test_a_server_as_the_page_starts_it_answers_long_cells_and_wrong_words_short(
    home: Path,
) -> None:
    page = (ROOT / "docs" / "mcp.md").read_text("utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    entry = json.loads(block)["mcpServers"]["leadsync"]
    assert [entry["command"], *entry["args"][:1]] == ["leadsync", "mcp"]

    async def talk() -> None:
        async with client_of(home, *entry["args"][1:]) as client:
            row = (await asked(client, "search_leads", columns=["notes"], limit=1))["leads"][0]
            assert len(row["notes"]) == 300
            assert row["notes"].endswith("…")
            lead = await asked(client, "read_lead", lead="p0@people.example")
            assert lead["cells"]["notes"].startswith("long long")

            assert 'did you mean "title"' in await refused(
                client, "search_leads", where="titel:cto"
            )
            assert "lead" in await refused(client, "read_lead", lead="nobody@nowhere.example")
            assert "limit" in await refused(client, "search_leads", limit=100_000)

    asyncio.run(talk())


def test_arguments_that_a_tool_has_not_are_refused_with_those_that_it_has(
    home: Path, model: OpenAIServer
) -> None:
    """A filter under another name would else run the column for everybody."""

    async def talk() -> None:
        words, place = ("--max-cost", "5"), {"OPENAI_BASE_URL": model.url}
        async with client_of(home, *words, **place) as client:
            for tool in (await client.list_tools()).tools:
                assert tool.input_schema["additionalProperties"] is False, tool.name
                assert 'has no argument "zzz"' in await refused(client, tool.name, zzz=1)
            assert await refused(client, "run_column", column="pitch", filter="title:cto") == (
                'run_column has no argument "filter"; next: it takes column, where, campaign, scope,'
                " limit, wait_s"
            )
            assert 'no argument "max_cost"' in await refused(
                client, "run_column", column="pitch", max_cost=0.0
            )
            assert 'did you mean "campaign"?' in await refused(
                client, "plan_run", column="pitch", campaing="Founders"
            )
            assert (await asked(client, "list_runs"))["runs"] == []

    asyncio.run(talk())
    assert model.requests == []


def test_wrong_arguments_are_told_in_sentences_of_ours(home: Path) -> None:
    async def talk() -> None:
        async with client_of(home) as client:
            for tool, arguments, words in WRONG_WORDS:
                assert await refused(client, tool, **arguments) == f"{tool}{words}"
            assert (await refused(client, "read_lead", lead="9999")).startswith('no lead "9999"')
            (row,) = (await asked(client, "search_leads", limit=1))["leads"]
            by_number = await asked(client, "read_lead", lead=row["id"])
            assert by_number == await asked(client, "read_lead", lead=str(row["id"]))
            assert (await asked(client, "explain_cell", lead=row["id"], column="notes"))["story"]

    asyncio.run(talk())


def test_an_answer_of_many_long_cells_stays_within_what_the_page_says(home: Path) -> None:
    with closing(SqliteStore(home / "leadsync.db")) as store:
        keys = [f"essay_{number}" for number in range(30)]
        for key in keys:
            a_column(store, key)
        some_leads(store, 1, [{"email": "long@people.example", "title": "CTO",
                               **dict.fromkeys(keys, "Zeile \"eins\"\n" * 430)}])  # fmt: skip

    async def talk() -> None:
        async with client_of(home) as client:
            lead = await asked(client, "read_lead", lead="long@people.example")
            assert 30_000 < len(json.dumps(lead, ensure_ascii=False)) <= 60_000
            assert lead["cells"]["title"] == "CTO"
            assert all(lead["cells"][key].endswith("…") for key in keys)

    asyncio.run(talk())


def test_runs_stay_within_the_cap_of_the_server_and_are_explained(
    home: Path, model: OpenAIServer
) -> None:
    """The cap holds over all runs: what one has spent, the next one has less."""

    async def talk() -> None:
        cap = "0.00012"  # enough for a few of the twelve
        environment = {"OPENAI_BASE_URL": model.url}
        async with client_of(home, "--max-cost", cap, **environment) as client:
            first = await asked(client, "run_column", column="pitch", limit=1, wait_s=60)
            assert first["counts"] == {"value": 1}
            assert first["isOver"]
            story = await asked(client, "explain_cell", lead="1", column="pitch")
            assert any("openai" in line for line in story["story"])
            assert any("Person 0" in line for line in story["story"])

            second = await asked(client, "run_column", column="pitch", wait_s=60)
            assert second["state"] == "held"
            assert second["left"] > 0
            assert (second["isOver"], second["isRunning"]) == (False, False)
            words = await refused(client, "run_column", column="pitch")
            assert "nothing is left of the $0.00012" in words
            assert "run 2 is held" in words
            assert "leadsync runs resume 2" in words

            runs = await asked(client, "list_runs")
            assert [run["actor"] for run in runs["runs"]] == ["ada (mcp)"] * 2
            told = await asked(client, "read_run", run=2)
            assert "cap" in told["reason"]

    asyncio.run(talk())
    assert 0 < spent(home) <= 120


def test_a_run_is_stopped_by_who_started_it(home: Path, model: OpenAIServer) -> None:
    model.behave = lambda _request: Reply(delay_s=2)

    async def talk() -> None:
        words = ("--max-cost", "5")
        async with client_of(home, *words, OPENAI_BASE_URL=model.url) as client:
            begun = await asked(client, "run_column", column="pitch", wait_s=0)
            assert (begun["isOver"], begun["isRunning"]) == (False, True)
            assert "goes on" in await refused(client, "run_column", column="pitch")
            ended = await asked(client, "stop_run", run=begun["runId"])
            assert ended["state"] == "stopped"
            assert ended["left"] > 0
            assert "was not started by this server" in await refused(client, "stop_run", run=99)

    asyncio.run(talk())


def test_what_was_paid_is_written_down_when_the_client_goes(
    home: Path, model: OpenAIServer
) -> None:
    model.behave = lambda _request: Reply(delay_s=1)

    async def talk() -> None:
        words = ("--max-cost", "5")
        async with client_of(home, *words, OPENAI_BASE_URL=model.url) as client:
            await asked(client, "run_column", column="pitch", wait_s=0)
            await asyncio.to_thread(model.wait_for, 1)

    asyncio.run(talk())
    with closing(SqliteStore(home / "leadsync.db")) as store:
        (run,) = store.runs()
        paid, lost = store.spending(run.id)
        assert run.state == "stopped"
        assert paid > 0
        assert [call for call in lost if call.cost_usd_micros != 0] == []  # none was sent
        assert store.count({"pitch": {"$exists": True}}) == run.counts["value"]


def test_a_client_in_practice_gets_simulated_values(home: Path) -> None:
    async def talk() -> None:
        async with client_of(home, "--max-cost", "1", "--practice") as client:
            assert (await asked(client, "describe_workspace"))["isPractice"]
            ended = await asked(client, "run_column", column="pitch", wait_s=60)
            assert ended["counts"]["value"] > 0
            page = await asked(client, "search_leads", columns=["pitch"])
            assert "(practice)" in str(page["leads"])

    asyncio.run(talk())


def test_the_rights_of_who_started_it_hold(home: Path, model: OpenAIServer) -> None:
    with closing(SqliteStore(home / "leadsync.db")) as store:
        user = a_user(store)
        reads = a_token(store, user, Right.READ)
        runs = a_token(store, user, Right.READ, Right.ENRICH)

    async def talk() -> None:
        words, place = ("--max-cost", "1"), {"OPENAI_BASE_URL": model.url}
        async with client_of(home, *words, LEADSYNC_TOKEN=reads, **place) as client:
            assert (await asked(client, "search_leads"))["total"] == PEOPLE
            await refused(client, "run_column", column="pitch")
        assert model.requests == []
        async with client_of(home, *words, LEADSYNC_TOKEN=runs, **place) as client:
            await asked(client, "run_column", column="pitch", limit=1, wait_s=60)
            (run,) = (await asked(client, "list_runs"))["runs"]
            assert run["actor"] == f"{ACTOR} (mcp)"

    asyncio.run(talk())
    assert len(model.requests) == 1


def test_a_terminal_is_told_who_talks_to_it(tmp_path: Path) -> None:
    keyboard, terminal = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "leadsync", "mcp"],
            stdin=terminal, capture_output=True, text=True, check=False, timeout=30,
            env={"PATH": os.environ["PATH"], "LEADSYNC_HOME": str(tmp_path), "USER": "ada"},
        )  # fmt: skip
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert (done.returncode, done.stdout) == (4, "")
    assert "an AI client talks to this command, not a terminal" in done.stderr
    assert "docs/mcp.md" in done.stderr


def test_help_loads_nothing_of_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['leadsync', '--help']\n"
        "from leadsync.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print([n for n in ('mcp', 'leadsync.core.practice', 'httpx2') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "mcp" in done.stdout
