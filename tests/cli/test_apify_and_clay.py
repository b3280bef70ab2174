"""Columns of Apify and Clay as their user has them: add, plan, run, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli
from tests.servers.apify_server import ACTOR, ApifyServer, error
from tests.servers.clay_server import ROUTINE, ClayServer
from tests.servers.http_server import HttpServer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEADS = """\
Name,LinkedIn URL
Ada Lovelace,https://www.linkedin.com/in/ada-lovelace
Grace Hopper,linkedin.com/in/grace-hopper/
"""


@pytest.fixture
def apify() -> Iterator[ApifyServer]:
    server = ApifyServer()
    with server.running():
        yield server


@pytest.fixture
def clay() -> Iterator[ClayServer]:
    server = ClayServer()
    with server.running():
        yield server


@pytest.fixture
def cli(tmp_path: Path, apify: ApifyServer, clay: ClayServer) -> Cli:
    cli = Cli(
        tmp_path,
        LEADSYNC_APIFY_BASE_URL=apify.url,
        APIFY_TOKEN="apify_api_planted",
        LEADSYNC_CLAY_BASE_URL=clay.url,
        CLAY_API_KEY="clay-planted",
        LEADSYNC_POLL_BASE_S="0.05",
    )
    (tmp_path / "leads.csv").write_text(LEADS, "utf-8")
    cli.ok("import", "leads.csv")
    return cli


def test_the_linkedin_recipe_from_the_plan_to_the_story_of_a_cell(
    cli: Cli, apify: ApifyServer
) -> None:
    cli.ok("columns", "add", "--recipe", "linkedin-apify")
    plan = cli.ok("enrich", "--column", "linkedin_profile", "--dry-run", "--json").json
    (provider,) = plan["providers"]
    assert (provider["name"], provider["calls"]) == ("apify", 1)
    assert (plan["minUsdMicros"], plan["maxUsdMicros"]) == (0, 8_000)
    assert apify.requests == []
    ran = cli.ok("enrich", "--column", "linkedin_profile", "--yes", "--max-cost", "1")
    assert [len(run.given["queries"]) for run in apify.runs] == [2]
    shown = cli.ok("leads", "list", "--columns", "name,linkedin_headline,linkedin_company")
    assert "Ada builds engines" in shown.out
    story = cli.ok("why", "1", "linkedin_headline")
    assert "apify" in story.out
    assert "$0.004" in story.out
    assert "maxUsdMicros" not in story.out
    assert '  "' in story.out  # the call is told as JSON
    assert "apify_api_planted" not in story.out + story.err + ran.out + ran.err
    assert "$0.008" in cli.ok("costs", "--by", "provider").out


def test_what_an_actor_takes_is_shown(cli: Cli, apify: ApifyServer) -> None:
    shown = cli.ok("enrichers", "show", "apify", "--actor", ACTOR)
    assert "queries: list of anything (required)" in shown.out
    assert "URLs of profiles." in shown.out
    found = cli.ok("enrichers", "show", "apify", "--actor", ACTOR, "--json").out
    assert '"name": "queries"' in found
    apify.special["GET /v2/actors"] = [error(404, "record-not-found", "Actor was not found")]
    missing = cli("enrichers", "show", "apify", "--actor", "ada~nothing")
    assert (missing.code, missing.out) == (5, "")
    assert 'does not say what "ada~nothing" takes: Actor was not found' in missing.err
    assert cli("enrichers", "show", "clay", "--actor", ACTOR).code == 4
    assert "APIFY_TOKEN" in cli("enrichers", "show", "apify", "--actor", ACTOR, APIFY_TOKEN="").err


def test_a_routine_from_the_column_to_the_story_of_a_cell(cli: Cli, clay: ClayServer) -> None:
    cli.ok(
        "columns", "add", "about", "--kind", "clay", "--set", f"routine={ROUTINE}",
        "--set", 'inputs={"name": "{{ name }}"}', "--set", "value=summary",
    )  # fmt: skip
    plan = cli.ok("enrich", "--column", "about", "--dry-run")
    assert "2 items" in plan.out + plan.err
    cli.ok("enrich", "--column", "about", "--yes")
    assert "About Ada Lovelace" in cli.ok("leads", "list", "--columns", "name,about").out
    assert "clay" in cli.ok("why", "1", "about").out
    assert clay.charged == 2


def test_doctor_asks_about_both_keys(cli: Cli) -> None:
    report = cli("doctor")
    assert "ada, $49.00 of $49.00 left until 2026-12-01" in report.out
    assert "Ada, workspace w_1" in report.out


def test_leads_go_to_the_webhook_of_a_clay_table_with_their_ids(cli: Cli) -> None:
    with HttpServer(lambda _request: Reply(body={"status": "ok"})).running() as table:
        place = table.url.removeprefix("http://")
        cli.ok("config", "set", "allow_private", place)
        cli.ok("config", "set", "http_secrets", f"CLAY_WEBHOOK_TOKEN@{place}")
        cli.ok("leads", "edit", "1", "--set", f"name={'x' * 50_000}")
        cli.ok("columns", "add", "--recipe", "clay-webhook", "--set", f"url={table.url}/v3/hook")
        cli.ok("enrich", "--column", "clay_sent", "--yes", CLAY_WEBHOOK_TOKEN="clay-hook-planted")
        sent = {request.json["leadsync_id"]: request.json for request in table.requests}
        assert set(sent) == {"1", "2"}
        assert "linkedin.com/in/grace-hopper" in sent["2"]["linkedin_url"]
        assert {r.headers["x-clay-webhook-auth"] for r in table.requests} == {"clay-hook-planted"}
        assert max(len(request.body) for request in table.requests) < 100_000
    assert "delivered" in cli.ok("leads", "list", "--columns", "clay_sent").out


def killed_while_it_starts(cli: Cli, column: str, server: HttpServer) -> None:
    """A process that dies after its first request was sent, before the answer."""
    process = cli.start("enrich", "--column", column, "--yes")
    server.wait_for(1)
    process.kill()
    process.communicate()


def test_a_run_at_apify_that_a_killed_process_has_started_is_taken_over(
    cli: Cli, apify: ApifyServer
) -> None:
    cli.ok("columns", "add", "--recipe", "linkedin-apify")
    apify.loses = ["slow"]
    killed_while_it_starts(cli, "linkedin_profile", apify)
    cli.ok("runs", "resume", "1")
    assert len(apify.runs) == 1
    assert "Ada builds engines" in cli.ok("leads", "list", "--columns", "linkedin_headline").out
    assert apify.charged_usd == 0.008


def test_a_routine_that_a_killed_process_may_have_started_is_not_started_again(
    cli: Cli, clay: ClayServer
) -> None:
    cli.ok(
        "columns", "add", "about", "--kind", "clay", "--set", f"routine={ROUTINE}",
        "--set", 'inputs={"name": "{{ name }}"}', "--set", "value=summary",
    )  # fmt: skip
    clay.loses = ["slow"]
    killed_while_it_starts(cli, "about", clay)
    resumed = cli("runs", "resume", "1")
    assert (resumed.code, len(clay.runs)) == (3, 1)
    assert "run it again" in resumed.err
    unknown = cli.ok("runs", "unknown", "--json").out
    assert unknown.count('"about"') == 2
    cli.ok("enrich", "--column", "about", "--scope", "failed", "--reason", "unknown", "--yes")
    assert "About Ada Lovelace" in cli.ok("leads", "list", "--columns", "name,about").out
    assert len(clay.runs) == 2
