"""`leadsync import` and `inspect` as people and cron type them."""

from __future__ import annotations

import os
import re
import shlex
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_rejects_of_standard_input_have_a_plain_name(cli: Cli, tmp_path: Path) -> None:
    done = cli.ok("import", "-", stdin="Email,Name\na@x.example,Ada\nnobody,Eve\n")
    assert '"stdin.rejects.csv"' in done.err
    assert (tmp_path / "stdin.rejects.csv").is_file()


def test_the_advice_about_leads_in_the_trash_works_as_typed(filled: Cli, leads_csv: Path) -> None:
    filled.ok("leads", "edit", "1", "--set", "phone=+49 30 1")
    filled.ok("leads", "rm", "1")
    advice = filled.ok("import", leads_csv).err.split("leadsync leads merge ")[1].split()
    refused = filled("leads", "restore", "1")
    assert f"leadsync leads merge {' '.join(advice)}" in refused.err
    filled.ok("leads", "merge", *advice)
    lead = filled.ok("leads", "show", "ada@lovelace.example", "--json").json
    assert lead["customFields"]["phone"] == "+49 30 1"
    assert filled.ok("leads", "list", "--trash", "--columns", "id").lines == ["id", "1"]
    filled.ok("undo", "--yes")
    lead = filled.ok("leads", "show", "ada@lovelace.example", "--json").json
    assert "phone" not in lead["customFields"]


def test_an_import_into_an_archived_campaign_says_how_it_comes_back(
    cli: Cli, leads_csv: Path
) -> None:
    cli.ok("campaigns", "add", "Joe's old")
    cli.ok("campaigns", "archive", "Joe's old")
    told = cli.ok("import", leads_csv, "--campaign", "joe's OLD")
    (line,) = [line for line in told.err.splitlines() if "archived" in line]
    assert """ campaign "Joe's old" is archived""" in line
    assert "created" in told.out
    again = cli.ok("import", leads_csv, "--campaign", "Joe's old", "--json").json
    assert [w for w in again["warnings"] if "archived" in w]
    back = shlex.split(line.split(": leadsync ")[1])
    cli.ok(*back)
    assert "archived" not in cli.ok("import", leads_csv, "--campaign", "Joe's old").err


def test_leads_that_go_into_an_archived_campaign_are_told_of_it(filled: Cli) -> None:
    filled.ok("campaigns", "add", "Old")
    filled.ok("campaigns", "archive", "Old")
    advice = 'campaign "Old" is archived; to have it back in lists: leadsync campaigns archive Old'
    moved = filled.ok("leads", "move", "1", "--to", "old").err
    assert moved.splitlines()[0] == '1 lead moved to "Old"'
    assert advice in moved
    assert advice in filled.ok("leads", "add", "--set", "email=x@x.example", "-c", "Old").err
    assert "archived" not in filled.ok("leads", "move", "1", "--to", "Inbox").err


@pytest.mark.parametrize("name", ["", "  ", "a\tb", "x" * 5000])
def test_a_campaign_that_is_no_name_is_refused_before_anything_is_written(
    cli: Cli, leads_csv: Path, name: str
) -> None:
    for words in (("import", leads_csv), ("leads", "add", "--set", "email=a@x.example")):
        refused = cli(*words, f"--campaign={name}")
        assert refused.code == 4
        assert "campaign" in refused.err
    assert cli.ok("campaigns", "list", "--json").json == []


