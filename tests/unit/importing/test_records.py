"""Stray and unterminated quotes cost one record at most; good quotes cost nothing."""

from __future__ import annotations

import csv
import io

from leadsync.core.importing.records import Dialect, RecordReader, read_records


def read(text: str, width: int = 3) -> tuple[list[tuple[int, list[str]]], list[int]]:
    reader = RecordReader(iter(io.StringIO(text, newline="")), Dialect(), width)
    return list(reader), reader.mended


def lines(count: int, start: int = 1) -> str:
    return "".join(f"{n},name{n},n{n}@x.example\n" for n in range(start, start + count))


def test_good_records_are_those_of_the_standard_library() -> None:
    text = 'a,"b, c","d ""e"""\r\n"x\ny",,z\n\n1,2\r3,4,5,6'
    rows, mended = read(text)
    assert [row for _, row in rows] == list(csv.reader(io.StringIO(text, newline="")))
    assert mended == []


def test_line_numbers_are_of_the_line_that_the_record_begins_at() -> None:
    rows, _ = read('a,b,c\n"x\ny\nz",1,2\nd,e,f\n')
    assert [line for line, _ in rows] == [1, 2, 5]


def test_a_quote_open_to_the_end_of_the_file_costs_one_record() -> None:
    rows, mended = read(lines(3) + '4,"stray,n4@x.example\n' + lines(10, 5))
    assert len(rows) == 14
    assert rows[3] == (4, ["4", "stray", "n4@x.example"])
    assert mended == [4]


def test_a_quote_that_runs_past_fifty_lines_costs_one_record() -> None:
    rows, mended = read(lines(3) + '4,"stray,n4@x.example\n' + lines(500, 5))
    assert len(rows) == 504
    assert [row[0] for _, row in rows] == [str(n) for n in range(1, 505)]
    assert mended == [4]


def test_a_stray_quote_that_meets_a_later_quoted_cell_costs_one_record() -> None:
    rows, mended = read('1,"stray,a\n' + lines(3, 2) + '5,"good, cell",z\n6,"fine",y\n')
    assert [row[0] for _, row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert rows[4][1] == ["5", "good, cell", "z"]
    assert mended == [1]


def test_a_stray_quote_on_every_line_is_mended_line_by_line() -> None:
    rows, mended = read("".join(f'{n},"stray{n},x\n' for n in range(1, 200)))
    assert [row for _, row in rows] == [[str(n), f"stray{n}", "x"] for n in range(1, 200)]
    assert len(mended) == 199


def test_quoted_cells_before_a_stray_quote_keep_their_commas() -> None:
    rows, _ = read('"Smith, J","he said ""hi""","oops,c\n', width=4)
    assert rows == [(1, ["Smith, J", 'he said "hi"', "oops", "c"])]


def test_loose_quotes_inside_a_cell_of_several_lines_are_left_alone() -> None:
    rows, mended = read('1,a,b,c,"one\nthe "two" here",z\n2,a,b,c,d,e\n', width=6)
    assert [row[0] for _, row in rows] == ["1", "2"]
    assert mended == []


def test_a_long_note_that_closes_well_is_one_cell() -> None:
    note = "\n".join(f"line {n} of a letter, with a comma" for n in range(120))
    rows, mended = read(f'1,"{note}",z\n2,b,c\n')
    assert [row for _, row in rows] == [["1", note, "z"], ["2", "b", "c"]]
    assert mended == []


def test_stray_quotes_in_a_large_file_stay_cheap() -> None:
    text = "".join(f'"stray {n}\nplain words here\n' for n in range(5_000))
    rows, _ = read(text, width=1)
    assert len(rows) == 10_000


def test_a_cell_of_a_megabyte_is_read() -> None:
    rows, _ = read(f'1,"{"x" * 1_000_000}",b\n')
    assert len(rows[0][1][1]) == 1_000_000


def test_a_whole_text_with_good_quotes_is_taken_as_it_stands_however_long_a_cell_is() -> None:
    csv.field_size_limit(131_072)  # as it stands in a process that has read nothing yet
    long = "a line\n" * 30_000
    assert read_records(f'1\t"{long}"\r2\ty\r\n\n3\tz', Dialect("\t")) == [
        ["1", long],
        ["2", "y"],
        ["3", "z"],
    ]
