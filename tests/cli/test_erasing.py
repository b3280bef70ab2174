"""Erasing, expiring and telling people from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.conftest import Cli
from tests.cli.test_terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


def test_an_erased_person_is_nowhere_and_comes_back_by_no_door(
    either_cli: Cli, leads_csv: Path
) -> None:
    cli = either_cli
    cli.ok("import", leads_csv)
    cli.ok("backup", "before.backup")
    asked = cli("erase", "ada@lovelace.example")
    assert (asked.code, "nobody can be asked here" in asked.err) == (4, True)
    assert '"ada" is neither an e-mail address nor' in cli("erase", "ada").err
    plan = cli.ok("erase", "ada@lovelace.example", "--dry-run")
    assert "lead 1: Ada Lovelace <ada@lovelace.example> in Inbox" in plan.out
    assert "would be removed: 1 lead, with all its cells" in plan.out
    done = cli.ok("erase", "ada@lovelace.example", "--yes")
    assert "removed: 1 lead, with all its cells" in done.out
    assert "a salted hash, by which imports, runs and pushes refuse them" in done.out
    assert f"{cli.folder / 'before.backup'}" in done.err
    assert b"ada@lovelace" not in everything_in(cli)

    again = cli.ok("import", leads_csv)
    assert "1 row refused: this person was erased" in again.err
    refused = cli("leads", "add", "--set", "email=ada@lovelace.example")
    assert (refused.code, "was erased from this workspace" in refused.err) == (4, True)
    assert cli("suppress", "check", "ada@lovelace.example").code == 3
    assert cli("suppress", "rm", "ada@lovelace.example").code == 4
    told = cli.ok("person", "ada@lovelace.example")
    assert "0 leads" in told.lines[0]
    assert "a salted hash keeps them out" in told.out
    assert cli.ok("erase", "ada@lovelace.example", "--yes", "--json").json["erasedBefore"]


def everything_in(cli: Cli) -> bytes:
    """All files that LeadSync keeps, byte by byte; those on a server are not among them."""
    files = [path for path in (cli.folder / "home").rglob("*") if path.is_file()]
    return b"\n".join(path.read_bytes() for path in files).lower()


def test_a_person_is_told_with_sources(cli: Cli, leads_csv: Path) -> None:
    cli.ok("import", leads_csv)
    cli.ok("leads", "edit", "ada@lovelace.example", "--set", "name=Ada King")
    told = cli.ok("person", "ada@lovelace.example").out
    assert "import leads.csv by ada" in told
    assert "Ada King" in told
    doc = cli.ok("person", "ada@lovelace.example", "--json").json
    origins = {cell["field"]: cell["origin"] for cell in doc["leads"][0]["cells"]}
    assert (origins["email"], origins["name"]) == ("import", "hand")
    assert cli("person", "nobody at all").code == 4


def test_campaigns_say_how_long_they_keep_leads(cli: Cli, leads_csv: Path) -> None:
    cli.ok("import", leads_csv, "--campaign", "Q4")
    assert cli.ok("expire", "--yes").err.startswith("no campaign has a time")
    done = cli.ok("campaigns", "set", "Q4", "--retention-days", "365", "--max-per-company", "3")
    assert 'campaign "Q4": kept 365 days, at most 3 per company' in done.err
    assert "kept 365 days, at most 3 per company" in cli.ok("campaigns", "list").out
    assert "0 leads not changed since" in cli.ok("expire", "--dry-run").out
    assert cli.ok("expire", "--yes", "--json").json[0]["leads"] == 0
    assert cli("expire").code == 4
    refused = cli("campaigns", "set", "Q4")
    assert (refused.code, "nothing is to be set" in refused.err) == (4, True)
    cli.ok("campaigns", "set", "Q4", "--retention-days", "0", "--max-per-company", "0")
    assert "kept" not in cli.ok("campaigns", "list").out


def test_on_a_terminal_the_address_has_to_be_typed(filled: Cli) -> None:
    refused = Terminal(filled, "erase", "ada@lovelace.example")
    refused.wait_for("Type ada@lovelace.example to erase it for good")
    assert "would be removed: 1 lead, with all its cells" in refused.seen
    refused.type("y")
    assert refused.end() == 0
    assert "nothing was changed" in refused.text
    assert filled.ok("leads", "count").out == "3\n"

    agreed = Terminal(filled, "erase", "ada@lovelace.example")
    agreed.wait_for("Type ada@lovelace.example to erase it for good")
    agreed.type("ada@lovelace.example")
    assert agreed.end() == 0
    assert filled.ok("leads", "count").out == "2\n"


def test_a_dry_run_where_nothing_is_makes_no_store(cli: Cli) -> None:
    assert "nothing is held on this person" in cli.ok("erase", "a@b.example", "--dry-run").out
    assert "0 leads" in cli.ok("person", "a@b.example").out
    assert not list((cli.folder / "home").rglob("*.db"))
