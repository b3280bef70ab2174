"""`push instantly` and `pull instantly` as processes: what they print, and how they end."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import Exit
from tests.cli.conftest import Cli
from tests.providers.pushing import settings_for
from tests.servers.google_files import sheets_environment
from tests.servers.http_server import Reply, Request
from tests.servers.instantly_campaigns import CAMPAIGN, CampaignServer
from tests.servers.instantly_server import error
from tests.servers.sheets_server import SheetsServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = """Email,First Name,pitch,verify,verify_reason
ada@a.example,Ada,Hi,deliverable,mailbox_exists
bob@a.example,Bob,,deliverable,mailbox_exists
dan@b.example,Dan,Hi,,
"""
SHEET = "https://docs.google.com/spreadsheets/d/1q4Leads/edit#gid=0"
PUSH = ("push", "instantly", "--campaign", "Q4", "--to", "Fall outreach")


@pytest.fixture
def server() -> Iterator[CampaignServer]:
    server = CampaignServer()
    with server.running():
        yield server


@pytest.fixture
def cli(cli: Cli, server: CampaignServer, tmp_path: Path) -> Cli:
    """With three leads, one of whom is ready to be pushed."""
    cli.environment |= settings_for(server.url)
    (tmp_path / "q4.csv").write_text(ROWS)
    cli.ok("import", str(tmp_path / "q4.csv"), "--campaign", "Q4", "--quiet")
    return cli


def test_a_dry_run_says_who_is_sent_and_who_stays(cli: Cli, server: CampaignServer) -> None:
    found = cli.ok(*PUSH, "--dry-run", "--json").json
    assert (found["create"], found["update"]) == (1, 0)
    assert found["stays"] == {"pitch is blank": 1, "not verified": 1}
    shown = cli.ok(*PUSH, "--dry-run").out
    assert "1 stays here: not verified" in shown
    assert server.additions == 0


def test_armed_sheets_are_named_before(cli: Cli, tmp_path: Path) -> None:
    sheets = SheetsServer()
    sheets.add_file()
    with sheets.running():
        cli.environment |= sheets_environment(sheets, tmp_path)
        cli.ok("push", "sheets", "--to", SHEET, "--columns", "email", "--arm", "--yes")
        shown = cli.ok(*PUSH, "--dry-run").out
        assert '  afterwards pushed to sheet "Q4 / Sheet1" (armed)' in shown.splitlines()
        assert cli.ok(*PUSH, "--dry-run", "--json").json["armed"] == ['sheet "Q4 / Sheet1"']


def test_a_push_tells_what_became_of_leads_and_the_next_sends_nothing(
    cli: Cli, server: CampaignServer
) -> None:
    lines = [json.loads(line) for line in cli.ok(*PUSH, "--json").out.splitlines()]
    assert lines[-1] == {
        "event": "states", "column": "instantly", "states": {"created": 1},
    }  # fmt: skip
    assert "nothing to send" in cli.ok(*PUSH).err
    assert server.taken == {"ada@a.example": 1}
    server.lead("ada@a.example")["status"] = -1
    pulled = cli.ok("pull", "instantly", "--from", CAMPAIGN, "--json").json
    assert (pulled["statuses"], pulled["suppressed"]) == ({"bounced": 1}, 1)


def test_a_pull_that_is_stopped_says_so_and_has_changed_nothing(
    cli: Cli, server: CampaignServer
) -> None:
    pulling = cli.start("pull", "instantly", "--from", CAMPAIGN, "--json")

    def stop(_request: Request) -> Reply:
        pulling.send_signal(signal.SIGINT)
        pulling.wait(30)
        return Reply(cut=0)

    server.handlers = {"/": stop}
    with pulling:
        out, err = pulling.communicate(timeout=30)
    assert (pulling.returncode, err) == (130, b"warning: stopped: nothing was changed\n")
    assert json.loads(out) == {"dryRun": False, "stopped": True}


def test_words_keys_and_plans_that_are_missing_end_as_documented(
    cli: Cli, server: CampaignServer
) -> None:
    assert cli("push", "instantly").code == Exit.INPUT
    assert cli(*PUSH, "--map", "pitch").code == Exit.INPUT
    assert cli(*PUSH, "--allow", "sure").code == Exit.INPUT
    server.after_add = lambda _number, _reply: error(402, "no active paid plan")
    held = cli(*PUSH)
    assert held.code == Exit.HELD
    assert "leadsync runs resume" in held.err
    server.after_add = lambda _number, reply: reply
    assert cli("runs", "resume", "1").code == Exit.DONE
    cli.environment["INSTANTLY_API_KEY"] = ""
    assert cli(*PUSH).code == Exit.HELD


def test_an_empty_workspace_is_told_so(tmp_path: Path, server: CampaignServer) -> None:
    empty = Cli(tmp_path / "empty", **settings_for(server.url))
    empty.folder.mkdir()
    pulled = empty("pull", "instantly", "--from", CAMPAIGN)
    assert (pulled.code, "there are no leads" in pulled.err) == (Exit.INPUT, True)
    assert "nothing to send" in empty.ok("push", "instantly", "--block-list").err
    assert server.requests == []


def test_the_policy_of_a_campaign_is_shown_and_set(cli: Cli) -> None:
    assert cli.ok("campaigns", "policy", "Q4", "--json").json["push"] == [
        "deliverable", "risky:catch_all",
    ]  # fmt: skip
    cli.ok("campaigns", "policy", "Q4", "unverified")
    found = cli.ok(*PUSH, "--dry-run", "--json").json
    assert found["stays"]["verdict deliverable"] == 1
    assert (found["create"], found["verdicts"]) == (1, {"unverified": 1})
    taken = cli.ok("campaigns", "policy", "Q4", "risky:catchall")
    assert taken.err.strip() == (
        'warning: no verification of ours gives the reason "catchall"; did you mean "catch_all"?'
    )
    shown = cli.ok(*PUSH, "--allow", "risky:nonsense", "--dry-run").out
    assert 'warning: no verification of ours gives the reason "nonsense"' in shown
    cli.ok("campaigns", "policy", "Q4", "--usual")
    assert cli.ok(*PUSH, "--dry-run", "--json").json["create"] == 1