def test_tags_of_files_are_cleaned_and_tags_of_people_are_checked(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Email,Tags\na@x.example,b\x1b[31m;c\u200bd\n", "utf-8")
    cli.ok("import", "t.csv")
    assert [row["tag"] for row in cli.ok("tags", "list", "--json").json] == ["b[31m", "cd"]
    refused = cli("import", "t.csv", "--tag", "b\x1b[31m")
    assert refused.code == 4
    assert "is no tag" in refused.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--keep", "nope"), 'no column "nope"|has a column "nope"'),
        (("--overwrite", "compny"), 'did you mean "company"'),
        (("--keep", "Title", "--overwrite", "title"), "both kept and overwritten"),
        (("--map", "Title=title", "--ignore", "Title"), "both mapped and left out"),
        (("--map", "Title=title", "--map", "Title=notes"), "mapped to both title and notes"),
        (("--sheet", "People"), 'no sheet "People"'),
    ],
)
def test_options_that_do_not_fit_the_file_are_refused(
    cli: Cli, leads_csv: Path, words: tuple[str, ...], message: str
) -> None:
    refused = cli("import", leads_csv, *words)
    assert refused.code == 4
    assert re.search(message, refused.err)
    assert cli.ok("leads", "count").out == "0\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv", "Name,Email\n", "has a header and no rows"),
        ("data.json", '{"data": [{"email": "a@x.example"}]}', 'inside "data"'),
        ("numbers.json", "[1, 2, 3]", "JSON array of objects"),
        (
            "wide.csv",
            "Email," + ",".join(f"H{n}" for n in range(3000)) + "\na@x.example\n",
            r"3,000 new columns.*room for 1,900(.|\n)*--ignore",
        ),
    ],
)
def test_files_that_cannot_be_imported_say_what_is_expected(
    cli: Cli, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    refused = cli("import", name)
    assert refused.code == 4
    assert re.search(message, refused.err)


def test_a_backup_and_a_dump_are_told_where_they_go(filled: Cli) -> None:
    filled.ok("backup", "b.backup")
    filled.ok("dump", "d.jsonl")
    backup = filled("import", "b.backup")
    assert (backup.code, "leadsync restore FILE" in backup.err) == (4, True)
    dump = filled("import", "d.jsonl")
    assert (dump.code, "leadsync load FILE" in dump.err) == (4, True)
    assert 'error: "d.jsonl" is a dump of LeadSync, not a table of leads' in dump.err


def test_a_folder_is_named_as_it_was_typed(cli: Cli) -> None:
    for place in (".", "./"):
        assert cli("import", place).err.startswith('error: "." is a folder')
    assert cli("import", "..").err.startswith('error: ".." is a folder')


def test_a_file_that_fails_does_not_stop_the_others(cli: Cli, leads_csv: Path) -> None:
    done = cli("import", "none.csv", leads_csv, "gone.csv")
    assert done.code == 4
    assert '"none.csv"' in done.err
    assert '"gone.csv"' in done.err
    assert cli.ok("leads", "count").out == "3\n"


def test_numbers_of_json_survive_as_written(cli: Cli) -> None:
    cli.ok("import", "-", stdin='[{"email": "a@x.example", "score": 1.50}]')
    assert cli.ok("leads", "list", "--columns", "score").lines[1] == "1.50"


def test_an_import_that_is_stopped_says_so_and_leaves_nothing(cli: Cli, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    running = cli.start("import", pipe)
    with pipe.open("wb"):  # opens once the import reads, which then waits for more
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert err.decode() == 'warning: stopped: nothing of "pipe.csv" was imported\n'
    assert cli.ok("leads", "count").out == "0\n"


def test_a_template_leaves_phone_numbers_as_they_are(filled: Cli) -> None:
    filled.ok("leads", "edit", "1", "--set", "phone=+49 30 1234")
    assert ",+49 30 1234," in filled.ok("export", "-", "--template", "instantly").out
    assert ",'+49 30 1234," in filled.ok("export", "-").out


def test_headers_like_formulas_gain_nothing_on_a_round_trip(cli: Cli) -> None:
    cli.ok("import", "-", stdin="Email,=cmd\na@x.example,1\n")
    for _ in range(2):
        exported = cli.ok("export", "-", "--columns", "email,cmd").out
        assert exported.splitlines()[0] == "email,'=cmd"
        cli.ok("import", "-", stdin=exported)
    assert [c["label"] for c in cli.ok("columns", "list", "--json").json] == ["=cmd"]


def test_inspect_says_what_import_does(cli: Cli, tmp_path: Path) -> None:
    header = "Full Name,Anschrift,Junk,Emial,Remark,_line,_reason\n"
    (tmp_path / "p.csv").write_text(header + "Ada,a@x.example,1,e@x.example,hi,2,no\n")
    before = cli.ok("inspect", "p.csv", "--json").json
    assert not list((tmp_path / "home").rglob("*.db"))
    assert before["mapping"]["Full Name"] == "name"
    assert before["mapping"]["_line"] is None
    report = cli.ok("import", "p.csv", "--map", "Anschrift=email", "--ignore", "Junk", "--json")
    after = cli.ok("inspect", "p.csv", "--json").json
    assert after["mapping"] == report.json["mapping"]
    assert not any(column["is_new"] for column in after["columns"])
    shown = cli.ok("inspect", "p.csv")
    assert shown.out.count("did you mean email?") == 1
    assert "_reason\t(left out)" in shown.out
    assert "mapping remembered" in shown.out


def test_inspect_shows_the_first_rows(cli: Cli, leads_csv: Path) -> None:
    lines = cli.ok("inspect", leads_csv).lines
    assert "column\trow 1\trow 2\trow 3" in lines
    assert "First Name\tAda\tGrace\tJürgen" in lines
