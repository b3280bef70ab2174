"""Rows that cannot be imported: where they go, and how they come back once they are mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.errors import InputError
from tests.contract.importing import a_csv, counts, importing, sheet

if TYPE_CHECKING:
    from pathlib import Path

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
