"""`leadsync dump`: the whole store as text."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import Yes
from leadsync.cli.replacing import ask_to_replace, written_to

app = Commands()


@app.command()
def dump(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="-: standard output.")] = "-",
    yes: Yes = False,
) -> None:
    """Write the whole store as text, one record a line

    JSON Lines in a stable order, so that two dumps can be compared with diff, and a dump of one
    engine loads into the other. The last line counts the others: a cut dump does not load. On a
    terminal a file that is there is replaced after a question.

    \b
      leadsync dump leads.jsonl
      leadsync dump - | gzip > leads.jsonl.gz
    """
    from leadsync.core.exporting.whole_file import whole_file
    from leadsync.core.store.dump_lines import dump_lines

    call = invocation(ctx)
    count = -1  # the line at the end is no record
    with ExitStack() as stack:
        workspace = stack.enter_context(call.workspace())
        replaced = ask_to_replace(call, file, yes=yes)
        out = sys.stdout.buffer if file == "-" else stack.enter_context(whole_file(Path(file)))
        for line in dump_lines(workspace.store.records()):
            count += 1
            out.write(line.encode())
    if call.out.json and file != "-":
        call.out.doc({"file": file, "records": count, "replaced": replaced})
    call.out.say(f"{count:,} records written{written_to(file, replaced=replaced)}")
