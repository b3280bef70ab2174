"""How a call begins and ends: help, versions, wrong words, exit codes, streams."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from leadsync.cli.commands import SECTIONS
from leadsync.cli.main import app
from tests.cli.conftest import Cli

HEAVY = ("textual", "pandas", "openai", "pymongo", "pydantic", "rich", "jinja2", "lark", "httpx2")
NAMES = [name for section in SECTIONS.values() for name in section]


def every_command() -> list[tuple[str, ...]]:
    """Words of each command that does something, nouns with their verbs."""
    root = typer.main.get_command(app)
    found: list[tuple[str, ...]] = []
    for name in NAMES:
        command = root.get_command(None, name)  # type: ignore[attr-defined]
        verbs = getattr(command, "commands", None)
        found += [(name, verb) for verb in verbs] if verbs else [(name,)]
    return found


def test_help_of_the_program_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['leadsync', '--help']\n"
        "from leadsync.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('loaded:', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.rpartition("loaded:")[2].split()
    assert "leadsync.cli.main" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_the_help_names_every_command(cli: Cli) -> None:
    shown = cli.ok("--help").out
    assert [name for name in NAMES if f"\n  {name} " not in shown] == []


def test_the_line_of_each_command_is_the_first_line_of_its_help(cli: Cli) -> None:
    for section in SECTIONS.values():
        for name, (_, line) in section.items():
            assert line in cli.ok(name, "--help").out


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_help_of_every_command_has_an_example(words: tuple[str, ...], cli: Cli) -> None:
    shown = cli.ok(*words, "--help").out
    assert f"    leadsync {' '.join(words)}" in shown


def test_shared_options_may_stand_before_the_command(cli: Cli, leads_csv: Path) -> None:
    cli.ok("--store", "sqlite:///other.db", "import", leads_csv, "--quiet")
    assert cli.ok("--store", "sqlite:///other.db", "--json", "leads", "count").json == {"leads": 3}


def test_version(cli: Cli) -> None:
    assert cli.ok("--version").out.startswith("leadsync 0.")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["exprot"], 'Did you mean "export"?'),
        (["leads", "lst"], "list"),
        (["leads", "list", "--limt", "3"], "--limit"),
        (["leads", "list", "--limit", "many"], "--limit"),
        (["import"], "FILE"),
    ],
)
def test_wrong_words_end_with_2_and_a_hint(words: list[str], hint: str, cli: Cli) -> None:
    result = cli(*words)
    assert result.code == 2
    assert hint in result.err
    assert result.out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["import", "nowhere.csv"], 'there is no file "nowhere.csv"'),
        (["leads", "list", "--where", "titel:x"], 'no field "titel"; did you mean "title"?'),
        (["leads", "list", "--where", "title:"], 'no value after "title:"'),
        (["leads", "list", "--filter", "{"], "is not JSON"),
        (["leads", "show", "nobody@nowhere.example"], "no lead"),
        (["leads", "list", "--campaign", "Inbx"], 'no campaign "Inbx"; did you mean "Inbox"?'),
        (["leads", "list", "--view", "none"], 'no view "none"'),
        (["leads", "rm"], "no leads are named"),
        (["export", "leads.doc"], "names no format"),
        (["leads", "edit", "1"], "nothing is to be set"),
        (["undo", "99"], 'no unit "99"'),
        (["leads", "list", "--store", "redis://x"], "neither an SQLite file nor a MongoDB"),
    ],
)
def test_bad_input_ends_with_4_one_line_and_no_output(
    words: list[str], message: str, filled: Cli
) -> None:
    result = filled(*words)
    assert result.code == 4
    assert message in result.err
    assert result.err.startswith("error: ")
    assert result.out == ""


def test_the_place_of_an_error_in_a_filter_has_a_caret(filled: Cli) -> None:
    shown = filled("leads", "list", "--where", "country:DE titel:x").err.splitlines()
    assert shown[1].index("titel") == shown[2].index("^")


def test_a_store_that_is_none_ends_with_7(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "notes.db"
    other.write_text("shopping list, not a database at all\n" * 40)
    result = cli("leads", "list", "--store", f"sqlite:///{other}")
    assert result.code == 7
    assert "notes.db" in result.err


def test_a_reader_that_goes_away_is_no_error(filled: Cli) -> None:
    process = filled.start("dump")
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.wait(30) in (0, 141)
    assert process.stderr.read() == b""
    process.stderr.close()


def test_quiet_leaves_data_and_warnings_only(filled: Cli, tmp_path: Path) -> None:
    result = filled.ok("export", tmp_path / "out.csv", "--quiet")
    assert (result.out, result.err) == ("", "")


def test_data_goes_to_stdout_and_talk_to_stderr(filled: Cli) -> None:
    result = filled.ok("leads", "list", "--limit", "2")
    assert "ada@lovelace.example" in result.out
    assert "2 of 3 leads" in result.err
    assert "of 3 leads" not in result.out


def test_a_pipe_gets_whole_cells_between_tabs(filled: Cli) -> None:
    result = filled.ok("leads", "list", "--columns", "email,title", "--sort", "email")
    assert result.lines[:2] == ["email\ttitle", "ada@lovelace.example\tHead of Engines"]


def test_columns_says_how_wide_a_table_is(filled: Cli) -> None:
    shown = filled.ok("leads", "list", COLUMNS="60").lines
    assert max(len(line) for line in shown[:5]) <= 60


def test_cells_cannot_steer_the_terminal(cli: Cli, tmp_path: Path) -> None:
    nasty = "\x1b]52;c;aGk=\x07\x1b[2J\u202egnp.exe\x9b31m"
    (tmp_path / "x.csv").write_text(f"Email,Name\na@b.example,{nasty}\n", "utf-8")
    cli.ok("import", "x.csv")
    for words in (["leads", "list"], ["leads", "show", "1"], ["leads", "list", "--json"],
                  ["history", "1"]):  # fmt: skip
        shown = cli.ok(*words)
        assert not set("\x1b\x07\u202e\x9b") & set(shown.out + shown.err), words


def test_a_misspelt_setting_in_the_config_file_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text('stor = "sqlite:///x.db"\n')
    result = cli("leads", "list")
    assert result.code == 4
    assert 'no setting "stor"; did you mean "store"?' in result.err


def test_flag_beats_variable_beats_file(cli: Cli, tmp_path: Path) -> None:
    cli.ok("config", "set", "store", "sqlite:///file.db")
    assert str(tmp_path / "home" / "config.toml") in cli.ok("config", "show").out
    shown = cli.ok("config", "show", "--json", LEADSYNC_STORE="sqlite:///variable.db").json
    assert shown[0] == {
        "name": "store", "value": "sqlite:///variable.db", "origin": "LEADSYNC_STORE",
    }  # fmt: skip
    shown = cli.ok("config", "show", "--json", "--store", "sqlite:///flag.db").json
    assert shown[0]["value"] == "sqlite:///flag.db"


def test_config_shows_no_password_and_keeps_no_key(cli: Cli) -> None:
    shown = cli.ok("config", "show", LEADSYNC_STORE="mongodb://ada:geheim@h/db").out
    assert "geheim" not in shown
    refused = cli("config", "set", "OPENAI_API_KEY", "sk-planted-0123456789")
    assert refused.code == 4
    assert "sk-planted" not in refused.err
