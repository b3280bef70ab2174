"""An export imported again: the same cells, whatever the columns of the workspace are called."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.exporting.exporter import export_header
from leadsync.core.exporting.formats import ExportFormat, ExportOptions
from leadsync.core.exporting.writer import write_export
from leadsync.core.selection import select
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.importing import a_csv, counts, importing, sheet
from tests.contract.making import a_column, some_leads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.store.protocol import Store
    from leadsync.core.workspace import Workspace

WORDS = a_csv(("Email", "Phone"), ("a@x.example", "call me"))
PHONES = a_csv(
    ("Email", "Phone", "Mobile Phone"),
    ("b@x.example", "+49 30 12345678", "+49 170 1234567"),
)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    """An empty workspace."""
    store = SqliteStore(tmp_path / "there.db")
    yield store
    store.close()


def exported(
    workspace: Workspace,
    kind: ExportFormat = ExportFormat.CSV,
    *,
    ids: bool = False,
    columns: str = "",
) -> bytes:
    options = ExportOptions(kind)
    named = columns.split(",") if columns else ()
    header = export_header(workspace, select(workspace), options, columns=named, with_ids=ids)
    file = io.BytesIO()
    write_export(workspace.store.scan({}, [c.key for c in header]), header, file, options)
    return file.getvalue()


def header_of(file: bytes) -> list[str]:
    return file.split(b"\r\n")[0].decode().split(",")


def relabelled(store: Store, key: str, label: str) -> None:
    column = next(c for c in store.columns() if c.key == key)
    with store.unit("ada", "label") as unit:
        unit.add_column(replace(column, label=label))


def comes_back(workspace: Workspace, there: Store, file: bytes, *keys: str) -> None:
    """The file gives these fields in an empty workspace, and nothing new in its own."""
    importing(there, file)
    assert sheet(there, "email", *keys) == sheet(workspace.store, "email", *keys)
    columns = [(c.key, c.label) for c in workspace.store.columns()]
    assert counts(importing(workspace.store, file)) == {"unchanged": len(sheet(there, "email"))}
    assert [(c.key, c.label) for c in workspace.store.columns()] == columns


@pytest.mark.parametrize("columns", ["", "email,phone_2,phone,mobile_phone"])
def test_columns_of_one_label_are_exported_under_their_keys(
    workspace: Workspace, there: Store, inbox: int, columns: str
) -> None:
    store = workspace.store
    for key in ("phone_2", "phone", "mobile_phone"):
        a_column(store, key)
    relabelled(store, "phone_2", "Phone")
    some_leads(
        store, inbox,
        [{"email": "a@x.example", "phone": "+49 30 1234567", "phone_2": "+49 30 7654321",
          "mobile_phone": "+49 170 1234567"},
         {"email": "b@x.example", "phone": None, "phone_2": "call me", "mobile_phone": None}],
    )  # fmt: skip
    file = exported(workspace, columns=columns)
    assert [h for h in header_of(file) if "hone" in h] == ["phone_2", "phone", "Mobile_Phone"]
    comes_back(workspace, there, file, "phone", "phone_2", "mobile_phone")


def test_cells_beyond_the_header_come_back_and_take_more_of_them(
    workspace: Workspace, there: Store
) -> None:
    importing(workspace.store, b"Email,Name\na@x.example,Ada,more,cells\nb@x.example,Bob\n")
    file = exported(workspace)
    assert "_extra" in header_of(file)
    comes_back(workspace, there, file, "name", "_extra")
    importing(there, b"Email,_extra\nc@x.example,some,more\nd@x.example,,more\n")
    assert sheet(there, "_extra")[2:] == [("some,more",), ("more",)]


def test_a_label_of_an_own_field_gives_way_to_its_key(
    workspace: Workspace, there: Store, inbox: int
) -> None:
    a_column(workspace.store, "name_2")
    relabelled(workspace.store, "name_2", "Name")
    some_leads(workspace.store, inbox, [{"email": "a@x.example", "name": "Ada", "name_2": "x"}])
    comes_back(workspace, there, exported(workspace), "name", "name_2")


def test_a_label_that_means_another_field_of_the_workspace_gives_way_to_its_key(
    workspace: Workspace, there: Store, inbox: int
) -> None:
    store = workspace.store
    a_column(store, "title")
    a_column(store, "honorific")
    relabelled(store, "title", "Job title")
    relabelled(store, "honorific", "Title")
    lead = {"email": "a@x.example", "title": "CEO", "honorific": "Countess"}
    some_leads(store, inbox, [lead])
    file = exported(workspace)
    assert header_of(file)[3:5] == ["Job title", "honorific"]
    comes_back(workspace, there, file, "title", "honorific")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "jsonl"])
def test_our_own_numbers_of_leads_are_no_data(
    workspace: Workspace, there: Store, inbox: int, kind: str
) -> None:
    store = workspace.store
    a_column(store, "external_id")
    relabelled(store, "external_id", "External ID")
    lead = {"email": "a@x.example", "external_id": None}
    some_leads(store, inbox, [lead, {"email": "b@x.example", "external_id": "crm-7"}])
    file = exported(workspace, ExportFormat(kind), ids=True)
    comes_back(workspace, there, file, "external_id")


def test_numbers_of_leads_have_a_heading_of_their_own_in_tables(
    workspace: Workspace, there: Store, inbox: int, tmp_path: Path
) -> None:
    some_leads(workspace.store, inbox, [{"email": "a@x.example"}])
    file = exported(workspace, ids=True, columns="email")
    assert file == b"leadsync_id,email\r\n1,a@x.example\r\n"
    bad = tmp_path / "bad.csv"
    bad.write_bytes(file + b"2,nobody\r\n")
    rejects = importing(there, bad).rejects_file or ""
    (tmp_path / "bad.rejects.csv").write_bytes(
        (tmp_path / rejects).read_bytes().replace(b"nobody", b"b@x.example")
    )
    assert importing(there, tmp_path / "bad.rejects.csv").mapping["leadsync_id"] is None
    assert not {"leadsync_id", "external_id"} & {c.key for c in there.columns()}


def test_an_id_of_another_tool_and_a_column_that_is_there_take_their_cells(store: Store) -> None:
    file = a_csv(("id", "email", "name"), ("c-7", "a@x.example", "Ada"))
    assert importing(store, file).mapping["id"] == "external_id"
    a_column(store, "leadsync_id")
    file = a_csv(("leadsync_id", "email"), ("7", "a@x.example"))
    assert importing(store, file).mapping["leadsync_id"] == "leadsync_id"
    mapped = importing(store, a_csv(("id", "email"), ("8", "b@x.example")), mapping={"id": "title"})
    assert mapped.mapping["id"] == "title"


def test_a_field_with_a_label_of_its_own_is_found_by_it(workspace: Workspace, inbox: int) -> None:
    store = workspace.store
    a_column(store, "phone")
    relabelled(store, "phone", "Durchwahl")
    some_leads(store, inbox, [{"email": "a@x.example", "phone": "117"}])
    report = importing(store, exported(workspace))
    assert (counts(report), report.mapping["Durchwahl"]) == ({"unchanged": 1}, "phone")


@pytest.mark.parametrize("order", [(WORDS, PHONES), (PHONES, WORDS)])
def test_imports_never_make_two_columns_of_one_label(
    workspace: Workspace, there: Store, order: tuple[bytes, bytes]
) -> None:
    store = workspace.store
    for file in order:
        importing(store, file)
    labels = {c.label: c.key for c in store.columns()}
    assert len(labels) == 3
    assert labels == (
        {"Phone": "phone_2", "Phone number": "phone", "Mobile Phone": "mobile_phone"}
        if order[0] == WORDS
        else {"Phone": "phone", "Mobile Phone": "mobile_phone", "Phone (2)": "phone_2"}
    )
    for file in order:
        assert counts(importing(store, file)) == {"unchanged": 1}
    comes_back(workspace, there, exported(workspace), "phone", "phone_2", "mobile_phone")


def test_a_field_is_called_as_in_the_file_where_another_header_has_its_label(
    workspace: Workspace, there: Store
) -> None:
    file = a_csv(
        ("Email", "Mobile Phone", "Phone"), ("a@x.example", "+49 170 1234567", "+49 30 12345678")
    )
    importing(workspace.store, file)
    labels = {c.key: c.label for c in workspace.store.columns()}
    assert labels == {"phone": "Mobile Phone", "phone_2": "Phone"}
    assert counts(importing(workspace.store, file)) == {"unchanged": 1}
    comes_back(workspace, there, exported(workspace), "phone", "phone_2")
