"""Sheets on the command line: push, pull, conflicts, signing in, and the armed push after a run."""

from __future__ import annotations

import json
import signal
import stat
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from tests.cli.conftest import Cli
from tests.servers.google_files import ROBOT, desktop_client, sheets_environment
from tests.servers.http_server import Reply, Request
from tests.servers.openai_server import OpenAIServer
from tests.servers.sheets_server import DENIED, RATE_403, SheetsServer, error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.sheet_grid import Tab

URL = "https://docs.google.com/spreadsheets/d/1q4Leads/edit#gid=0"
PUSH = ("push", "sheets", "--to", URL, "--columns", "email,title")


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    made = SheetsServer()
    made.add_file()
    with made.running():
        yield made


@pytest.fixture
def tab(server: SheetsServer) -> Tab:
    return server.files["1q4Leads"].tabs[0]


@pytest.fixture
def sheets(filled: Cli, server: SheetsServer) -> Cli:
    """`leadsync` with three leads and a service account."""
    filled.environment |= sheets_environment(server, filled.folder)
    return filled


def test_a_dry_run_shows_the_changes_and_writes_nothing(sheets: Cli, server: SheetsServer) -> None:
    shown = sheets.ok(*PUSH, "--dry-run")
    assert shown.lines[0] == 'sheet "Q4 / Sheet1": 3 rows to add'
    assert shown.lines[1] == "  new columns at the right: email (B), Job title (C)"
    assert "new row for lead 1: ada@lovelace.example, Head of Engines" in shown.out
    assert server.writes == 0
    doc = sheets.ok(*PUSH, "--dry-run", "--json").json
    assert (doc["dryRun"], doc["adds"], doc["table"]) == (True, [1, 2, 3], "sheets:1q4Leads/Sheet1")


def test_a_push_a_pull_and_a_conflict(sheets: Cli, tab: Tab) -> None:
    done = sheets.ok(*PUSH)
    assert "3 rows added, 0 cells changed (3 requests to write, 3 to read)" in done.err
    assert "nothing to write" in sheets.ok(*PUSH).err
    tab.type("C2", "Countess")
    tab.type("C3", "Commodore")
    sheets.ok("leads", "edit", "2", "--set", "title=Admiral")
    pulled = sheets("pull", "sheets", "--from", URL)
    assert pulled.code == 3
    assert '  C2 title of lead 1: "Head of Engines" → "Countess"' in pulled.err.splitlines()
    assert '    C3 title of lead 2: there "Commodore", here "Admiral"' in pulled.err.splitlines()
    assert "Countess" in sheets.ok("why", "1", "title").out
    assert 'pull from sheet "Q4 / Sheet1"' in sheets.ok("history").out
    dry = sheets.ok(*PUSH, "--dry-run").out
    assert "nothing to write, 2 rows up to date" in dry
    assert "1 cell changed on both sides" in dry
    settled = sheets.ok("pull", "sheets", "--from", URL, "--take", "sheet", "--json").json
    assert [cell["there"] for cell in settled["taken"]] == ["Commodore"]
    sheets.ok("undo", "--yes")
    assert "Admiral" in sheets.ok("leads", "show", "2").out


def test_what_a_push_leaves_is_named_and_ends_with_3(sheets: Cli, tab: Tab) -> None:
    sheets.ok(*PUSH, "--yes")
    tab.type("C2", "Countess")
    tab.type("C3", "Commodore")
    tab.type("B5", "own@row.example")
    sheets.ok("leads", "edit", "2", "--set", "title=Admiral")
    sheets.ok("leads", "edit", "3", "--set", f"title={'x' * 60_000}")
    pushed = sheets(*PUSH, "--yes")
    assert pushed.code == 3
    assert "0 rows added, 1 cell changed; 1 in conflict, 1 cut" in pushed.err
    assert "  1 cell changed there alone: a pull takes them" in pushed.err.splitlines()
    assert "  1 row (row 5) without an id, left alone" in pushed.err.splitlines()
    assert "cut with a mark: title of lead 3" in pushed.err
    for more in (("--json",), ("-q",)):
        again = sheets(*PUSH, "--yes", *more)
        assert again.code == 3
        assert 'warning: sheet "Q4 / Sheet1": 1 cell changed on both sides' in again.err
        assert '    C3 title: there "Commodore", here "Admiral"' in again.err.splitlines()
    assert sheets.ok(*PUSH, "--yes", "--overwrite").err.count("warning") == 0


