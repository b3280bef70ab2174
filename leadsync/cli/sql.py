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

    The view lead_sheet has a row a lead and a column a column; docs/schema.md has the rest. In a
    workspace with users it is for owners: it can read every table.

    \b
      leadsync sql 'SELECT company, count(*) FROM lead_sheet GROUP BY company'
    """
    from leadsync.core.sql import check_has_sql, query_workspace

    call = invocation(ctx)
    check_has_sql(call.config.store)
    with call.workspace() as workspace:
        names, rows = query_workspace(workspace, query)
        if call.out.json:
            call.out.docs(dict(zip(names, row, strict=True)) for row in rows)
        else:
            call.out.table(names, rows)
