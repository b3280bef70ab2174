"""`leadsync import`: lead files into a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.completion import complete_campaign, complete_column
from leadsync.cli.import_enrich import check_columns, enrich_touched
from leadsync.cli.inspecting import Delimiter, Encoding, Sheet
from leadsync.cli.options import DryRun, Yes
from leadsync.core.errors import Exit, InputError, LeadSyncError
from leadsync.core.importing.merge import OnDuplicate
from leadsync.core.importing.options import ImportOptions, MatchScope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.cli.invocation import Invocation
    from leadsync.cli.output import Output
    from leadsync.core.importing.report import ImportReport

app = Commands()
Named = Annotated[str, typer.Option("--campaign", "-c", help="Made if it is missing.",
                                    autocompletion=complete_campaign)]  # fmt: skip
Policy = Annotated[
    OnDuplicate,
    typer.Option("--on-duplicate", help="fill blanks; update; skip; or create another lead."),
]
Match = Annotated[MatchScope, typer.Option("--match", help="Where the same lead is looked for.")]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="COLUMN", help="Never overwrite it.",
                 autocompletion=complete_column),
]  # fmt: skip
Overwrite = Annotated[
    list[str] | None,
    typer.Option("--overwrite", metavar="COLUMN", help="The file's cell wins if not blank.",
                 autocompletion=complete_column),
]  # fmt: skip
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar='"Header=field"', help="Repeatable; +: a column of its own."),
]
Ignore = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="HEADER", help="Leave it out; repeatable.")
]


@app.command("import")
def import_files(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="-: standard input.")],
    campaign: Named = "Inbox",
    on_duplicate: Policy = OnDuplicate.FILL,
    match: Match = MatchScope.CAMPAIGN,
    mapping: Map = None,
    ignore: Ignore = None,
    keep: Keep = None,
    overwrite: Overwrite = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also overwrite hand-typed cells.")
    ] = False,
    tag: Annotated[str, typer.Option("--tag", metavar="A,B", help="For every lead of it.")] = "",
    source: Annotated[str, typer.Option("--source", help="For leads without a source.")] = "",
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="Else FILE.rejects.csv beside it.")
    ] = None,
    no_remember: Annotated[
        bool, typer.Option("--no-remember", help="Neither use nor keep mappings.")
    ] = False,
    enrich: Annotated[
        str,
        typer.Option(
            "--enrich",
            metavar="A,B",
            help="Then run these columns on its leads.",
            autocompletion=complete_column,
        ),
    ] = "",
    max_cost: Annotated[
        str | None, typer.Option("--max-cost", metavar="USD", help="Of the run of --enrich.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Import lead files into a campaign

    Any delimited text, XLSX, XLS or JSON. A lead that is there already (e-mail, LinkedIn) is
    filled up, not doubled; rows that are no lead go to a file beside it. Each file is one undo;
    one that cannot be read does not stop the others.

    \b
      leadsync import apollo.csv --campaign "Q4 founders" --tag apollo
      leadsync import crm.xlsx --map "Mail=email" --on-duplicate update --dry-run
      leadsync import new.csv --enrich outreach --max-cost 5
    """
    call = invocation(ctx)
    columns = [key.strip() for key in enrich.split(",") if key.strip()]
    check_columns(call, columns, max_cost)
    options = ImportOptions(
        campaign=campaign,
        on_duplicate=on_duplicate,
        keep=frozenset(keep or ()),
        overwrite=frozenset(overwrite or ()),
        force=force,
        match=match,
        mapping=_parse_mapping(mapping or ()),
        ignore=tuple(ignore or ()),
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        tags=tuple(t.strip() for t in tag.split(",") if t.strip()),
        source=source or None,
        rejects=rejects,
        dry_run=dry_run,
        remember=not no_remember,
    )
    reports, failed = _import_each(call, files, options)
    code = failed.exit_code if failed else Exit.DONE
    if columns and reports:
        ended = enrich_touched(call, columns, reports, max_cost, yes=yes)
        code = code or ended
    raise typer.Exit(code)


def _import_each(
    call: Invocation, files: Sequence[Path], options: ImportOptions
) -> tuple[list[ImportReport], LeadSyncError | None]:
    """Import one file after another; what became of each, and the first error."""
    from leadsync.cli.output import print_error
    from leadsync.core.importing.importer import import_file

    failed: LeadSyncError | None = None
    reports: list[ImportReport] = []
    with call.workspace(create=True) as workspace:
        for file in files:
            try:
                with call.out.progress(f"importing {file.name}") as progress:
                    report = import_file(
                        workspace.store, file, options, actor=workspace.actor, progress=progress
                    )
            except KeyboardInterrupt:
                call.out.warn(f'stopped: nothing of "{file.name}" was imported')
                raise typer.Exit(Exit.STOPPED) from None
            except LeadSyncError as error:
                failed = failed or error
                print_error(error)
            else:
                reports.append(report)
                _print(call.out, report)
    return reports, failed


def _parse_mapping(texts: Sequence[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for text in texts:
        header, equals, name = text.rpartition("=")
        if not equals or not header.strip() or not name.strip():
            raise InputError(
                f'--map "{text}" is no mapping', next_step='write it as --map "Header=field"'
            )
        if mapping.get(header.strip(), name.strip()) != name.strip():
            raise InputError(
                f'"{header.strip()}" is mapped to both {mapping[header.strip()]} and {name.strip()}',
                next_step="say one --map for each header",
            )
        mapping[header.strip()] = name.strip()
    return mapping


def _print(out: Output, report: ImportReport) -> None:
    from leadsync.core.importing.report_text import count_lines, head_line

    if out.json:
        out.doc(report.to_doc())
    else:
        for line in (head_line(report), *count_lines(report)):
            out.line(line)
        if report.new_columns:
            out.say(f"new columns: {', '.join(report.new_columns)}")
        if report.rejects_file:
            out.say(f'rejected rows: "{report.rejects_file}"; correct it and import it')
        if report.unit:
            out.say(f"leadsync undo {report.unit} takes it back")
    for warning in report.warnings:
        out.warn(warning)