def test_what_a_pull_refuses_is_named_and_ends_with_3(sheets: Cli, tab: Tab) -> None:
    sheets.ok(*PUSH, "--yes")
    tab.type("B2", "no address")
    for more in ((), ("--json",), ("-q",)):
        pulled = sheets("pull", "sheets", "--from", URL, "--yes", *more)
        assert pulled.code == 3
        assert 'warning: sheet "Q4 / Sheet1": 1 cell not taken:' in pulled.err
        assert '    B2 email of lead 1 "no address": ' in pulled.err


def test_a_pull_that_keeps_what_is_here_says_so(sheets: Cli, tab: Tab) -> None:
    sheets.ok(*PUSH, "--yes")
    tab.type("C3", "Commodore")
    sheets.ok("leads", "edit", "2", "--set", "title=Admiral")
    shown = sheets.ok("pull", "sheets", "--from", URL, "--take", "store", "--dry-run").out
    assert "  1 cell changed on both sides, kept as here: the next push writes them" in shown
    assert "changed here alone" not in shown
    doc = sheets.ok("pull", "sheets", "--from", URL, "--take", "store", "--yes", "--json").json
    assert [cell["here"] for cell in doc["keptHere"]] == ["Admiral"]
    assert doc["changedHere"] == 0
    sheets.ok(*PUSH, "--yes")
    assert tab.cell("C3") == "Admiral"


def test_a_tab_that_is_not_there_is_not_pulled(sheets: Cli) -> None:
    pulled = sheets("pull", "sheets", "--from", URL, "--tab", "Tipo", "--yes")
    assert pulled.code == 4
    assert '"Q4" has no tab "Tipo"; it has "Sheet1"' in pulled.err
    assert sheets("pull", "sheets", "--from", URL, "--tab", "Tipo", "--dry-run").code == 4


def test_a_push_that_is_stopped_says_what_it_wrote(
    sheets: Cli, server: SheetsServer, tab: Tab
) -> None:
    sheets.ok(*PUSH, "--where", "id:1", "--yes")
    sheets.ok("leads", "edit", "1", "--set", "title=Countess")
    pushing = sheets.start(*PUSH, "--yes", "--json")

    def stop(request: Request) -> Reply | None:
        if ":append" not in request.path:
            return None
        pushing.send_signal(signal.SIGINT)
        pushing.wait(30)
        return Reply(cut=0)

    server.after_write = stop
    with pushing:
        out, err = pushing.communicate(timeout=30)
    assert pushing.returncode == 130
    assert b"stopped: 0 rows added, 1 cell changed" in err
    assert b"push again for the rest" in err
    doc = json.loads(out)
    assert (doc["stopped"], doc["added"], doc["changed"]) == (True, 0, 1)
    server.after_write = lambda _request: None
    sheets.ok(*PUSH, "--yes")
    assert [row[0] for row in tab.table()] == ["leadsync_id", 1, 2, 3]


def test_a_pull_that_is_stopped_says_so_and_has_changed_nothing(
    sheets: Cli, server: SheetsServer, tab: Tab
) -> None:
    sheets.ok(*PUSH, "--yes")
    tab.type("C2", "Countess")
    pull = ("pull", "sheets", "--from", URL, "--yes")
    pulling = sheets.start(*pull, "--json")

    def stop(_request: Request) -> Reply | None:
        pulling.send_signal(signal.SIGINT)
        pulling.wait(30)
        return Reply(cut=0)

    server.before_read = stop
    with pulling:
        out, err = pulling.communicate(timeout=30)
    assert pulling.returncode == 130
    assert err == b"warning: stopped: nothing was changed\n"
    assert json.loads(out) == {"dryRun": False, "stopped": True, "leads": 0}
    server.before_read = lambda _request: None
    assert "1 lead changed" in sheets.ok(*pull).err


