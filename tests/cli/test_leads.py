"""Leads, tags, campaigns and views from the command line, on both engines."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, on_both_engines
from tests.conftest import ROOT


@pytest.fixture
def cli(engine_cli: Cli, leads_csv: Path) -> Cli:
    engine_cli.ok("import", leads_csv, "--campaign", "Q4")
    return engine_cli


def emails(cli: Cli, *words: str) -> list[str]:
    rows = cli.ok("leads", "list", "--columns", "email", "--json", "--sort", "id", *words).json
    return [row["email"] for row in rows]


def cell(cli: Cli, lead: str, field: str) -> str | None:
    return cli.ok("leads", "show", lead, "--json").json["customFields"].get(field)


def test_a_lead_is_shown_with_the_documented_fields(cli: Cli) -> None:
    lead = cli.ok("leads", "show", "ada@lovelace.example", "--json").json
    assert lead["id"] == 1
    assert lead["campaign"] == "Q4"
    assert lead["email"] == "ada@lovelace.example"
    assert lead["name"] == "Ada Lovelace"
    assert lead["tags"] == []
    assert lead["customFields"]["title"] == "Head of Engines"
    assert {"campaignId", "linkedinUrl", "source", "createdAt", "updatedAt"} <= lead.keys()


def test_json_has_whole_leads_or_the_named_fields_as_they_were_named(cli: Cli) -> None:
    listed = cli.ok("leads", "list", "--json").json[0]
    shown = cli.ok("leads", "show", "1", "--json").json
    assert shown.keys() - listed.keys() == {"states"}
    page = (ROOT / "docs" / "schema.md").read_text("utf-8").partition("## A lead in JSON")[2]
    described = re.findall(r"^\| `(\w+)` \|", page.partition("\n## ")[0], flags=re.MULTILINE)
    assert described == list(shown)
    named = ("--columns", "id,linkedinUrl,Title,customFields.company", "--filter", '{"_id": 1}')
    assert [list(lead) for lead in cli.ok("leads", "list", "--json", *named).json] == [
        ["id", "linkedinUrl", "Title", "customFields.company"]
    ]


def test_who_names_one_of_several_leads_of_a_person_is_told_of_the_others(cli: Cli) -> None:
    ada = "ada@lovelace.example"
    cli.ok("leads", "add", "--campaign", "Spring", "--set", f"email={ada}", "--set", "title=Boss")
    (other,) = (row["id"] for row in cli.ok("leads", "list", "-c", "Spring", "--json").json)
    edited = cli.ok("leads", "edit", ada, "--set", "title=Countess", "--quiet")
    assert edited.err.strip() == (
        f'warning: {ada} is lead 1 in "Q4", and that one is meant; also lead {other} in "Spring":'
        " name it by its number"
    )
    assert (cell(cli, "1", "title"), cell(cli, str(other), "title")) == ("Countess", "Boss")
    for words in (("tags", "add", "vip"), ("leads", "move", "--to", "Q5"), ("leads", "rm")):
        assert "warning" not in cli.ok(*words, "1", "--dry-run").err
        assert "warning" not in cli.ok(*words, ada, str(other), "--dry-run").err
        assert f"also lead {other}" in cli.ok(*words, ada, "--dry-run").err
    cli.ok("leads", "rm", str(other))
    assert "warning" not in cli.ok("leads", "rm", ada).err


def test_where_filter_and_view_select_alike(cli: Cli) -> None:
    wanted = ["ada@lovelace.example"]
    assert emails(cli, "--where", 'title:"head of"') == wanted
    assert emails(cli, "--filter", '{"country": "GB"}') == wanted
    cli.ok("views", "save", "heads", "--where", "title:head", "--columns", "name,title")
    assert emails(cli, "--view", "heads") == wanted
    assert cli.ok("leads", "list", "--view", "heads").lines[0] == "name\ttitle"
    assert cli.ok("views", "show", "heads", "--json").json["leads"] == 1
    cli.ok("views", "rm", "heads")
    assert cli.ok("views", "list", "--json").json == []


def test_a_view_names_widths_frozen_and_hidden_columns(cli: Cli) -> None:
    cli.ok("views", "save", "wide", "--columns", "name:24,title", "--frozen", "2",
           "--hidden", "tags:9")  # fmt: skip
    name, title, tags = (
        {"key": "name", "width": 24, "frozen": True, "hidden": False},
        {"key": "title", "width": 0, "frozen": True, "hidden": False},
        {"key": "tags", "width": 9, "frozen": False, "hidden": True},
    )
    assert cli.ok("views", "list", "--json").json[0]["columns"] == [name, title, tags]
    assert cli.ok("leads", "list", "--view", "wide").lines[0] == "name\ttitle"
    shown = cli.ok("views", "show", "wide").lines
    assert {"columns\tname:24, title", "frozen\t2", "hidden\ttags:9"} <= set(shown)
    refused = cli("views", "save", "wide", "--columns", "name:wide")
    assert refused.code == 4
    assert "a width is a number of cells" in refused.err


def test_adding_an_own_lead_by_options(cli: Cli) -> None:
    lead = cli.ok("leads", "add", "--set", "email=Mary@Somerville.example", "--set", "title=Writer",
                  "--tag", "vip,science", "--json").json  # fmt: skip
    assert lead["email"] == "mary@somerville.example"
    assert sorted(lead["tags"]) == ["science", "vip"]
    again = cli("leads", "add", "--set", "email=mary@somerville.example")
    assert again.code == 4
    assert f"lead {lead['id']}" in again.err


def test_without_a_terminal_adding_asks_nothing(cli: Cli) -> None:
    result = cli("leads", "add")
    assert result.code == 4
    assert "no fields are given" in result.err


def test_editing_many_leads_and_taking_it_back(cli: Cli) -> None:
    would = cli.ok("leads", "edit", "--where", "email:exists", "--set", "title=X", "--dry-run")
    assert would.out == "would set title of 3 leads\n"
    assert cell(cli, "1", "title") == "Head of Engines"
    done = cli.ok("leads", "edit", "--where", "email:exists", "--set", "title=X", "--json")
    assert done.json == {"leads": 3, "changed": 3}
    cli.ok("undo")
    assert cell(cli, "1", "title") == "Head of Engines"
    cli.ok("redo", "--yes")
    assert cell(cli, "1", "title") == "X"


def test_the_trash_gives_back_and_blocks_no_import(cli: Cli, leads_csv: Path) -> None:
    cli.ok("leads", "rm", "ada@lovelace.example")
    assert len(emails(cli)) == 2
    assert emails(cli, "--trash") == ["ada@lovelace.example"]
    report = cli.ok("import", leads_csv, "--campaign", "Q4", "--json").json
    assert (report["created"], report["unchanged"]) == (1, 2)
    refused = cli("leads", "restore", "1")
    assert refused.code == 4
    cli.ok("leads", "rm", "ada@lovelace.example")
    cli.ok("leads", "restore", "1")
    assert emails(cli).count("ada@lovelace.example") == 1


def test_tags(cli: Cli) -> None:
    cli.ok("tags", "add", "vip,science", "--where", "country:GB or country:DE")
    assert cli.ok("tags", "list", "--json").json == [
        {"tag": "science", "leads": 2},
        {"tag": "vip", "leads": 2},
    ]
    assert len(emails(cli, "--where", "tag:vip")) == 2
    cli.ok("tags", "rm", "vip", "ada@lovelace.example")
    assert emails(cli, "--where", "tag:vip") == ["jürgen@müller.example"]


def test_a_list_without_campaigns_says_where_they_are(cli: Cli) -> None:
    cli.ok("campaigns", "archive", "Q4")
    assert "all campaigns are archived: leadsync campaigns list --all" in (
        cli.ok("campaigns", "list").err
    )
    assert "Q4" in cli.ok("campaigns", "list", "--all").out


def test_campaigns(cli: Cli) -> None:
    cli.ok("campaigns", "add", "Q1")
    cli.ok("leads", "move", "2", "--to", "Q1")
    cli.ok("campaigns", "rename", "Q1", "Q1 agencies")
    found = cli.ok("campaigns", "list", "--json").json
    assert [(c["name"], c["leads"]) for c in found] == [("Q4", 2), ("Q1 agencies", 1)]
    cli.ok("campaigns", "archive", "q4")
    assert [c["name"] for c in cli.ok("campaigns", "list", "--json").json] == ["Q1 agencies"]
    assert emails(cli, "--campaign", "Q1 agencies") == ["grace@navy.example"]


def test_counting_by_a_field(cli: Cli) -> None:
    assert cli.ok("leads", "count").out == "3\n"
    found = cli.ok("leads", "count", "--by", "country", "--json").json
    assert sorted((row["country"], row["leads"]) for row in found) == [
        ("DE", 1), ("GB", 1), ("US", 1),
    ]  # fmt: skip


def test_history_tells_who_did_what(cli: Cli) -> None:
    cli.ok("leads", "edit", "1", "--set", "title=CTO")
    newest = cli.ok("history", "--json").json[0]
    assert newest["actor"] == "ada"
    assert newest["counts"] == {"updated": 1}
    lines = cli.ok("history", "ada@lovelace.example", "--json").json
    assert (lines[-1]["field"], lines[-1]["before"], lines[-1]["after"]) == (
        "title", "Head of Engines", "CTO",
    )  # fmt: skip


def test_undo_lists_before_it_does_and_any_unit_can_be_taken_back(cli: Cli) -> None:
    cli.ok("leads", "edit", "1", "--set", "title=CTO")
    cli.ok("leads", "edit", "2", "--set", "title=CFO")
    would = cli.ok("undo", "--dry-run")
    assert "would take back" in would.err
    assert cell(cli, "2", "title") == "CFO"
    units = cli.ok("history", "--json").json
    first_edit = units[1]["id"]
    assert f"took back {first_edit}: edit" in cli.ok("undo", str(first_edit)).err
    assert cell(cli, "1", "title") == "Head of Engines"
    assert cell(cli, "2", "title") == "CFO"
    again = cli("undo", str(first_edit), "--yes")
    assert (again.code, again.err.startswith("error: unit")) == (4, True)


def test_columns_from_the_command_line(cli: Cli, tmp_path: Path) -> None:
    cli.ok("columns", "add", "hello", "--template", "Hi {{ first_name }},")
    assert cell(cli, "1", "hello") == "Hi Ada,"
    cli.ok("leads", "edit", "1", "--set", "first_name=Augusta")
    assert cell(cli, "1", "hello") == "Hi Augusta,"
    bad = cli("columns", "edit", "hello", "--template", "{{ first_nam }}")
    assert bad.code == 4
    assert 'did you mean "first_name"' in bad.err
    refused = cli("columns", "rm", "first_name")
    assert refused.code == 4
    assert "hello" in refused.err
    written = cli.ok("columns", "export", "hello").out
    cli.ok("columns", "rm", "hello")
    (tmp_path / "c.toml").write_text(written)
    assert cli.ok("columns", "apply", "c.toml", "--json").json[0]["outcome"] == "added"
    assert cli.ok("columns", "apply", "c.toml", "--json").json[0]["outcome"] == "unchanged"
    assert cell(cli, "1", "hello") == "Hi Augusta,"


@on_both_engines
def test_export_and_dump_and_backup(cli: Cli, tmp_path: Path) -> None:
    cli.ok("export", "out.csv", "--columns", "email,title", "--sort", "email")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[:2] == [["email", "Job title"], ["ada@lovelace.example", "Head of Engines"]]
    lines = cli.ok("export", "-", "--format", "jsonl", "--ids").lines
    assert json.loads(lines[0])["id"] == 1
    before = cli.ok("dump").out
    cli.ok("backup", "b.backup")
    cli.ok("leads", "rm", "1")
    cli.ok("restore", "b.backup", "--yes")
    assert without_backups(cli.ok("dump").lines) == without_backups(before.splitlines())
    (tmp_path / "all.jsonl").write_text(before, "utf-8")
    loaded = cli("load", "all.jsonl", "--store", "sqlite:///fresh.db", "--json")
    assert loaded.json["leads"] == 3
    assert cli.ok("dump", "--store", "sqlite:///fresh.db").out == before


def without_backups(lines: list[str]) -> list[str]:
    """A dump without what tells where copies of the store are, and the number of its records."""
    return [line for line in lines if '"backups"' not in line and not line.startswith('["end"')]


def test_sql_is_read_only_and_for_sqlite(cli: Cli) -> None:
    result = cli("sql", "SELECT email, title FROM lead_sheet ORDER BY email LIMIT 1", "--json")
    if "LEADSYNC_STORE" in cli.environment:
        assert result.code == 4
        assert "MongoDB" in result.err
        return
    assert result.json == [{"email": "ada@lovelace.example", "title": "Head of Engines"}]
    for statement in ("DELETE FROM leads", "ATTACH 'other.db' AS o", "PRAGMA user_version = 9"):
        refused = cli("sql", statement)
        assert refused.code == 4, statement
    assert cli.ok("leads", "count").out == "3\n"


def test_doctor_finds_a_healthy_store(cli: Cli) -> None:
    found = {f["check"]: f["verdict"] for f in cli.ok("doctor", "--json").json}
    assert found["store"] == found["store check"] == "ok"
