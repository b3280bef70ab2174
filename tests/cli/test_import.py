"""`leadsync import` and `inspect` as people and cron type them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli


def test_rejects_of_standard_input_have_a_plain_name(cli: Cli, tmp_path: Path) -> None:
    done = cli.ok("import", "-", stdin="Email,Name\na@x.example,Ada\nnobody,Eve\n")
    assert '"stdin.rejects.csv"' in done.err
    assert (tmp_path / "stdin.rejects.csv").is_file()