def test_an_armed_push_takes_no_order(sheets: Cli, server: SheetsServer) -> None:
    refused = sheets(*PUSH, "--arm", "--sort", "name")
    assert refused.code == 4
    assert "an armed push does not keep --sort" in refused.err
    assert server.reads == 0


def test_arming_is_announced_and_a_dry_run_arms_and_disarms_nothing(sheets: Cli) -> None:
    shown = sheets.ok(*PUSH, "--arm", "--dry-run")
    assert "  then armed: after each run the leads that it touched are pushed" in shown.lines
    assert sheets.ok(*PUSH, "--arm", "--dry-run", "--json").json["arms"] is True
    assert "was not armed" in sheets.ok("push", "sheets", "--to", URL, "--disarm").err
    sheets.ok(*PUSH, "--arm", "--yes")
    for _ in range(2):
        would = sheets.ok("push", "sheets", "--to", URL, "--disarm", "--dry-run").err
        assert 'would no longer be armed: sheet "Q4 / Sheet1"' in would
    done = sheets.ok("push", "sheets", "--to", URL, "--disarm").err
    assert 'no longer armed: sheet "Q4 / Sheet1"' in done


def test_a_pull_that_is_denied_speaks_of_reading(sheets: Cli, server: SheetsServer) -> None:
    server.denied = True
    pulled = sheets("pull", "sheets", "--from", URL)
    assert pulled.code == 5
    assert f"{ROBOT} may not read the spreadsheet" in pulled.err
    assert "to pull alone, a viewer is enough" in pulled.err


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (DENIED, 5, f"share the file with {ROBOT} as an editor"),
        (error(404, "Requested entity was not found."), 4, "check the address"),
        (error(403, "Sheets API has not been used in project 1 before",
               details=[{"reason": "SERVICE_DISABLED"}]), 5, "has not been used in project 1"),
    ],
)  # fmt: skip
def test_what_google_refuses_is_said_with_what_helps(
    reply: Reply, code: int, words: str, sheets: Cli, server: SheetsServer
) -> None:
    server.special = [reply] * 2
    result = sheets(*PUSH)
    assert result.code == code
    assert words in result.err


def test_rates_are_waited_for(sheets: Cli, server: SheetsServer, tab: Tab) -> None:
    server.special = [RATE_403, error(429), error(503)]
    sheets.ok(*PUSH)
    assert len(tab.table()) == 4


def test_an_address_that_is_none_is_refused_before_anything_is_asked(sheets: Cli) -> None:
    result = sheets("push", "sheets", "--to", "https://example.com/x")
    assert result.code == 4
    assert "is no address of a Google spreadsheet" in result.err


def test_without_an_account_it_says_how_to_set_one(filled: Cli) -> None:
    result = filled("push", "sheets", "--to", URL)
    assert result.code == 5
    assert "leadsync keys set google --oauth CLIENT_FILE" in result.err


def test_the_key_test_signs_in(sheets: Cli, server: SheetsServer) -> None:
    assert f"signs in as {ROBOT}" in sheets.ok("keys", "test", "google").out
    server.accounts.clear()
    refused = sheets("keys", "test", "google")
    assert refused.code == 5
    assert "invalid_grant" in refused.out
    assert "PRIVATE KEY" not in refused.out + refused.err
    missing = sheets("keys", "test", "google", GOOGLE_APPLICATION_CREDENTIALS="/no/robot.json")
    assert "the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read" in missing.out


