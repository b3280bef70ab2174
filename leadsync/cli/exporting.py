"""`leadsync export`: leads into a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.completion import complete_format, complete_tool
from leadsync.cli.options import Columns, FilterDoc, InCampaign, InView, SortBy, Where
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from typing import BinaryIO

app = Commands()


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="-: standard output.")] = "-",
    where: Where = "",
    filter_doc: FilterDoc = "",
    campaign: InCampaign = "",
    view: InView = "",
    columns: Columns = "",
    sort: SortBy = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="csv, xlsx, json, jsonl or parquet; else by extension.",
            autocompletion=complete_format,
        ),
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            "--template",
            help="Columns that a tool expects, as instantly.",
            autocompletion=complete_tool,
        ),
    ] = "",
    ids: Annotated[bool, typer.Option("--ids", help="Put the lead's id first.")] = False,
    bom: Annotated[bool, typer.Option("--bom", help="CSV: mark it as UTF-8 for Excel.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="CSV: no guard against formulas.")] = False,
) -> None:
    """Export leads to a file

    The file is written whole or not at all. Cells that a spreadsheet would run as a formula get
    an apostrophe, which importing takes off again; with --template, phone numbers do not.

    \b
      leadsync export q4.csv --campaign "Q4 founders"
      leadsync export - --where country:DE --columns email,company --format jsonl
    """
    from leadsync.core.exporting.exporter import export_header, export_leads
    from leadsync.core.exporting.formats import ExportOptions, format_for
    from leadsync.core.selection import select

    call = invocation(ctx)
    options = ExportOptions(format_for(file, file_format), bom=bom, raw=raw,
                            for_tool=bool(template))  # fmt: skip
    with call.workspace() as workspace:
        chosen = select(workspace, where=where, document=filter_doc, campaign=campaign,
                        view=view, sort=sort or ())  # fmt: skip
        named = [name.strip() for name in columns.split(",") if name.strip()]
        header = export_header(workspace, chosen, options, columns=named, template=template,
                               with_ids=ids)  # fmt: skip
        target = _stdout() if file == "-" else Path(file)
        with call.out.progress("exporting") as progress:
            shown = None if file == "-" and call.out.is_terminal else progress
            count = export_leads(workspace, chosen, target, header, options, progress=shown)
    said = f"{plural(count, 'lead')} exported" + ("" if file == "-" else f' to "{file}"')
    call.out.say(said + ("; practice: not for sending" if call.practice else ""))
    if call.out.json and file != "-":
        call.out.doc({"file": file, "format": options.format, "leads": count,
                      "columns": [column.key for column in header]})  # fmt: skip


def _stdout() -> BinaryIO:
    """The bytes of stdout; on a terminal, through what makes control characters visible."""
    if not sys.stdout.isatty():
        return sys.stdout.buffer
    from leadsync.cli.terminal_sink import TerminalSink

    return cast("BinaryIO", TerminalSink(sys.stdout))
