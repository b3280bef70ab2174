"""Enriching from the command line, on both engines: from import to export, stopping, holding."""

from __future__ import annotations

import csv
import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli, on_both_engines
from tests.servers.openai_server import OpenAIServer, Reply, Request, error, text_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-planted-key-0123456789"
PROMPT = "Write to {{ first_name }}, {{ title }} at {{ company }}."


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer().running() as running:
        yield running


@pytest.fixture
def cli(engine_cli: Cli, leads_csv: Path, server: OpenAIServer) -> Cli:
    """Three leads and a column `pitch` that asks the server."""
    engine_cli.environment |= {
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": KEY,
        "LEADSYNC_RETRY_BASE_S": "0.01",
    }
    engine_cli.ok("import", leads_csv)
    engine_cli.ok("columns", "add", "pitch", "--prompt", PROMPT)
    return engine_cli


def pitches(cli: Cli) -> list[str | None]:
    rows = cli.ok("leads", "list", "--columns", "pitch", "--json").json
    return [row["pitch"] for row in rows]


def many_leads(cli: Cli, count: int) -> None:
    rows = "".join(f"lead{n}@many.example,Ann,Buyer,Firm {n}\n" for n in range(count))
    cli.ok("import", "-", stdin=f"Email,First Name,Title,Company\n{rows}")


@on_both_engines
def test_from_a_lead_file_to_an_enriched_export_and_back(
    cli: Cli, server: OpenAIServer, tmp_path: Path
) -> None:
    plan = cli.ok("enrich", "--column", "pitch", "--dry-run", "--json").json
    assert (plan["run"], plan["providers"][0]["calls"]) == (3, 3)
    assert server.requests == []
    done = cli.ok("enrich", "--column", "pitch")
    assert done.out == ""
    assert "run 1 done: 3 value" in done.err
    assert len(server.requests) == 3
    assert all(pitches(cli))
    assert "nothing to do" in cli.ok("enrich", "--column", "pitch").err
    assert len(server.requests) == 3
    cli.ok("export", "out.csv", "--columns", "email,pitch")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        assert [bool(row["Pitch"]) for row in csv.DictReader(file)] == [True] * 3
    cli.ok("undo")
    assert pitches(cli) == [None] * 3


def test_one_call_fills_the_outputs_that_are_named(cli: Cli, server: OpenAIServer) -> None:
    cli.ok("columns", "add", "parts", "--prompt", PROMPT, "--output", "opener:long_text",
           "--output", "score:number")  # fmt: skip
    cli.ok("enrich", "--column", "parts", "--where", "country:GB")
    assert len(server.requests) == 1
    row = cli.ok("leads", "show", "1", "--json").json["customFields"]
    assert row["opener"]
    assert isinstance(row["score"], (int, float))


def test_an_edit_makes_the_cell_stale_and_the_next_run_asks_once(
    cli: Cli, server: OpenAIServer
) -> None:
    cli.ok("enrich", "--column", "pitch")
    cli.ok("leads", "edit", "1", "--set", "title=CTO")
    assert cli.ok("leads", "count", "--where", "stale:pitch").out == "1\n"
    cli.ok("enrich", "--column", "pitch")
    assert len(server.requests) == 4


def test_cells_that_are_typed_are_left_alone(cli: Cli, server: OpenAIServer) -> None:
    cli.ok("leads", "edit", "1", "--set", "pitch=My own words")
    result = cli.ok("enrich", "--column", "pitch", "--scope", "all")
    assert "1 locked by hand" in result.err
    assert len(server.requests) == 2
    assert pitches(cli)[0] == "My own words"


def test_lines_of_json_tell_plan_and_end(cli: Cli) -> None:
    lines = [json.loads(line) for line in cli.ok("enrich", "--column", "pitch", "--json").lines]
    assert lines[0]["event"] == "plan"
    assert lines[-1]["event"] == "result"
    assert lines[-1]["counts"] == {"value": 3}
    assert {line["event"] for line in lines} <= {"plan", "progress", "result"}


