"""`leadsync export`: leads into a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.completion import complete_format, complete_tool
from leadsync.cli.options import Columns, FilterDoc, InCampaign, InView, SortBy, Where, Yes
from leadsync.cli.replacing import ask_to_replace, written_to
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from typing import BinaryIO

    from leadsync.cli.invocation import Invocation
    from leadsync.core.exporting.leaving_out import Exported

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
            help="For a tool's importer: instantly, smartlead, lemlist, hubspot or google-ads.",
            autocompletion=complete_tool,
        ),
    ] = "",
    ids: Annotated[bool, typer.Option("--ids", help="Put the lead's id first.")] = False,
    bom: Annotated[bool, typer.Option("--bom", help="CSV: mark it as UTF-8 for Excel.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="CSV: no guard against formulas.")] = False,
    yes: Yes = False,
) -> None:
    """Export leads to a file

    The file is written whole or not at all. Cells that a spreadsheet would run as a formula get
    an apostrophe, which importing takes off again; with --template, phone numbers do not, and
    suppressed people and rows that the tool cannot use stay out. On a terminal a file that is
    there is replaced after a question.

    \b
      leadsync export q4.csv --campaign "Q4 founders"
      leadsync export - --where country:DE --columns email,company --format jsonl
    """
    from leadsync.core.exporting.exporter import export_header, export_leads
    from leadsync.core.exporting.formats import ExportOptions, format_for
    from leadsync.core.exporting.tool_templates import without_place
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
        replaced = ask_to_replace(call, file, yes=yes)
        with call.out.progress("exporting") as progress:
            shown = None if file == "-" and call.out.is_terminal else progress
            done = export_leads(workspace, chosen, target, header, options, template=template,
                                progress=shown)  # fmt: skip
        keys = named or [column.key for column in workspace.store.columns()]
        no_place = without_place(template, header, keys) if template else []
    _say(call, done, file, no_place, replaced=replaced)
    if call.out.json and file != "-":
        call.out.doc({"file": file, "format": options.format, "leads": done.leads,
                      "columns": [column.key for column in header],
                      "headers": [column.header for column in header],
                      "suppressed": done.suppressed, "unusable": done.unusable,
                      "noPlaceFor": no_place, "replaced": replaced})  # fmt: skip


def _say(
    call: Invocation, done: Exported, file: str, no_place: list[str], *, replaced: bool
) -> None:
    """How many leads went where, who stayed out, and which columns have no place there."""
    words = [f"{plural(done.leads, 'lead')} exported{written_to(file, replaced=replaced)}"]
    words += [done.words] if done.words else []
    words += ["practice: not for sending"] if call.practice else []
    call.out.say("; ".join(words))
    if no_place:
        more = f" and {len(no_place) - 8} more" if len(no_place) > 8 else ""
        call.out.say(f"no place in such a file for {', '.join(no_place[:8])}{more}")


def _stdout() -> BinaryIO:
    """The bytes of stdout; on a terminal, through what makes control characters visible."""
    if not sys.stdout.isatty():
        return sys.stdout.buffer
    from leadsync.cli.terminal_sink import TerminalSink

    return cast("BinaryIO", TerminalSink(sys.stdout))
