"""The store's file: when it is made, when it is not, and what is said of one that is unfit."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, TIMEOUT_S, Cli, without_privileges

READING = [
    ("leads", "list"), ("leads", "count"), ("leads", "dupes"), ("campaigns", "list"),
    ("tags", "list"), ("views", "list"), ("columns", "list"), ("runs", "list"), ("history",),
    ("export", "-"), ("dump",), ("sql", "SELECT count(*) FROM lead_sheet"), ("doctor",),
]  # fmt: skip
WRITING = [
    ("import", "leads.csv"),
    ("leads", "add", "--set", "email=a@b.example"),
    ("campaigns", "add", "Q4"),
    ("columns", "add", "note"),
    ("views", "save", "all"),
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_makes_no_store(words: tuple[str, ...], cli: Cli) -> None:
    cli.ok(*words)
    assert not list((cli.folder / "home").glob("*.db*"))
    if words != ("doctor",):
        named = cli(*words, "--store", "sqlite:///misspelt/leads.db")
        assert named.code == 7
        assert 'there is no store "misspelt/leads.db"' in named.err
    assert not (cli.folder / "misspelt").exists()


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_writing_makes_the_store(words: tuple[str, ...], cli: Cli, leads_csv: Path) -> None:
    cli.ok(*words)
    assert (cli.folder / "home" / "leadsync.db").exists()


def test_the_first_list_says_how_leads_come_in(cli: Cli) -> None:
    assert "leadsync import FILE" in cli.ok("leads", "list").err


def test_a_device_is_no_store(cli: Cli) -> None:
    result = cli("leads", "count", "--store", "sqlite:////dev/null")
    assert result.code == 7
    assert '"/dev/null" is no file' in result.err


@pytest.fixture
def damaged(filled: Cli) -> Cli:
    """A store whose pages behind the schema are torn."""
    path = filled.folder / "home" / "leadsync.db"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 4)
        file.write(b"\xff" * (size // 2))
    return filled


def test_a_backup_of_a_damaged_store_blames_the_store(damaged: Cli) -> None:
    result = damaged("backup", "b.backup")
    assert result.code == 7
    assert 'leadsync.db" is damaged' in result.err
    assert not (damaged.folder / "b.backup").exists()


def test_doctor_prints_its_checks_of_a_damaged_store(damaged: Cli) -> None:
    result = damaged("doctor")
    assert result.code == 7
    assert "damaged" in result.out or "malformed" in result.out or "leadsync restore" in result.out
    assert "python" in result.out


def test_ctrl_c_ends_a_query_without_end(filled: Cli) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    process = filled.start("sql", endless)
    with pytest.raises(subprocess.TimeoutExpired):  # it has begun by then, and does not end
        process.wait(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_ctrl_c_ends_a_pattern_that_takes_long(cli: Cli) -> None:
    cli.ok("leads", "add", "--set", f"name={'ab' * 5000}", "--set", "company=X")
    process = cli.start("leads", "count", "--filter", '{"name": {"$regex": "a.*a.*a.*a.*a.*z"}}')
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_wait_for_another_writer_is_said_and_ends_with_ctrl_c(filled: Cli) -> None:
    path = filled.folder / "home" / "leadsync.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        process = filled.start("leads", "edit", "1", "--set", "title=CTO")
        assert process.stderr
        assert b"another process is writing" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        process.communicate()


def test_a_store_that_may_not_be_written_can_be_read(filled: Cli, tmp_path: Path) -> None:
    filled.ok("backup", "b.backup")
    home = tmp_path / "home"
    (home / "leadsync.db").chmod(0o444)
    home.chmod(0o555)
    prefix = without_privileges()

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*prefix, *COMMAND, *words], cwd=tmp_path, env=filled.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S,
            check=False,
        )  # fmt: skip

    try:
        assert call("leads", "count").stdout == "3\n"
        assert len(call("export", "-").stdout.splitlines()) == 4
        assert call("backup", "again.backup").returncode == 0
        for words, message in {
            ("leads", "edit", "1", "--set", "title=CTO"): "cannot be opened for writing",
            ("restore", "b.backup", "-y"): "nothing can be written beside the store",
            ("config", "set", "actor", "x"): "no permission to write there",
        }.items():
            refused = call(*words)
            assert (refused.returncode, message in refused.stderr) == (7, True), refused.stderr
    finally:
        home.chmod(0o755)


def test_a_lead_file_that_may_not_be_read_is_bad_input(cli: Cli, leads_csv: Path) -> None:
    leads_csv.chmod(0)
    done = subprocess.run(
        [*without_privileges(), *COMMAND, "import", leads_csv], cwd=cli.folder,
        env=cli.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 4
    assert "is not readable" in done.stderr or "cannot be read" in done.stderr
