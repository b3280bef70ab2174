"""`leadsync inspect`: how a lead file is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.importing.inspection import Inspection

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

    call = invocation(ctx)
    if jsonl:
        for record in iter_records(file, encoding=encoding, delimiter=delimiter, sheet=sheet):
            call.out.doc(record)
        return
    found = inspect_file(file, encoding=encoding, delimiter=delimiter, sheet=sheet)
    if call.out.json:
        call.out.doc(found.to_doc())
    else:
        _print(call.out, found)


def _print(out: Output, found: Inspection) -> None:
    doc = found.to_doc()
    facts = ((name, doc[name]) for name in ("file", "kind", "encoding", "delimiter", "header_line"))
    for line in as_lines((name, show_fact(value)) for name, value in facts):
        out.line(line)