def test_failed_cells_end_with_3_and_are_grouped(cli: Cli, server: OpenAIServer) -> None:
    def refuse_one(request: Request) -> Reply | None:
        if "Hopper" in request.prompt or "Grace" in request.prompt:
            return error(400, "context_length_exceeded", "too long")
        return None

    server.behave = refuse_one
    result = cli("enrich", "--column", "pitch")
    assert result.code == 3
    assert "1 invalid" in result.err
    assert cli.ok("leads", "count", "--where", "pitch.status:error").out == "1\n"
    shown = cli.ok("runs", "show", "1")
    assert "1 invalid" in shown.out
    server.behave = lambda _request: None
    cli.ok("enrich", "--column", "pitch", "--scope", "failed")
    assert all(pitches(cli))


def test_spent_credits_hold_the_run_and_resume_does_the_rest(
    cli: Cli, server: OpenAIServer
) -> None:
    many_leads(cli, 40)
    server.behave = lambda r: (
        error(429, "insufficient_quota", "no credits") if r.number > 10 else None
    )
    result = cli("enrich", "--column", "pitch", "--concurrency", "4")
    assert result.code == 5
    assert "no credits" in result.err
    assert "leadsync runs resume 1" in result.err
    assert len(server.requests) <= 10 + 4
    assert [r["state"] for r in cli.ok("runs", "list", "--json").json] == ["held"]
    server.behave = lambda _request: None
    answered = len(server.answered)
    cli.ok("runs", "resume", "1")
    assert len(server.answered) - answered == 43 - answered
    assert all(pitches(cli))


def test_a_cap_holds_the_rest(cli: Cli, server: OpenAIServer) -> None:
    result = cli("enrich", "--column", "pitch", "--max-cost", "0.000001")
    assert result.code == 5
    assert server.requests == []
    cli.ok("runs", "resume", "1", "--max-cost", "1")
    assert all(pitches(cli))


def test_a_missing_key_is_said_before_anything_is_sent(cli: Cli) -> None:
    cli.ok("columns", "edit", "pitch", "--set", "base_url=https://api.openai.com/v1")
    result = cli("enrich", "--column", "pitch", OPENAI_BASE_URL="", OPENAI_API_KEY="")
    assert result.code == 5
    assert "OPENAI_API_KEY" in result.err


@on_both_engines
def test_ctrl_c_stops_and_resume_does_the_rest(cli: Cli, server: OpenAIServer) -> None:
    many_leads(cli, 60)
    server.behave = lambda request: Reply(delay_s=1.5) if request.number > 20 else None
    process = cli.start("enrich", "--column", "pitch", "--concurrency", "4")
    assert process.stderr
    server.wait_for(24)
    process.send_signal(signal.SIGINT)
    for line in process.stderr:
        if line.startswith(b"stopping"):
            break
    _, rest = process.communicate(timeout=30)
    assert process.returncode == 130, rest
    assert len(server.requests) == 24
    server.behave = lambda _request: None
    assert cli.ok("runs", "list", "--json").json[0]["state"] == "stopped"
    cli.ok("runs", "resume", "1")
    assert all(pitches(cli))
    assert len({r.key for r in server.requests}) == len(server.requests) == 63


@on_both_engines
def test_two_at_once_do_not_double_a_call(cli: Cli, server: OpenAIServer) -> None:
    many_leads(cli, 30)
    gate = threading.Event()
    server.behave = lambda _request: gate.wait(20) and None  # type: ignore[func-returns-value,return-value]
    first = cli.start("enrich", "--column", "pitch")
    server.wait_for(1)
    second = cli("enrich", "--column", "pitch")
    assert second.code == 6
    assert "run 1" in second.err
    gate.set()
    first.communicate(timeout=30)
    assert first.returncode == 0
    assert len({r.key for r in server.requests}) == len(server.requests) == 33


@on_both_engines
def test_runs_can_be_stopped_from_elsewhere(cli: Cli, server: OpenAIServer) -> None:
    gate = threading.Event()
    server.behave = lambda _request: gate.wait(20) and None  # type: ignore[func-returns-value,return-value]
    first = cli.start("enrich", "--column", "pitch", "--concurrency", "1")
    server.wait_for(1)
    assert "asked to stop" in cli.ok("runs", "stop", "1").err
    assert first.stderr
    for line in first.stderr:
        if line.startswith(b"stopping"):
            break
    gate.set()
    first.communicate(timeout=30)
    assert first.returncode == 130
    assert len(server.requests) == 1


