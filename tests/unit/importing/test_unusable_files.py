"""What cannot be imported is refused with one sentence and a next step, whatever it is."""

from __future__ import annotations

import gzip
import random
from contextlib import suppress
from pathlib import Path

import pytest

from leadsync.core.errors import InputError
from leadsync.core.importing.mapping import propose_mapping
from leadsync.core.importing.reader import open_lead_file
from tests.unit.importing.conftest import OpenBytes

FOLDER = Path(__file__).resolve().parents[2] / "data" / "lead_files"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".csv", ".txt"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n  \n,,,\n",
        b"\xef\xbb\xbf",
        b"%PDF-1.7 ...",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        bytes(range(256)) * 40,
        b"<!DOCTYPE html><table><tr><td>Email</td></tr></table>",
        gzip.compress(b"Email\na@x.example\n", mtime=0)[:-9],
        gzip.compress(b"", mtime=0),
    ],
)
def test_a_file_without_leads_is_refused(opened: OpenBytes, content: bytes) -> None:
    with pytest.raises(InputError) as refused:
        opened(content)
    assert refused.value.next_step
    assert '"leads"' in refused.value.message


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        open_lead_file(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="folder"):
        open_lead_file(tmp_path)


@pytest.mark.parametrize("encoding", ["klingon", "hex", "undefined", "idna", "rot13"])
def test_an_unknown_encoding_is_refused(opened: OpenBytes, encoding: str) -> None:
    with pytest.raises(InputError):
        opened("Name,Email\nZoë,z@x.example\n".encode(), encoding=encoding)


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n"])
def test_a_useless_delimiter_is_refused(opened: OpenBytes, delimiter: str) -> None:
    with pytest.raises(InputError, match="delimiter"):
        opened(b"Name,Email\n", delimiter=delimiter)


@pytest.mark.parametrize("seed", range(300))
def test_a_mutated_file_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(chance.choice(FILES).read_bytes())
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(content) or 1)
        match chance.randrange(5):
            case 0:
                content[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                content[at:at] = chance.choice([b'"', b"\r", b"\0", b",,", b"\xff\xfe", b"\n\n"])
            case 2:
                del content[at : at + chance.randint(1, 40)]
            case 3:
                content[at:at] = content[at : at + 200] * chance.randint(1, 60)
            case _:
                content = content[: max(at, 2)]
    path = tmp_path / "mutated.csv"
    path.write_bytes(content)
    with suppress(InputError), open_lead_file(path) as found:
        width = len(found.columns)
        for _, row in found.iter_rows():
            assert width <= len(row) <= width + 1
            assert all(isinstance(cell, str) for cell in row)
        propose_mapping(found.columns, found.sample, has_header=found.header is not None)
        assert len(set(found.columns)) == width
