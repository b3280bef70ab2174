"""A failed export leaves what was there, and nothing else."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import InputError, StoreError
from leadsync.core.exporting.formats import ExportColumn, ExportFormat, ExportOptions
from leadsync.core.exporting.writer import write_export

if TYPE_CHECKING:
    from collections.abc import Iterator

EMAIL = [ExportColumn("email", "Email")]


class Lost(Exception):
    """What a store raises in the middle of a scan."""


def broken_rows() -> Iterator[tuple[str]]:
    for n in range(5000):
        yield (f"a{n}@x.example",)
    raise Lost


@pytest.mark.parametrize("format_", list(ExportFormat))
def test_rows_that_break_off_leave_the_old_file(tmp_path: Path, format_: ExportFormat) -> None:
    target = tmp_path / f"leads.{format_}"
    target.write_bytes(b"old")
    with pytest.raises(Lost):
        write_export(broken_rows(), EMAIL, target, ExportOptions(format_))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {target.name: b"old"}


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "leads.csv"
    target.write_text("old")
    seen: list[str] = []

    def rows() -> Iterator[tuple[str]]:
        for n in range(1000):
            seen.append(target.read_text())
            yield (str(n),)

    write_export(rows(), EMAIL, target, ExportOptions())
    assert set(seen) == {"old"}
    assert len(target.read_text().splitlines()) == 1001
    assert [p.name for p in tmp_path.iterdir()] == ["leads.csv"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'no folder ".*nowhere"'):
        write_export([], EMAIL, tmp_path / "nowhere" / "leads.csv", ExportOptions())


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        write_export([], EMAIL, tmp_path, ExportOptions())


def test_a_link_keeps_pointing_to_the_file_it_named(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    write_export([("a@x.example",)], EMAIL, link, ExportOptions())
    assert link.is_symlink()
    assert real.read_text().splitlines() == ["Email", "a@x.example"]


def test_the_mode_of_an_existing_file_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "leads.csv"
    target.touch()
    target.chmod(0o640)
    write_export([], EMAIL, target, ExportOptions())
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    target = tmp_path / "leads.csv"
    write_export([], EMAIL, target, ExportOptions())
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_a_database_is_never_replaced(tmp_path: Path, end: str) -> None:
    with closing(sqlite3.connect(tmp_path / "st.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE leads (email)")
        target = tmp_path / f"st.db{end}"
        before = target.read_bytes()
        with pytest.raises(InputError, match="part of an SQLite database"):
            write_export([], EMAIL, target, ExportOptions())
        assert target.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_in_one_line() -> None:
    with pytest.raises(StoreError, match='cannot write "/dev/full": the disk is full'):
        write_export(((str(n),) for n in range(99999)), EMAIL, Path("/dev/full"), ExportOptions())


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX resource limits")
def test_a_disk_that_fills_up_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "leads.csv"
    target.write_text("old")
    script = f"""
import resource, signal
from pathlib import Path
from leadsync.core.errors import StoreError
from leadsync.core.exporting.formats import ExportColumn, ExportOptions
from leadsync.core.exporting.writer import write_export
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    write_export(((str(n),) for n in range(10**6)), [ExportColumn("a", "A")],
                 Path({str(target)!r}), ExportOptions())
except StoreError as error:
    print(error.message)
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout == f'cannot write "{target}": the disk is full\n'
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"leads.csv": "old"}


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_read_only_folder_is_said_in_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="no permission"):
        write_export([], EMAIL, tmp_path / "leads.csv", ExportOptions())


def test_a_closed_pipe_is_left_to_the_caller() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    rows = (("x" * 100,) for _ in range(10_000))
    with os.fdopen(writer, "wb", buffering=0) as pipe, pytest.raises(BrokenPipeError):
        write_export(rows, EMAIL, pipe, ExportOptions())


@pytest.mark.parametrize("format_", list(ExportFormat))
def test_a_pipe_gets_what_a_file_gets(tmp_path: Path, format_: ExportFormat) -> None:
    target = tmp_path / "leads"
    script = (
        "import sys\n"
        "from leadsync.core.exporting.formats import ExportColumn, ExportFormat, ExportOptions\n"
        "from leadsync.core.exporting.writer import write_export\n"
        "write_export([('a@x.example',)], [ExportColumn('email', 'Email')], sys.stdout.buffer,\n"
        f"             ExportOptions(ExportFormat({str(format_)!r})))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=60
    )
    write_export([("a@x.example",)], EMAIL, target, ExportOptions(format_))
    if format_ is ExportFormat.XLSX:  # a zip archive for a pipe has its sizes behind the data
        assert run.stdout[:2] == b"PK"
    else:
        assert run.stdout == target.read_bytes()
