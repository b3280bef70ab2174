"""`--practice` as its user has it: said by every command, refused where it would reach out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.conftest import Cli, on_both_engines
from tests.plugin.installed import FOLDER
from tests.servers.http_server import HttpServer

if TYPE_CHECKING:
    from pathlib import Path

LINE = "practice workspace: nothing leaves this machine"


@on_both_engines
def test_a_workspace_is_practised_on_and_stays_as_it_is(engine_cli: Cli, leads_csv: Path) -> None:
    engine_cli.ok("import", leads_csv)
    engine_cli.ok("columns", "add", "line", "--prompt", "A line for {{ name }}")

    ran = engine_cli.ok("--practice", "enrich", "--column", "line", "--yes")
    exported = engine_cli.ok("export", "out.csv", "--practice")

    assert ran.err.splitlines()[0] == LINE
    assert "3 value" in ran.err
    assert "practice: not for sending" in exported.err
    assert (engine_cli.folder / "out.csv").read_text("utf-8").count("(practice) ") == 3
    assert engine_cli.ok("leads", "list", "--where", "line:*", "--json").json == []
    assert engine_cli.ok("costs", "--json").json == []


def test_what_would_reach_out_is_refused_with_one_line(cli: Cli) -> None:
    for words in (
        ["push", "sheets", "--to", "FILE"],
        ["serve"],
        ["keys", "set", "hunter"],
        ["config", "set", "actor", "eve"],
        ["login"],
        ["hooks", "add", "website"],
    ):
        refused = cli("--practice", *words, stdin="sk-a-key-that-is-not-read")
        assert refused.code == 4, words
        assert "has no place in practice" in refused.err
    assert not (cli.folder / "home" / "keys.json").exists()
    assert not (cli.folder / "home" / "config.toml").exists()


def test_keys_are_tested_and_the_machine_is_examined_without_a_network(cli: Cli) -> None:
    with HttpServer().running() as server:
        environment = {"LEADSYNC_HUNTER_BASE_URL": server.url, "HUNTER_API_KEY": "h-0123456789"}
        tested = cli.ok("keys", "test", "--practice", "--json", **environment)
        listed = cli.ok("keys", "list", "--practice", **environment)
        doctor = cli.ok("doctor", "--practice", "--json", **environment)
        assert server.requests == []

    reports = {report["provider"]: report for report in tested.json}
    assert all(report["accepted"] for report in reports.values())
    assert "practice.example" in reports["hunter"]["detail"]
    for report in reports.values():
        assert "(practice)" in report["detail"] or "practice.example" in report["detail"], report
    assert "not among them" not in reports["openai"]["detail"]
    assert "not set" not in listed.out
    found = [f"{one['check']}: {one['detail']}" for one in doctor.json]
    assert [line for line in found if "is set" in line or line.startswith("key ")] == []
    assert "keys: none is read or needed: this is practice, whose providers are simulated" in found


def test_a_question_that_is_asked_once_is_not_told_to_come_later(cli: Cli) -> None:
    slowed_in_a_run = {"LEADSYNC_HUNTER_BASE_URL": "http://127.0.0.1:9069"}
    tested = cli.ok("keys", "test", "hunter", "--practice", **slowed_in_a_run)
    assert "accepted" in tested.out


def test_the_copy_is_shown_and_removed(cli: Cli, leads_csv: Path) -> None:
    assert cli.ok("practice", "show", "--json").json["madeAt"] is None
    cli.ok("import", leads_csv)
    cli.ok("--practice", "leads", "count")
    shown = cli.ok("practice", "show", "--json").json
    assert shown["madeAt"]
    assert not shown["isSample"]

    cli.ok("practice", "reset", "--dry-run")
    assert cli.ok("practice", "show", "--json").json["madeAt"]
    cli.ok("practice", "reset", "--yes")
    assert cli.ok("practice", "show", "--json").json["madeAt"] is None
    assert cli.ok("leads", "count").out.strip() == "3"


def test_a_store_that_was_named_and_is_not_there_is_no_practice(cli: Cli) -> None:
    refused = cli("--practice", "--store", "sqlite:///nowhere.db", "leads", "count")
    assert refused.code == 7
    assert "nowhere.db" in refused.err
    assert not (cli.folder / "nowhere.db").exists()


def test_a_package_of_somebody_else_reaches_nobody(cli: Cli, leads_csv: Path) -> None:
    cli.ok("import", leads_csv)
    with HttpServer().running() as server:
        path = {"PYTHONPATH": str(FOLDER)}
        cli.ok("columns", "add", "asked", "--kind", "ask", "--set", f"url={server.url}", **path)
        ran = cli("--practice", "enrich", "--column", "asked", "--yes", **path)
        assert ran.code in (0, 3)
        assert server.requests == []
