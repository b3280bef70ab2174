"""`leadsync inspect`: how a lead file is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.importing.inspection import Inspection
    from leadsync.core.importing.mapping import ColumnMap

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
    found = inspect_file(file, options)
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
        ["column", "becomes", "why", "first value"],
        (
            (c.header, c.field or ("(left out)" if c.ignored else "own column"), _why(c),
             next((row[n] for row in found.rows if n < len(row) and row[n].strip()), ""))
            for n, c in enumerate(found.columns)
        ),
    )  # fmt: skip


def _why(column: ColumnMap) -> str:
    hint = f"; did you mean {column.suggestion}?" if column.suggestion else ""
    return column.reason + hint
