"""`leadsync columns apply` and `export`: definitions as files, for git."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.options import DryRun, Yes
from leadsync.cli.replacing import ask_to_replace, written_to
from leadsync.core.errors import InputError
from leadsync.core.text_file import read_text_file
from leadsync.core.wording import plural

ColumnFilePath = Annotated[
    Path, typer.Argument(metavar="FILE", help="TOML with [[column]] tables; -: standard input.")
]


def apply_columns(ctx: typer.Context, file: ColumnFilePath, dry_run: DryRun = False) -> None:
    """Add and change columns so that they are as a file defines them

    Columns that the file does not mention stay. Applying it again changes nothing.

    \b
      leadsync columns apply columns.toml --dry-run
      leadsync columns apply columns.toml
    """
    from leadsync.core.columns.applying import apply_columns
    from leadsync.core.columns.column_file import read_column_file

    call = invocation(ctx)
    specs = read_column_file(_read(file), f'"{file}"').specs
    with call.workspace(create=True) as workspace:
        done = apply_columns(workspace, specs, label=f"apply {file.name}", dry_run=dry_run)
    if call.out.json:
        call.out.docs({"key": d.key, "outcome": d.outcome, "stale": d.result.stale} for d in done)
        return
    call.out.table(
        ["column", "would be" if dry_run else "is", "stale cells"],
        ((d.key, d.outcome, d.result.stale or "") for d in done),
    )


def export_columns(
    ctx: typer.Context,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[COLUMN…]", help="Else all of them.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Else standard output.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Write column definitions as a file that apply takes

    With --json the definitions are printed as JSON; the file of --to is TOML all the same. On a
    terminal a file that is there is replaced after a question.

    \b
      leadsync columns export outreach --to outreach.toml
    """
    from leadsync.core.columns.column_file import export_columns
    from leadsync.core.exporting.whole_file import whole_file
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace() as workspace:
        chosen = [workspace.column(key) for key in keys or ()] or workspace.store.columns()
    text = export_columns(chosen)
    replaced = file is not None and ask_to_replace(call, file, yes=yes)
    if file is not None:
        with whole_file(file) as target:
            target.write(text.encode())
    if call.out.json:
        call.out.docs(to_doc(column) for column in chosen)
    elif file is None:
        call.out.line(text.rstrip("\n"))
    if file is not None:
        place = written_to(file, replaced=replaced)
        call.out.say(f"{plural(len(chosen), 'column')} written{place}")


def _read(file: Path) -> str:
    if str(file) != "-":
        return read_text_file(file)
    try:
        return sys.stdin.read()
    except UnicodeError as error:
        raise InputError("standard input is no UTF-8 text") from error


def register(app: typer.Typer) -> None:
    """Hang these commands on `leadsync columns`."""
    app.command("apply")(apply_columns)
    app.command("export")(export_columns)
