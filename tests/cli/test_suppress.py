"""The suppression list from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.conftest import Cli

if TYPE_CHECKING:
    from pathlib import Path


def test_who_is_suppressed_is_imported_and_asked_about_no_more(
    either_cli: Cli, leads_csv: Path
) -> None:
    cli = either_cli
    added = cli.ok("suppress", "add", "Grace@Navy.example", "@müller.example", "--reason", "asked")
    assert "2 added, 0 stood there; 0 leads" in added.err
    listed = cli.ok("suppress", "list", "--json").json
    assert [(e["kind"], e["value"], e["reason"]) for e in listed] == [
        ("email", "grace@navy.example", "asked"), ("domain", "müller.example", "asked"),
    ]  # fmt: skip
    cli.ok("import", leads_csv)
    assert cli.ok("leads", "count").out == "1\n"
    again = cli.ok("suppress", "add", "grace@navy.example", "lovelace.example", "--json").json
    assert again == {"added": 1, "known": 1, "unreadable": 0, "leads": 1}
    plan = cli.ok("enrich", "--column", added_verify(cli), "--dry-run").out
    assert "1 suppressed" in plan


def test_who_is_suppressed_and_typed_in_is_told_so(cli: Cli) -> None:
    cli.ok("suppress", "add", "stop@acme.example")
    added = cli.ok("leads", "add", "--set", "email=Stop@acme.example")
    assert added.err.splitlines()[1:] == [
        'warning: "stop@acme.example" is on the suppression list: no run asks about it, and no push'
        " sends it"
    ]
    assert "suppression" not in cli.ok("leads", "add", "--set", "email=a@acme.example").err


def added_verify(cli: Cli) -> str:
    cli.ok("columns", "add", "verify", "--recipe", "verify", "--set", "dns=false")
    return "verify"


def test_entries_can_be_checked_released_and_brought_back(cli: Cli) -> None:
    cli.ok("suppress", "add", "acme.example")
    checked = cli("suppress", "check", "ada@mail.acme.example", "acme.example", "ada@x.example")
    assert checked.code == 3
    assert checked.lines[1:] == [
        "ada@mail.acme.example\tsuppressed", "acme.example\tsuppressed", "ada@x.example\tfree",
    ]  # fmt: skip
    odd = cli("suppress", "check", "ada@acme.example", "ada at acme")
    assert (odd.code, odd.out) == (4, "")
    assert '"ada at acme" is neither an address nor a domain' in odd.err
    cli.ok("suppress", "rm", "acme.example")
    assert cli("suppress", "check", "ada@acme.example").code == 0
    cli.ok("undo", "--yes")
    assert cli("suppress", "check", "ada@acme.example").code == 3
    refused = cli("suppress", "rm", "other.example")
    assert (refused.code, '"other.example" is not on the suppression list' in refused.err) == (
        4,
        True,
    )
    refused = cli("suppress", "add", "ada@x.example", "what is this")
    assert refused.code == 4
    assert '"what is this" is neither an address nor a domain' in refused.err
    assert len(cli.ok("suppress", "list", "--json").json) == 1


def test_a_list_of_another_tool_is_taken_as_it_is(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text(
        '\ufeffName;Email;When\nAda;"Ada@Lovelace.example";2026-01-02\n;navy.example;\nnobody;;\n',
        "utf-8",
    )
    rehearsed = cli.ok("suppress", "import", "out.csv", "--dry-run", "--json").json
    assert rehearsed == {"dryRun": True, "entries": 2, "unreadable": 1}
    done = cli.ok("suppress", "import", "out.csv", "--reason", "unsubscribed")
    assert 'warning: "nobody;;" is neither an address nor a domain' in done.err
    listed = cli.ok("suppress", "list", "--json").json
    assert [(e["value"], e["source"]) for e in listed] == [
        ("ada@lovelace.example", "out.csv"), ("navy.example", "out.csv"),
    ]  # fmt: skip
