"""What commands answer: JSON where it was asked for, rehearsals, and when nothing matches."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

BULK = {
    ("leads", "rm"): {"trashed": 0},
    ("leads", "restore"): {"restored": 0},
    ("leads", "move", "--to", "Elsewhere"): {"moved": 0},
    ("leads", "edit", "--set", "title=X"): {"leads": 0, "changed": 0},
    ("tags", "add", "vip"): {"changed": 0},
    ("tags", "rm", "vip"): {"changed": 0},
}


@pytest.mark.parametrize(("words", "nothing"), BULK.items(), ids=" ".join)
def test_a_bulk_command_that_matches_nothing_is_done(
    words: tuple[str, ...], nothing: dict[str, int], filled: Cli
) -> None:
    units = filled.ok("history", "--json").json
    result = filled.ok(*words, "--where", "country:XX", "--json")
    assert result.json == nothing
    assert result.err == "no lead matches; nothing was changed\n"
    assert filled.ok("history", "--json").json == units
    assert [c["name"] for c in filled.ok("campaigns", "list", "--json").json] == ["Inbox"]


@pytest.mark.parametrize("words", BULK, ids=" ".join)
def test_a_rehearsal_in_json_says_how_many_leads(words: tuple[str, ...], filled: Cli) -> None:
    if words == ("leads", "restore"):
        filled.ok("leads", "rm", "1", "2")
        where = "email:exists"
    else:
        where = "country:GB or country:US"
    result = filled.ok(*words, "--where", where, "--dry-run", "--json")
    assert result.json == {"dryRun": True, "leads": 2}


def test_every_writing_command_answers_in_json(filled: Cli) -> None:
    filled.ok("views", "save", "heads", "--where", "title:head")
    filled.ok("campaigns", "add", "Q4")
    assert filled.ok("campaigns", "rename", "Q4", "Q5", "--json").json["name"] == "Q5"
    assert filled.ok("campaigns", "archive", "Q5", "--json").json["archived"] is True
    assert filled.ok("views", "rm", "heads", "--json").json["name"] == "heads"
    newest = filled.ok("history", "--json").json[0]["id"]
    assert filled.ok("undo", "--dry-run", "--json").json == {"dryRun": True, "units": [newest]}
    dumped = filled.ok("dump", "all.jsonl", "--json").json
    lines = (filled.folder / "all.jsonl").read_text("utf-8").splitlines()
    assert dumped == {"file": "all.jsonl", "records": len(lines) - 1, "replaced": False}


@pytest.mark.parametrize("verb", ["add", "rm"])
@pytest.mark.parametrize("tag", ["", " , "])
def test_no_tag_is_not_done_but_refused(filled: Cli, verb: str, tag: str) -> None:
    refused = filled("tags", verb, tag, "1")
    assert (refused.code, refused.err.splitlines()[0]) == (4, "error: no tag is named")


def test_a_rehearsed_merge_changes_nothing(filled: Cli) -> None:
    would = filled.ok("leads", "merge", "1", "2", "--dry-run", "--json").json
    assert (would[0]["leadId"], would[0]["others"]) == (1, [2])
    assert filled.ok("leads", "count").out == "3\n"
    assert filled.ok("leads", "merge", "1", "2", "--json").json == would


def test_a_rehearsed_restore_changes_nothing(filled: Cli) -> None:
    filled.ok("backup", "b.backup")
    filled.ok("erase", "ada@lovelace.example", "--yes")
    filled.ok("suppress", "add", "rival.example")
    assert filled.ok("restore", "b.backup", "--dry-run", "--json").json == {
        "dryRun": True, "leads": 2, "kept": None, "erased": 1, "erasedLeads": 1,
        "suppressions": 1, "left": [],
    }  # fmt: skip
    assert filled.ok("restore", "b.backup", "--dry-run").lines == [
        f'would put 2 leads in the place of what is in "{place_of(filled)}"',
        "would be left out: 1 lead of 1 person erased since the backup",
        "would be kept: 1 entry of the suppression list that the backup has not",
    ]
    assert filled.ok("leads", "count").out == "2\n"


def test_a_restore_is_asked_for_and_says_what_it_kept(filled: Cli) -> None:
    filled.ok("backup", "b.backup")
    filled.ok("leads", "rm", "1")
    filled.ok("suppress", "add", "rival.example", "b@rival.example")
    refused = filled("restore", "b.backup")
    assert (refused.code, "nobody can be asked here" in refused.err) == (4, True)
    assert filled.ok("leads", "count").out == "2\n"
    said = filled.ok("restore", "b.backup", "--yes").err.splitlines()
    assert said[:2] == [
        f'restored: 3 leads in "{place_of(filled)}"',
        "kept: 2 entries of the suppression list that the backup has not",
    ]
    assert filled("suppress", "check", "x@rival.example").code == 3


def test_a_restore_looks_at_the_file_before_it_misses_somebody_to_ask(filled: Cli) -> None:
    gone = filled("restore", "gone.backup")
    assert (gone.code, gone.err.splitlines()[0]) == (4, 'error: there is no file "gone.backup"')
    (filled.folder / "l.csv").write_text("Email\na@x.example\n")
    other = filled("restore", "l.csv")
    assert other.code == 4
    assert "nobody can be asked" not in other.err


def place_of(cli: Cli) -> str:
    return f"sqlite:///{cli.folder / 'home' / 'leadsync.db'}"


def test_a_rehearsed_load_changes_nothing(filled: Cli) -> None:
    filled.ok("dump", "all.jsonl")
    new = ("--store", "sqlite:///new.db")
    assert filled.ok("load", "all.jsonl", "--dry-run", "--json", *new).json == {
        "dryRun": True, "leads": 3,
    }  # fmt: skip
    refused = filled("load", "all.jsonl", "--dry-run")
    assert refused.code == 7
    assert "not empty" in refused.err
    (filled.folder / "cut.jsonl").write_text((filled.folder / "all.jsonl").read_text()[:-30])
    assert filled("load", "cut.jsonl", "--dry-run", *new).code == 4
    assert filled.ok("load", "all.jsonl", *new, "--json").json["leads"] == 3
