"""Files that commands write: never the store itself, and private to their owner."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    "words",
    [
        ("export", "FILE", "--format", "csv"),
        ("dump", "FILE"),
        ("columns", "export", "--to", "FILE"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_the_open_store_is_never_replaced(
    words: tuple[str, ...], end: str, filled: Cli, tmp_path: Path
) -> None:
    store = tmp_path / "home" / "leadsync.db"
    link = tmp_path / f"link{end}"
    link.symlink_to(f"{store}{end}")
    for name in (f"{store}{end}", link):
        result = filled(*(name if word == "FILE" else word for word in words))
        assert result.code == 4
        assert "never replaced" in result.err
    assert filled.ok("leads", "count").out == "3\n"


@pytest.mark.parametrize(
    "words", [("export", "out.csv"), ("dump", "out.jsonl"), ("backup", "out.backup")], ids=" ".join
)
def test_what_is_written_is_for_its_owner_alone(words: tuple[str, str], filled: Cli) -> None:
    filled.ok(*words)
    assert stat.S_IMODE((filled.folder / words[1]).stat().st_mode) == 0o600


def test_an_export_tells_of_suppressed_people_and_of_a_replaced_file(filled: Cli) -> None:
    email = filled.ok("export", "-", "--columns", "email").lines[1]
    filled.ok("suppress", "add", email)
    plain = filled.ok("export", "out.csv")
    assert plain.err == '3 leads exported to "out.csv"; 1 of them suppressed: not for sending\n'
    doc = filled.ok("export", "out.csv", "--template", "hubspot", "--json").json
    assert (doc["leads"], doc["suppressed"], doc["replaced"]) == (2, 1, True)
    assert doc["headers"][0] == "Email"
    assert "title" not in doc["noPlaceFor"]


def test_logs_are_for_their_owner_alone(filled: Cli, tmp_path: Path) -> None:
    logs = list((tmp_path / "home").glob("*.log"))
    assert logs
    assert [stat.S_IMODE(log.stat().st_mode) for log in logs] == [0o600] * len(logs)
