"""Definitions of columns from the command line: added, changed, removed, kept as files."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli

if TYPE_CHECKING:
    from pathlib import Path

AI = ("--kind", "ai", "--prompt", "One line about {{ company }}")


def test_a_formula_that_fails_is_told_of_with_its_first_reason(filled: Cli) -> None:
    added = filled.ok("columns", "add", "ratio", "--template", "{{ 1 / 0 }}")
    assert "warning: the formula fails for 3 leads, whose cell is blank" in added.err
    assert "division by zero" in added.err
    rehearsed = filled.ok("columns", "edit", "ratio", "--template", "{{ 2 / 0 }}", "--dry-run")
    assert "fails for 3 leads" in rehearsed.err
    blank = filled.ok("columns", "edit", "ratio", "--template", "{{ website }}")
    assert "warning" not in blank.err


def test_why_says_why_a_formula_is_blank(filled: Cli) -> None:
    filled.ok("columns", "add", "ratio", "--template", "{{ 1 / 0 }}")
    assert (
        "  blank: the template does not fit this lead: division by zero"
        in filled.ok("why", "1", "ratio").out
    )
    filled.ok("columns", "add", "opener", *AI)
    filled.ok("leads", "edit", "1", "--set", "company=")
    assert "  not asked: company is blank" in filled.ok("why", "1", "opener").out


def test_a_rehearsed_edit_tells_what_would_happen_and_changes_nothing(filled: Cli) -> None:
    filled.ok("columns", "add", "hello", "--template", "Hi {{ first_name }}")
    words = ("columns", "edit", "hello", "--template", "Dear {{ first_name }}")
    rehearsed = filled.ok(*words, "--dry-run", "--json")
    assert (rehearsed.json["changed"], rehearsed.json["recomputed"]) == (True, 3)
    assert 'column "hello" would change' in rehearsed.err
    assert filled.ok("leads", "list", "--columns", "hello", "--json").json[0] == {"hello": "Hi Ada"}
    assert filled.ok(*words, "--json").json == rehearsed.json


def test_a_rehearsed_removal_keeps_the_column(filled: Cli) -> None:
    rehearsed = filled.ok("columns", "rm", "title", "--dry-run", "--json")
    assert rehearsed.json == {"key": "title", "removed": False, "filled": 3}
    assert 'column "title" would go with 3 filled cells' in rehearsed.err
    removed = filled.ok("columns", "rm", "title", "--json")
    assert removed.json == {"key": "title", "removed": True, "filled": 3}
    assert filled("columns", "show", "title").code == 4


def test_exported_definitions_are_json_where_that_is_asked_for(filled: Cli) -> None:
    printed = filled.ok("columns", "export", "title", "--json")
    kept = filled.ok("columns", "export", "title", "--to", "title.toml", "--json")
    assert [column["key"] for column in printed.json] == ["title"]
    assert kept.json == printed.json
    assert "1 column written" in kept.err
    written = tomllib.loads((filled.folder / "title.toml").read_text("utf-8"))
    assert written["column"][0]["key"] == "title"


def test_caps_are_shown_in_dollars(filled: Cli) -> None:
    (filled.folder / "x.toml").write_text(
        '[[column]]\nkey = "opener"\nkind = "ai"\nconfig = { prompt = "Hi {{ company }}" }\n'
        'caps = { usd_per_day = "2.5" }\n',
        "utf-8",
    )
    filled.ok("columns", "apply", "x.toml")
    assert '{"usd_per_day": "$2.50"}' in filled.ok("columns", "show", "opener").out
    shown = filled.ok("columns", "show", "opener", "--json").json
    assert shown["caps"] == {"usd_per_day": 2_500_000}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((*AI, "--set", "modle=x"), 'kind ai has no setting "modle"; did you mean "model"?'),
        (("--kind", "ai"), 'a column of kind ai needs the setting "prompt"'),
        (
            (*AI, "--output", "a:texxt"),
            'the setting "outputs no. 1 type" of a column of kind ai does not fit: it should be',
        ),
        ((*AI, "--set", "max_words=many"), "does not fit: it should be a valid integer"),
        ((*AI, "--output", "Not Good"), '"Not Good" is no name: small letters, digits and _'),
        (("--prompt", "@nothing.txt"), '"nothing.txt" cannot be read: no such file or directory'),
        (("--prompt", "@latin.txt"), '"latin.txt" cannot be read: it is no UTF-8 text'),
        (("--kind", "aii"), 'no kind of column "aii"; did you mean "ai"?'),
    ],
)
def test_what_does_not_fit_is_said_in_words_of_ours(
    words: tuple[str, ...], message: str, filled: Cli
) -> None:
    (filled.folder / "latin.txt").write_bytes("Grüß".encode("latin-1"))
    refused = filled("columns", "add", "opener", *words)
    assert refused.code == 4
    assert message in refused.err
    for foreign in ("Errno", "codec", "Value error", "Input should", "Extra inputs", "Field req"):
        assert foreign not in refused.err


def test_a_column_file_that_is_not_there_is_named(cli: Cli) -> None:
    refused = cli("columns", "apply", "x.toml")
    assert refused.code == 4
    assert '"x.toml" cannot be read: no such file or directory' in refused.err


def test_a_recipe_whose_cell_another_one_fills_says_what_to_do(filled: Cli) -> None:
    filled.ok("columns", "add", "--recipe", "icebreaker")
    refused = filled("columns", "add", "--recipe", "outreach")
    assert refused.code == 4
    assert "or leadsync columns rm icebreaker" in refused.err
    assert '"icebreaker" = "another_key"' in refused.err


def test_a_recipe_that_cannot_be_used_is_named_and_hides_no_other(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "recipes"
    folder.mkdir(parents=True)
    (folder / "broken.toml").write_text("[column\n")
    (folder / "gone.toml").write_text('[column]\nkey = "n"\nkind = "headcount"\n')
    found = cli.ok("columns", "recipes", "--json")
    names = {one["name"] for one in found.json}
    assert {"verify", "outreach"} <= names
    assert names.isdisjoint({"broken", "gone"})
    assert 'the recipe "broken" is not TOML' in found.err
    assert f"mend it: {folder / 'broken.toml'}" in found.err
    assert f'the recipe "gone" ({folder / "gone.toml"}): no kind of column "headcount"' in found.err
    refused = cli("columns", "add", "--recipe", "broken")
    assert (refused.code, f"mend it: {folder / 'broken.toml'}" in refused.err) == (4, True)


def test_recipes_say_what_they_read_fill_and_count(cli: Cli) -> None:
    recipes = {one["name"]: one for one in cli.ok("columns", "recipes", "--json").json}
    verify, outreach = recipes["verify"], recipes["outreach"]
    assert (verify["reads"], verify["unit"]) == (["email"], "")
    assert verify["fills"] == ["verify", "verify_reason", "verify_suggestion"]
    assert outreach["fills"] == ["icebreaker", "pitch", "cta", "ps"]
    assert outreach["unit"] == "token"
    assert "title" in outreach["reads"]


def test_a_recipe_may_come_from_standard_input(filled: Cli) -> None:
    recipe = (
        '[column]\nkey = "hi"\nkind = "template"\n[column.config]\ntemplate = "Hi {{ name }}"\n'
    )
    added = filled.ok("columns", "add", "hello", "--recipe", "-", "--json", stdin=recipe)
    assert (added.json["key"], added.json["kind"]) == ("hello", "template")
    refused = filled("columns", "add", "hello2", "--recipe", "-", stdin=b"\xff\xfe")
    assert (refused.code, "standard input is no UTF-8 text" in refused.err) == (4, True)


def test_a_recipe_of_ones_own_is_found_by_name(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "recipes"
    folder.mkdir(parents=True)
    (folder / "greeting.toml").write_text(
        'description = "How we begin."\n[column]\nkey = "greeting"\nkind = "template"\n'
        '[column.config]\ntemplate = "Hi {{ first_name }}"\n'
    )
    recipes = {one["name"]: one for one in cli.ok("columns", "recipes", "--json").json}
    assert recipes["greeting"]["description"] == "How we begin."
    cli.ok("columns", "add", "--recipe", "greeting")
    assert "greeting" in cli.ok("columns", "list").out
