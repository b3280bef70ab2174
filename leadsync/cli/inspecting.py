"""`leadsync inspect`: how a lead file is read."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from leadsync.cli.invocation import Invocation
    from leadsync.cli.output import Output
    from leadsync.core.importing.inspection import InspectedColumn, Inspection
    from leadsync.core.workspace import Workspace

app = Commands()
Encoding = Annotated[str | None, typer.Option("--encoding", help="Read it in this encoding.")]
Delimiter = Annotated[str | None, typer.Option("--delimiter", help="Cells are separated by it.")]
Sheet = Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook; else the first.")]


@app.command()
def inspect(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="-: standard input.")],
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print every record as read.")] = False,
) -> None:
    """Show how a lead file is read, importing nothing

    Encoding, delimiter, header line, what each column becomes and why, and the first rows.
    Columns and remembered mappings of the store count, as in an import.

    \b
      leadsync inspect apollo.csv
      leadsync inspect export.xlsx --sheet Contacts --json
    """
    from leadsync.core.importing.inspection import inspect_file, iter_records
    from leadsync.core.importing.options import ImportOptions

    call = invocation(ctx)
    options = ImportOptions(encoding=encoding, delimiter=delimiter, sheet=sheet)
    if jsonl:
        for record in iter_records(file, options):
            call.out.doc(record)
        return
    with _present_store(call) as workspace:
        found = inspect_file(file, options, store=workspace.store if workspace else None)
    if call.out.json:
        call.out.doc(found.to_doc())
    else:
        _print(call.out, found)


def _print(out: Output, found: Inspection) -> None:
    delimiter = {"\t": "tab", None: "none"}.get(found.delimiter, found.delimiter)
    header = f"line {found.header_line}" if found.header_line else "none"
    out.line(
        f"{found.file}: {found.kind}, {found.encoding}, delimiter {delimiter}, header {header}"
    )
    for note in found.notes:
        out.line(f"  {note}")
    out.line()
    out.table(
        ["column", "becomes", "why"],
        ((column.header, _becomes(column), column.reason) for column in found.columns),
    )
    out.line()
    out.table(
        ["column", *(f"row {n}" for n in range(1, len(found.rows) + 1))],
        ((c.header, *(row[n] for row in found.rows)) for n, c in enumerate(found.columns)),
    )


def _becomes(column: InspectedColumn) -> str:
    if column.key is None:
        return "(left out)"
    return f"{column.key} (new column)" if column.is_new else column.key


def _present_store(call: Invocation) -> AbstractContextManager[Workspace | None]:
    """The workspace; None in place of a file that is not there, for looking makes no store."""
    from leadsync.core.store.opening import SQLITE_PREFIX, sqlite_path

    url = call.config.store
    is_missing = url.startswith(SQLITE_PREFIX) and not sqlite_path(url).exists()
    return nullcontext() if is_missing else call.workspace()