def test_a_person_signs_in_by_the_browser(
    filled: Cli, server: SheetsServer, tab: Tab, tmp_path: Path
) -> None:
    filled.environment["LEADSYNC_GOOGLE_BASE_URL"] = server.url
    process = filled.start("keys", "set", "google", "--oauth", str(desktop_client(server, tmp_path)))  # fmt: skip
    with process:
        assert process.stderr is not None
        page = next((line for line in process.stderr if b"/auth?" in line), b"").decode().strip()
        with urlopen(page, timeout=20) as shown:
            assert b"LeadSync is signed in" in shown.read()
        assert process.wait(30) == 0
    kept = tmp_path / "home" / "keys.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    token = json.loads(json.loads(kept.read_text())["GOOGLE_APPLICATION_CREDENTIALS"])
    assert token["refresh_token"] in server.refresh_tokens
    done = filled.ok(*PUSH)
    assert len(tab.table()) == 4
    server.refresh_tokens.clear()
    refused = filled(*PUSH)
    assert refused.code == 5
    assert "leadsync keys set google --oauth" in refused.err
    for shown in (done, refused, filled("keys", "list"), filled("config")):
        assert token["refresh_token"] not in shown.out + shown.err


# armed ---------------------------------------------------------------------------------------
def test_an_armed_sheet_gets_what_a_run_has_filled(
    sheets: Cli, server: SheetsServer, tab: Tab
) -> None:
    sheets.ok("columns", "add", "pitch", "--kind", "ai", "--set", "prompt=Write to {{ name }}")
    with OpenAIServer().running() as ai:
        sheets.environment |= {"OPENAI_BASE_URL": ai.url, "OPENAI_API_KEY": "sk-not-a-real-000"}
        run = ("enrich", "--column", "pitch", "--yes", "--where")
        sheets.ok(*run, "id:1")
        assert server.writes == 0  # nothing by itself that was not armed
        sheets.ok("push", "sheets", "--to", URL, "--columns", "email,pitch", "--arm", "--yes")
        sheets.ok("suppress", "add", "navy.example")
        writes = server.writes
        plan = sheets.ok(*run, "id:2 or id:3", "--dry-run", "--json").json
        assert plan["armed"] == ['sheet "Q4 / Sheet1"']
        done = sheets.ok(*run, "id:2 or id:3")
        assert 'afterwards pushed to sheet "Q4 / Sheet1" (armed)' in done.err
        assert 'pushed to sheet "Q4 / Sheet1": 0 rows added, 1 cell changed' in done.err
        assert server.writes == writes + 1
        assert [bool(tab.cell(f"C{row}")) for row in (2, 3, 4)] == [True, False, True]
        assert 'sheet "Q4 / Sheet1" can be opened' in sheets("doctor").out
        server.denied = True
        assert f"share the file with {ROBOT}" in sheets("doctor").out
        failed = sheets("enrich", "--column", "pitch", "--scope", "all", "--no-cache", "--yes")
        assert failed.code == 3
        assert 'not pushed to sheet "Q4 / Sheet1"' in failed.err
        server.denied = False
        sheets.ok("columns", "arm", "pitch", "--usd-per-day", "5")
        sheets.ok("leads", "add", "--set", "email=zoe@cafe.example", "--set", "name=Zoe")
        worked = sheets.ok("worker", "--once")
        assert 'pushed to sheet "Q4 / Sheet1": 1 row added' in worked.err
        assert tab.table()[-1][1] == "zoe@cafe.example"


def test_a_push_that_is_killed_after_its_write_doubles_no_row(
    sheets: Cli, server: SheetsServer, tab: Tab
) -> None:
    pushing = sheets.start(*PUSH, "--yes")

    def kill(request: Request) -> Reply | None:
        if ":append" not in request.path:
            return None
        pushing.kill()
        return Reply(cut=0)

    server.after_write = kill
    with pushing:
        pushing.wait(30)
    assert len(tab.table()) == 4
    server.after_write = lambda _request: None
    assert "nothing to write" in sheets.ok(*PUSH).err
    assert [row[0] for row in tab.table()] == ["leadsync_id", 1, 2, 3]
