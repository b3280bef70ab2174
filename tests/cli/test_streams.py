"""Streams that take nothing, or are closed, and words that are wrong: one line and a code."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, TIMEOUT_S, Cli, Result

NEEDS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def shell(cli: Cli, words: str, redirections: str) -> Result:
    done = subprocess.run(
        ["bash", "-c", f"{shlex.join(COMMAND)} {words} {redirections}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        cwd=cli.folder, env=cli.environment, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


@NEEDS_FULL
@pytest.mark.parametrize("words", ["export -", "leads list", "leads count", "dump", "--help"])
def test_a_full_disk_behind_stdout_is_one_line_and_7(words: str, filled: Cli) -> None:
    result = shell(filled, words, "> /dev/full")
    assert result.code == 7
    assert result.err.splitlines()[:1] == [
        "error: cannot write to the standard output: No space left on device"
    ]
    assert "Traceback" not in result.err
    assert "Exception ignored" not in result.err


def test_a_closed_stdout_is_one_line_and_7(filled: Cli) -> None:
    result = shell(filled, "leads count", ">&-")
    assert result.code == 7
    assert result.err.startswith("error: cannot write to the standard output")


def test_a_closed_stdin_is_an_empty_file(cli: Cli) -> None:
    result = shell(cli, "import -", "<&-")
    assert result.code == 4
    assert "is empty" in result.err


@NEEDS_FULL
@pytest.mark.parametrize("redirection", ["2>&-", "2> /dev/full"])
def test_talk_that_nobody_can_hear_is_no_error(redirection: str, filled: Cli) -> None:
    result = shell(filled, "leads list --limit 1 --columns email", redirection)
    assert result.code == 0
    assert len(result.out.splitlines()) == 2


@pytest.mark.parametrize("depth", [100, 3000, 100_000 // 10])
def test_a_filter_nested_too_deep_is_refused(depth: int, filled: Cli) -> None:
    nested = '{"$not": ' * depth + json.dumps({"country": "DE"}) + "}" * depth
    result = filled("leads", "count", "--filter", nested)
    assert result.code == 4
    assert "nested" in result.err
    result = filled("leads", "count", "--where", "(" * depth + "country:DE" + ")" * depth)
    assert result.code == 4


def test_wrong_words_are_answered_in_the_manner_of_all_errors(cli: Cli) -> None:
    result = cli("leads", "list", "--limt", "3")
    assert result.code == 2
    first, second = result.err.splitlines()
    assert first.startswith("error: no such option")
    assert second == "  next: leadsync leads list --help"


def test_an_amount_that_is_none_is_told_with_its_option(filled: Cli) -> None:
    filled.ok("columns", "add", "--recipe", "icebreaker")
    result = filled("enrich", "--column", "icebreaker", "--max-cost", "abc", "--dry-run")
    assert result.code == 4
    assert result.err.startswith('error: --max-cost: "abc" is no amount in dollars')


@pytest.mark.parametrize("words", [["leads"], ["config"]], ids=" ".join)
def test_a_noun_alone_shows_its_verbs(words: list[str], cli: Cli) -> None:
    result = cli(*words)
    assert result.code == 2
    assert "Commands:" in result.out + result.err
