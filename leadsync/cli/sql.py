"""`leadsync sql`: read-only SQL on the embedded store."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation

app = Commands()


@app.command()
def sql(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One SELECT.")],
) -> None:
    """Run a read-only SQL query on the embedded store

    The view lead_sheet has a row a lead and a column a column; docs/schema.md has the rest.

    \b
      leadsync sql 'SELECT company, count(*) FROM lead_sheet GROUP BY company'
    """
    from leadsync.core.errors import InputError
    from leadsync.core.store.opening import SQLITE_PREFIX, sqlite_path
    from leadsync.core.store.sqlite.sql import query_sql

    call = invocation(ctx)
    url = call.config.store
    if not url.startswith(SQLITE_PREFIX):
        raise InputError(
            "leadsync sql is for the embedded SQLite store; this workspace is on MongoDB",
            next_step="use mongosh, or leadsync leads list --filter JSON",
        )
    with call.workspace() as workspace:
        names, rows = query_sql(sqlite_path(workspace.store.url), query)
        if call.out.json:
            call.out.docs(dict(zip(names, row, strict=True)) for row in rows)
        else:
            call.out.table(names, rows)
