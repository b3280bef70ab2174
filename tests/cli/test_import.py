"""`leadsync import` and `inspect` as people and cron type them."""

from __future__ import annotations

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
