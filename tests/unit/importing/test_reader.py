"""Files that real tools and people write, opened."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path

import pytest

from leadsync.core.importing.reader import open_lead_file
from tests.unit.importing.conftest import OpenBytes

HEADER = "Name,Email\n"


def test_utf16_without_a_mark_is_read(opened: OpenBytes) -> None:
    found = opened("Name,Email\r\nZoë,zoe@x.example\r\n".encode("utf-16-le"))
    assert found.encoding == "utf-16-le"
    assert not found.bom
    assert list(found.iter_rows()) == [(2, ["Zoë", "zoe@x.example"])]


def test_two_marks_are_left_out(opened: OpenBytes) -> None:
    found = opened(b"\xef\xbb\xbf" * 2 + b'"Email","Name"\na@x.example,Ada\n')
    assert found.columns == ["Email", "Name"]


def test_big_endian_utf16_is_read(opened: OpenBytes) -> None:
    found = opened(b"\xfe\xff" + "Name\tEmail\nZoë\tz@x.example\n".encode("utf-16-be"))
    assert (found.encoding, found.delimiter) == ("utf-16-be", "\t")
    assert list(found.raw_records()) == [["Zoë", "z@x.example"]]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", "Имя,Email\nИван Петров,ivan@x.example\nОльга Сидорова,olga@x.example\n"),
        ("gb18030", "姓名,Email\n王小明在北京工作,w@x.example\n李大华住上海,l@x.example\n"),
        ("euc_jp", "氏名,Email\n山田太郎さん,y@x.example\n佐藤花子です,s@x.example\n"),
        ("cp1252", "Nom,Email\nRené Müller – Zoë,r@x.example\n"),
        ("cp1252", "Name,Email\nMonika Größe,m@x.example\n"),
        ("cp1250", "Imię,Email\nŁukasz Żółć,l@x.example\nStanisław Wiśniewski,s@x.example\n"),
        ("mac_roman", "Nom,Email\nRené Müller,r@x.example\nJosé Núñez,j@x.example\n"),
        ("iso2022_jp", "氏名,Email\n山田太郎,y@x.example\n"),
    ],
)
def test_old_encodings_lose_no_letter(opened: OpenBytes, codec: str, text: str) -> None:
    found = opened(text.encode(codec))
    assert [",".join(row) for row in [found.header or [], *found.raw_records()]] == (
        text.splitlines()
    )


def test_lines_of_two_encodings_are_each_read_right(opened: OpenBytes) -> None:
    good = "".join(f"Zoë {n},z{n}@x.example\n" for n in range(300))
    found = opened(HEADER.encode() + good.encode() + "José,j@x.example\n".encode("cp1252"))
    rows = list(found.raw_records())
    assert found.encoding == "utf-8+cp1252"
    assert rows[0][0] == "Zoë 0"
    assert rows[-1][0] == "José"
    assert "1 line" in found.report.notes[0]


def test_a_byte_that_no_codec_knows_is_kept(opened: OpenBytes) -> None:
    found = opened(HEADER.encode() + b"Zo\xeb \x81,z@x.example\n")
    assert [row[1] for row in found.raw_records()] == ["z@x.example"]
    assert "\ufffd" not in str(list(found.raw_records()))


def test_a_forced_encoding_is_used(opened: OpenBytes) -> None:
    found = opened("Name,Email\nŁukasz,l@x.example\n".encode("cp1250"), encoding="cp1250")
    assert next(found.raw_records())[0] == "Łukasz"


def test_a_file_of_old_mac_line_ends_has_records(opened: OpenBytes) -> None:
    found = opened(b"Name,Email\rAda,ada@x.example\rBob,bob@x.example")
    assert [row[0] for _, row in found.iter_rows()] == ["Ada", "Bob"]


def test_gzip_is_opened_and_measured_unpacked(opened: OpenBytes) -> None:
    content = HEADER.encode() + b"Ada,ada@x.example\n"
    found = opened(gzip.compress(content))
    assert found.bytes_total == len(content)
    assert list(found.iter_rows()) == [(2, ["Ada", "ada@x.example"])]


def test_a_stream_can_be_read_twice() -> None:
    with open_lead_file(io.BytesIO(HEADER.encode() + b"Ada,ada@x.example\n"), name="pasted") as f:
        assert list(f.iter_rows()) == list(f.iter_rows())
        assert f.name == "pasted"


def test_a_pipe_is_read() -> None:
    code = "print('Name,Email'); print('Ada,ada@x.example')"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with open_lead_file(process.stdout) as found:
            assert [row[0] for row in found.raw_records()] == ["Ada"]


def test_a_sep_line_names_the_delimiter(opened: OpenBytes) -> None:
    found = opened(b"sep=|\r\nName|Email\r\nAda, B|ada@x.example\r\n")
    assert (found.delimiter, found.header_line, found.preamble) == ("|", 2, "sep=|\r\n")
    assert list(found.iter_rows()) == [(3, ["Ada, B", "ada@x.example"])]


def test_a_forced_delimiter_wins(opened: OpenBytes) -> None:
    found = opened(b"Name;Email,x\nAda;a\n", delimiter=";")
    assert found.columns == ["Name", "Email,x"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
def test_the_delimiter_is_found_by_known_headers(opened: OpenBytes, delimiter: str) -> None:
    cells = (["First Name", "Email", "Notes"], ["Ada", "a@x.example", "a, b; c, d; e|f"])
    text = "".join(
        delimiter.join(f'"{c}"' if delimiter in c else c for c in row) + "\n" for row in cells
    )
    found = opened(text.encode())
    assert found.delimiter == delimiter
    assert list(found.raw_records()) == [cells[1]]


def test_a_space_before_quotes_does_not_break_cells(opened: OpenBytes) -> None:
    found = opened(b'Name, Company, Email\n"Ada", "Analytical, Inc", "a@x.example"\n')
    assert list(found.raw_records()) == [["Ada", "Analytical, Inc", "a@x.example"]]


def test_a_preamble_is_left_out_and_said(opened: OpenBytes) -> None:
    found = opened(b"Report of May\nby Ada\n\nFirst Name,Email\nAda,ada@x.example\n")
    assert found.preamble == "Report of May\nby Ada\n\n"
    assert found.header_line == 4
    assert list(found.iter_rows()) == [(5, ["Ada", "ada@x.example"])]
    assert found.report.notes == ["3 lines above the header left out"]


def test_a_lone_known_header_is_found_above_its_data(opened: OpenBytes) -> None:
    found = opened(b"My export\nEmail\na@x.example\nb@x.example\n")
    assert found.header == ["Email"]
    assert len(list(found.iter_rows())) == 2


def test_repeated_and_blank_headers_get_names(opened: OpenBytes) -> None:
    found = opened(b"Email,Note,Note,,Note,,\na@x.example,1,2,3,4,,\n")
    assert found.columns == ["Email", "Note", "Note (2)", "column_4", "Note (3)"]
    assert list(found.iter_rows()) == [(2, ["a@x.example", "1", "2", "3", "4"])]


def test_cells_beyond_the_header_are_one_more_cell(opened: OpenBytes) -> None:
    found = opened(b"Name,Email\nAda,a@x.example,x,,y\nBob\nCy,c@x.example,,\n,\n\n")
    assert [row for _, row in found.iter_rows()] == [
        ["Ada", "a@x.example", "x,,y"],
        ["Bob", ""],
        ["Cy", "c@x.example"],
    ]
    assert (found.report.ragged_rows, found.report.short_rows) == (1, 1)
    assert found.report.blank_records == 2


def test_all_cells_stay_text(opened: OpenBytes) -> None:
    row = ["007", "1e5", "NA", "TRUE", "12345678901234567890", " x "]
    found = opened(f"a,b,c,d,e,f\n{','.join(row)}\n".encode())
    assert list(found.raw_records()) == [row]


def test_nuls_are_removed_and_counted(opened: OpenBytes) -> None:
    found = opened(b"Name,Email\nJo\x00hn,jo@x.example\n" * 3)
    assert next(found.raw_records())[0] == "John"
    assert found.report.nul_bytes == 3


def test_stray_quotes_are_reported_with_their_lines(opened: OpenBytes) -> None:
    found = opened(b'Name,Email\nAda,a@x.example\n"Bob,b@x.example\nCy,c@x.example\n')
    assert [row[0] for _, row in found.iter_rows()] == ["Ada", "Bob", "Cy"]
    assert found.report.repaired_quotes == [3]


def test_a_file_without_header_gets_numbered_columns(opened: OpenBytes) -> None:
    found = opened(b"Ada,ada@x.example,https://x.example\nBob,bob@x.example,\n")
    assert found.header is None
    assert (found.columns, found.header_line) == (["column_1", "column_2", "column_3"], 0)
    assert [line for line, _ in found.iter_rows()] == [1, 2]


def test_progress_goes_from_nothing_to_the_whole_file(opened: OpenBytes) -> None:
    found = opened(HEADER.encode() + b"Ada,ada@x.example\n" * 50_000)
    assert found.bytes_read == 0
    seen = [found.bytes_read for n, _ in enumerate(found.iter_rows()) if n % 10_000 == 0]
    assert seen == sorted(seen)
    assert found.bytes_read == found.bytes_total


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w") as handle:
        handle.write(HEADER)
        handle.writelines(f"Ada {n},ada{n}@x.example\n" for n in range(300_000))
    import tracemalloc

    tracemalloc.start()
    try:
        with open_lead_file(path) as found:
            assert sum(1 for _ in found.iter_rows()) == 300_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000
