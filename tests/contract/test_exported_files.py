"""Files that leads were exported to are remembered, for those who have to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.erasure.dossier import find_dossier
from leadsync.core.erasure.dossier_text import dossier_lines
from leadsync.core.erasure.erased_text import advice_lines
from leadsync.core.erasure.erasing import erase
from leadsync.core.exporting.exported_files import exports_with
from leadsync.core.exporting.exporter import REPORT_EVERY, export_header, export_leads
from leadsync.core.exporting.formats import ExportFormat, ExportOptions
from leadsync.core.selection import select
from leadsync.core.suppression import suppress
from tests.contract.making import some_leads

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.workspace import Workspace


def export(workspace: Workspace, path: Path, where: str = "") -> int:
    options = ExportOptions(ExportFormat.CSV)
    chosen = select(workspace, where=where)
    header = export_header(workspace, chosen, options)
    return export_leads(workspace, chosen, path, header, options).leads


def test_an_erasure_names_the_files_that_hold_somebody(
    workspace: Workspace, inbox: int, tmp_path: Path
) -> None:
    emails = [f"{name}@acme.com" for name in ("ada", "bob", "cy", "di")]
    some_leads(workspace.store, inbox, [{"email": email} for email in emails])
    for name, where in (("all", ""), ("bob", "email:bob@acme.com"), ("gone", ""),
                        ("two", "email:ada@acme.com or email:cy@acme.com")):  # fmt: skip
        export(workspace, tmp_path / f"{name}.csv", where)
    export(workspace, tmp_path / "all.csv")
    (tmp_path / "gone.csv").unlink()

    dossier = find_dossier(workspace, "cy@acme.com")
    assert f"  {tmp_path / 'two.csv'}, " in "\n".join(dossier_lines(dossier))
    done = erase(workspace, "cy@acme.com")
    expected = [str(tmp_path / "all.csv"), str(tmp_path / "two.csv")]
    assert [file.path for file in done.exports] == expected
    assert any("all.csv" in line for line in advice_lines(done))
    assert [file.leads for file in exports_with(workspace.store, [2])] == [4, 1]
    assert exports_with(workspace.store, []) == []


def test_a_file_of_widely_scattered_leads_may_hold_anybody(
    workspace: Workspace, inbox: int, tmp_path: Path
) -> None:
    rows = [{"email": f"p{n}@acme.com", "name": "odd" if n % 2 else "even"} for n in range(4100)]
    some_leads(workspace.store, inbox, rows)
    export(workspace, tmp_path / "odd.csv", "name:odd")
    (file,) = exports_with(workspace.store, [1])
    assert (file.leads, file.ranges) == (2050, ())


def test_who_is_in_the_file_is_remembered_whatever_happened_meanwhile(
    workspace: Workspace, inbox: int, tmp_path: Path
) -> None:
    store = workspace.store
    some_leads(store, inbox, [{"email": f"p{n}@acme.com"} for n in range(REPORT_EVERY)])

    def meanwhile(_done: int, _total: int) -> None:
        with store.unit("bob", "remove") as unit:
            unit.trash([1])

    options, chosen = ExportOptions(ExportFormat.CSV), select(workspace, sort=["email"])
    header = export_header(workspace, chosen, options)
    path = tmp_path / "all.csv"
    done = export_leads(workspace, chosen, path, header, options, progress=meanwhile)
    assert done.leads == path.read_text("utf-8").count("@") == REPORT_EVERY
    (file,) = exports_with(store, [1])
    assert (file.leads, file.ranges) == (REPORT_EVERY, ((1, REPORT_EVERY),))


def test_who_is_left_out_of_a_file_for_a_tool_is_not_remembered_in_it(
    workspace: Workspace, inbox: int, tmp_path: Path
) -> None:
    some_leads(workspace.store, inbox, [{"email": f"{who}@acme.com"} for who in ("ada", "bob")])
    suppress(workspace, ["ada@acme.com"])
    options, chosen = ExportOptions(ExportFormat.CSV), select(workspace)
    header = export_header(workspace, chosen, options, template="instantly")
    path = tmp_path / "tool.csv"
    export_leads(workspace, chosen, path, header, options, template="instantly")
    assert [file.path for file in exports_with(workspace.store, [1, 2])] == [str(path)]
    assert exports_with(workspace.store, [1]) == []
