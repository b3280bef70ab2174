"""Rows that cannot be imported: where they go, and how they come back once they are mended."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import InputError
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.importing import a_csv, counts, importing, sheet

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store

PEOPLE = a_csv(("Email", "First Name"), ("ada@x.example", "Ada"), ("bob@x.example", "Bob"))


def test_a_file_of_few_good_addresses_keeps_them_and_the_texts_of_the_others(store: Store) -> None:
    people = [("A", "a@y.example", "Acme"), ("B", "b at y.example", "Beta"), ("C", "c at", "Cee")]
    importing(store, a_csv(("Name", "Email", "Company"), *people))
    assert sheet(store, "email", "email_invalid") == [
        ("a@y.example", None), (None, "b at y.example"), (None, "c at"),
    ]  # fmt: skip


def test_a_reject_file_is_mapped_as_the_file_that_its_rows_are_from(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    good = [(f"P{n}", f"p{n}@x.example", f"+49 30 12345{n}", "yes") for n in range(8)]
    bad = [(f"B{n}", "nobody", "call me", "no") for n in range(4)]
    path.write_bytes(a_csv(("First name", "Mail address", "Phone", "Anschrift"), *good, *bad))
    importing(store, path, mapping={"Mail address": "email"})
    rejects = tmp_path / "people.rejects.csv"
    columns = [c.key for c in store.columns()]
    rejects.write_text(rejects.read_text().replace("B0,nobody", "B0,b0@x.example"))
    assert counts(importing(store, rejects)) == {"created": 1, "rejected": 3}
    assert sheet(store, "email", "phone")[-1] == ("b0@x.example", "call me")
    assert [c.key for c in store.columns()] == columns


def test_a_column_is_not_both_mapped_and_left_out(store: Store) -> None:
    with pytest.raises(InputError, match='"email" is both mapped and left out'):
        importing(store, PEOPLE, mapping={"Email": "email"}, ignore=("email",))


BAD = a_csv(("Email", "First Name"), ("ada@x.example", "Ada"), ("nobody", "Eve"))


def test_rejects_never_take_the_place_of_another_file(store: Store, tmp_path: Path) -> None:
    path, first, second = (
        tmp_path / name for name in ("p.csv", "p.rejects.csv", "p.rejects-2.csv")
    )
    path.write_bytes(BAD)
    first.write_text("half corrected")
    assert importing(store, path).rejects_file == str(second)
    assert first.read_text() == "half corrected"
    assert importing(store, path).rejects_file == str(second)
    assert sorted(p.name for p in tmp_path.glob("p.*")) == sorted(
        (path.name, first.name, second.name)
    )


@pytest.mark.parametrize("name", ["p.csv", "./p.csv", "-"])
def test_rejects_are_refused_where_they_cannot_be(store: Store, tmp_path: Path, name: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(BAD)
    rejects = tmp_path / name if name != "-" else Path("-")
    with pytest.raises(InputError) as refused:
        importing(store, path, rejects=rejects)
    assert "--rejects" in refused.value.next_step
    assert path.read_bytes() == BAD
    assert store.count({}) == 0


def test_rejects_do_not_go_into_the_store(tmp_path: Path) -> None:
    file = tmp_path / "leads.db"
    with closing(SqliteStore(file)) as store, pytest.raises(InputError, match="is the store"):
        importing(store, BAD, rejects=file)


def test_a_place_that_cannot_be_written_is_answered_with_the_option(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no folder") as refused:
        importing(store, BAD, rejects=tmp_path / "none" / "r.csv")
    assert "--rejects PATH" in refused.value.next_step
    assert store.count({}) == 0


def test_headers_like_formulas_are_guarded_and_come_back_as_they_were(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(a_csv(("Email", "=cmd"), ("ada@x.example", "1"), ("nobody", "2")))
    importing(store, path)
    rejects = tmp_path / "p.rejects.csv"
    assert rejects.read_text().startswith("Email,'=cmd,_line")
    rejects.write_text(rejects.read_text().replace("nobody", "b@x.example"))
    importing(store, rejects)
    assert next(c.label for c in store.columns()) == "=cmd"
    assert sheet(store, "cmd") == [("1",), ("2",)]