def test_why_shows_prompt_model_inputs_answer_tokens_cost_and_run(
    cli: Cli, server: OpenAIServer
) -> None:
    cli.ok("enrich", "--column", "pitch", "--where", "country:GB")
    sent = server.requests[0].body
    shown = cli.ok("why", "ada@lovelace.example", "pitch").out
    for message in sent["messages"]:
        assert message["content"].rstrip() in shown
    assert sent["model"] in shown
    assert "title: Head of Engines" in shown
    assert "run: 1" in shown
    assert "$0.0" in shown
    story = cli.ok("why", "1", "pitch", "--json").json
    assert story["calls"][0]["messages"] == sent["messages"]
    assert story["value"] in story["calls"][0]["answer"]
    assert story["calls"][0]["units"]
    assert story["costUsdMicros"] > 0


@on_both_engines
def test_a_key_is_found_nowhere(cli: Cli, server: OpenAIServer, tmp_path: Path) -> None:
    server.behave = lambda _r: error(401, "invalid_api_key", f"Incorrect API key provided: {KEY}")
    results = [cli("enrich", "--column", "pitch")]
    server.behave = lambda _request: None
    results += [cli("runs", "resume", "1"), cli("why", "1", "pitch", "--json"), cli("dump"),
                cli("runs", "show", "1", "--json"), cli("config", "show"), cli("doctor"),
                cli("history", "--json")]  # fmt: skip
    assert [r.code for r in results[:2]] == [5, 0]
    for result in results:
        assert KEY not in result.out + result.err
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_a_dead_network_is_one_clear_line_per_cause(cli: Cli) -> None:
    result = cli("enrich", "--column", "pitch", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert result.code == 3
    assert "cannot be reached" in result.err
    assert len(result.err.splitlines()) < 12


def test_a_template_column_needs_no_run(cli: Cli) -> None:
    cli.ok("columns", "add", "hello", "--template", "Hi {{ first_name }}")
    result = cli.ok("enrich", "--column", "hello")
    assert "nothing to do" in result.err


def test_a_missing_key_uses_up_no_cap(cli: Cli, server: OpenAIServer) -> None:
    held = cli("enrich", "--column", "pitch", OPENAI_BASE_URL="", OPENAI_API_KEY="")
    assert held.code == 5
    assert "lost answers" not in held.err
    assert server.requests == []
    assert cli.ok("runs", "list", "--json").json[0]["costUsdMicros"] == 0


def test_the_plan_names_every_cap_in_force(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        '[[column]]\nkey = "pitch"\nkind = "ai"\ntype = "long_text"\n'
        f"[column.config]\nprompt = '{PROMPT}'\n[column.caps]\nusd_per_day = \"2\"\n"
    )
    cli.ok("columns", "apply", "c.toml")
    shown = cli.ok("enrich", "--column", "pitch", "--max-cost", "5", "--dry-run").out
    assert "cap $5.00" in shown
    assert "pitch at most $2.00 a day" in shown


def test_so_many_requests_are_in_flight_as_a_known_limit_needs(cli: Cli) -> None:
    url = "http://127.0.0.1:9/x"
    for key, per_s in (("few", "2"), ("some", "12"), ("many", "50")):
        cli.ok("columns", "add", key, "--kind", "http", "--set", f"url={url}",
               "--set", f"per_s={per_s}")  # fmt: skip

    def at_once(key: str, *words: str) -> int:
        plan = cli.ok("enrich", "--column", key, "--dry-run", "--json", *words).json
        return plan["concurrency"]

    assert [at_once(key) for key in ("few", "some", "many")] == [8, 24, 32]
    assert at_once("many", "--concurrency", "6") == 6
    cli.ok("config", "set", "concurrency", "4")
    assert at_once("many") == 4


def test_failures_and_costs_can_be_listed_and_one_cause_asked_again(
    cli: Cli, server: OpenAIServer
) -> None:
    def refuse_two(request: Request) -> Reply | None:
        if request.number > 2:
            return None
        return error(400, "content_policy_violation", message="no")

    server.behave = refuse_two
    assert cli("enrich", "--column", "pitch").code == 3
    listed = cli.ok("runs", "errors")
    assert "2 refused" in listed.out
    assert cli.ok("runs", "errors", "--json", "--column", "pitch").json[0]["count"] == 2
    assert "has its answer" in cli.ok("runs", "unknown").err
    (line,) = cli.ok("costs", "--by", "run", "--json").json
    assert (line["name"], line["calls"]) == ("1", 1)
    assert line["costUsdMicros"] <= line["maxUsdMicros"]
    assert "pitch" in cli.ok("costs").out
    assert cli("costs", "--since", "yesterday").code == 4
    again = ("enrich", "--column", "pitch", "--scope", "failed", "--reason")
    assert "nothing to do" in cli.ok(*again, "unknown").err
    assert "2 value" in cli.ok(*again, "refused").err
    assert cli("enrich", "--column", "pitch", "--reason", "refused").code == 4


def test_a_sample_runs_a_few_leads_and_shows_what_was_written(
    cli: Cli, server: OpenAIServer
) -> None:
    many_leads(cli, 20)
    shown = cli.ok("enrich", "--column", "pitch", "--sample", "2")
    assert (len(server.requests), shown.out.count("Text ")) == (2, 2)
    assert "1\t" in shown.out
    assert "without --sample" in shown.err
    cli.ok("enrich", "--column", "pitch")
    assert len(server.requests) == 23


def test_a_sample_shows_the_beginning_of_what_is_long(cli: Cli, server: OpenAIServer) -> None:
    server.behave = lambda _request: text_reply("x" * 900)
    shown = cli.ok("enrich", "--column", "pitch", "--sample", "1")
    assert shown.lines[-1].endswith("\t" + "x" * 500 + "…")


def test_no_cache_asks_anew(cli: Cli, server: OpenAIServer) -> None:
    everything = ("enrich", "--column", "pitch", "--scope", "all")
    cli.ok("enrich", "--column", "pitch")
    cli.ok(*everything)
    assert len(server.requests) == 3
    plan = cli.ok(*everything, "--no-cache", "--dry-run", "--json").json
    assert (plan["run"], plan["noCache"]) == (3, True)
    assert "3 value" in cli.ok(*everything, "--no-cache").err
    assert len(server.requests) == 6


def test_refused_cells_are_not_called_up_to_date(cli: Cli, server: OpenAIServer) -> None:
    server.behave = lambda _r: error(400, "content_policy_violation", "not this one")
    assert cli("enrich", "--column", "pitch").code == 3
    again = cli.ok("enrich", "--column", "pitch")
    assert "3 failed before and left alone (--scope failed)" in again.err
    assert "up to date" not in again.err
    assert len(server.requests) == 3


def test_an_import_can_run_columns_on_the_leads_that_it_touched(
    cli: Cli, server: OpenAIServer, tmp_path: Path
) -> None:
    (tmp_path / "more.csv").write_text(
        "Email,First Name,Title,Company\n"
        "mary@somerville.example,Mary,Writer,Science\n"
        "caroline@herschel.example,Caroline,Astronomer,Sky\n"
    )
    cli.ok("import", "more.csv", "--enrich", "pitch", "--max-cost", "1", "--yes")
    assert len(server.requests) == 2
    assert [bool(pitch) for pitch in pitches(cli)] == [False, False, False, True, True]
    again = cli.ok("import", "more.csv", "--enrich", "pitch", "--json")
    assert again.json["unchanged"] == 2
    assert "no lead is new or changed; cells that are empty still: leadsync enrich" in again.err
    assert len(server.requests) == 2
    refused = cli("import", "more.csv", "--enrich", "titel")
    assert refused.code == 4
    assert 'did you mean "title"' in refused.err


def test_an_import_says_of_a_run_what_it_does_not_do(cli: Cli, server: OpenAIServer) -> None:
    (cli.folder / "more.csv").write_text("Email,Title\nmary@somerville.example,Writer\n")
    rehearsed = cli.ok("import", "more.csv", "--enrich", "pitch", "--dry-run")
    assert "pitch would run on at most 1 lead, which a dry run takes back" in rehearsed.err
    for words, said in (
        (("--max-cost", "5"), "--max-cost caps the run of --enrich"),
        (("--enrich", "pitch", "--max-cost", "much"), "--max-cost"),
    ):
        refused = cli("import", "more.csv", *words)
        assert (refused.code, said in refused.err) == (4, True)
    assert "somerville" not in cli.ok("export", "-").out
    assert not server.requests
