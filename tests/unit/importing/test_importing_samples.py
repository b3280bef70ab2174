"""The 29 sample files, imported: persons, conservation, a second import.

`LEADSYNC_SOAK=1` mutates them four times as often.
"""

from __future__ import annotations

import io
import json
import os
import random
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.errors import InputError
from leadsync.core.importing.importer import import_file
from leadsync.core.importing.options import ImportOptions
from leadsync.core.importing.reader import open_lead_file
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.importing import counts, importing, sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[2] / "data" / "lead_files"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
NAMES = list(EXPECTED)
MUTATIONS = 2_000 if os.environ.get("LEADSYNC_SOAK") else 500
SHARES = MUTATIONS // 40
"""Parts that the mutations are tested in: each has a store of its own, with not too many columns."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "leadsync.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_accounted_for_and_a_second_import_is_unchanged(
    name: str, store: SqliteStore, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects.csv"
    first = importing(store, FOLDER / name, rejects=rejects)
    second = importing(store, FOLDER / name, rejects=rejects)
    assert first.rows == EXPECTED[name]["n"] - _blank_rows(name)
    assert first.conflicts == second.conflicts == 0
    assert second.unchanged == first.rows - first.rejected
    assert second.unit is None


def _blank_rows(name: str) -> int:
    """Records that `expected.json` counts and that hold nothing."""
    records = json.loads((FOLDER / "records.json").read_text(encoding="utf-8"))[name]["records"]
    return sum(1 for row in records if not any(cell.strip("\0 ") for cell in row))


@pytest.mark.parametrize("name", NAMES)
def test_every_filled_cell_of_an_accepted_row_is_in_its_lead(
    name: str, store: SqliteStore, tmp_path: Path
) -> None:
    """Cells that are not cleaned are there as written."""
    report = importing(store, FOLDER / name, rejects=tmp_path / "rejects.csv")
    cleaned = {"email", "email_alt", "tags", "phone", "company_phone"}
    kept = {h: k for h, k in report.mapping.items() if k and k not in cleaned}
    with open_lead_file(FOLDER / name) as file:
        rows = [dict(zip(file.columns, row, strict=False)) for _, row in file.iter_rows()]
    if report.created < report.rows:
        return
    found = [row[1:] for row in sheet(store, "id", *kept.values())]
    assert [tuple(row[h] if row[h].strip() else None for h in kept) for row in rows] == found


def test_dirty_addresses_give_the_persons_that_are_meant(
    store: SqliteStore, tmp_path: Path
) -> None:
    rejects = tmp_path / "rejects.csv"
    report = importing(store, FOLDER / "emails_dirty.csv", rejects=rejects)
    assert counts(report) == {"created": 7, "rejected": 5}
    assert dict(sheet(store, "name", "email")) == {
        "a": "ann@example.com",
        "b": "bob@example.com",
        "c": "carl@example.com",
        "d": "dee@example.com",
        "g": "gus@example.com",
        "j": "jo@example.com",
        "k": "ünï@exämple.com",
    }
    assert sheet(store, "email_alt", email="dee@example.com") == [("dee2@example.com",)]
    assert [line[0] for line in rejects.read_text().splitlines()[1:]] == list("efhil")


def test_spellings_of_a_profile_are_one_person(store: SqliteStore, tmp_path: Path) -> None:
    report = importing(store, FOLDER / "linkedin_variants.csv", rejects=tmp_path / "r.csv")
    assert counts(report) == {"created": 3, "unchanged": 10, "rejected": 2}
    assert sheet(store, "name") == [("0",), ("10",), ("12",)]


def test_several_addresses_of_one_cell_are_all_kept(store: SqliteStore) -> None:
    importing(store, FOLDER / "pipedrive.csv")
    ((email, others),) = sheet(store, "email", "email_alt")
    assert email
    assert others


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_rows_of_mutated_files_are_all_accounted_for(
    share: int, store: SqliteStore, tmp_path: Path
) -> None:
    """A fifth of the files is imported twice: the second time changes nothing."""
    for seed in range(share, MUTATIONS, SHARES):
        content = a_mutated_file(random.Random(seed))
        options = ImportOptions(campaign=f"c{seed % 7}", rejects=tmp_path / "rejects.csv")
        with suppress(InputError):
            first = import_file(store, io.BytesIO(content), options, actor="ada")
            assert first.rows == first.accounted
            if seed % 5 == 0:
                second = import_file(store, io.BytesIO(content), options, actor="ada")
                assert (second.created, second.updated, second.unit) == (0, 0, None), seed
                assert second.rows == second.accounted


def a_mutated_file(chance: random.Random) -> bytes:
    content = bytearray((FOLDER / chance.choice(NAMES)).read_bytes())
    for _ in range(chance.randint(1, 10)):
        at = chance.randrange(len(content) or 1)
        match chance.randrange(6):
            case 0:
                content[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                content[at:at] = chance.choice([b'"', b"\r", b"\0", b",,", b"\xff\xfe", b"\n\n"])
            case 2:
                del content[at : at + chance.randint(1, 40)]
            case 3:
                content[at:at] = content[at : at + 200] * chance.randint(1, 20)
            case 4:
                lines = content.splitlines(keepends=True)
                chance.shuffle(lines)
                content = bytearray(b"".join(lines[:1] + lines))
            case _:
                content = content[: max(at, 2)]
    return bytes(content)
