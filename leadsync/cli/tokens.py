"""`leadsync tokens`: what lets cron and other scripts in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadsync.cli.commands import Commands, invocation

if TYPE_CHECKING:
    from leadsync.core.access.records import Token

app = Commands("Add, list and revoke tokens, which let cron and other scripts in")


def _complete_scopes(incomplete: str) -> list[str]:
    from leadsync.core.access.rights import Right

    done, comma, word = incomplete.rpartition(",")
    return [f"{done}{comma}{right}" for right in Right if right.startswith(word)]


@app.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="What history calls it.")] = "cron",
    scope: Annotated[
        str,
        typer.Option(
            "--scope",
            metavar="A,B",
            autocompletion=_complete_scopes,
            help="What it may do: read, import, edit, enrich, export, push, admin.",
        ),
    ] = "read",
    days: Annotated[int, typer.Option("--days", help="How long it works, at most 366.")] = 90,
) -> None:
    """Make a token for a script, which is shown this once

    It acts in your name, may do what its scopes say, and never more than you may yourself. Set it
    as LEADSYNC_TOKEN; history calls its actor "ada@company.com (token cron)".

    \b
      leadsync tokens add cron --scope enrich,export --days 90
      LEADSYNC_TOKEN="$(cat token)" leadsync worker --once     (cron)
    """  # fmt: skip
    from leadsync.core.access.rights import parse_scopes
    from leadsync.core.access.tokens import add_token

    call = invocation(ctx)
    with call.workspace() as workspace:
        token, text = add_token(workspace, name, parse_scopes(scope), days=days)
    if call.out.json:
        call.out.doc({**_doc(token, "valid"), "token": text})
    else:
        call.out.line(text)
    call.out.say(
        f'token "{token.name}" may {", ".join(token.scopes)} until {token.expires_at[:10]}; keep'
        " it now, it is not shown again"
    )


@app.command("list")
def list_all(ctx: typer.Context) -> None:
    """List your tokens, and as an owner those of all; never what they are

    \b
      leadsync tokens list
      leadsync tokens list --json
    """
    from leadsync.core.access.tokens import list_tokens, state_of
    from leadsync.core.access.users import names_of
    from leadsync.core.models import now_iso

    call = invocation(ctx)
    with call.workspace() as workspace:
        tokens, names = list_tokens(workspace), names_of(workspace)
    now = now_iso()
    if call.out.json:
        call.out.docs(
            {**_doc(token, state_of(token, now)), "user": names.get(token.user_id)}
            for token in tokens
        )
        return
    call.out.table(
        ["id", "name", "user", "may", "until", ""],
        (
            (t.id, t.name, names.get(t.user_id, ""), ", ".join(t.scopes), t.expires_at[:10],
             state_of(t, now))
            for t in tokens
        ),
    )  # fmt: skip


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its name or number.")],
) -> None:
    """End a token: from now on whoever uses it is refused

    A run that it has begun stops in order; what is paid is written down.

    \b
      leadsync tokens revoke cron
    """
    from leadsync.core.access.tokens import revoke_token

    call = invocation(ctx)
    with call.workspace() as workspace:
        ended = revoke_token(workspace, token)
    call.out.done(_doc(ended, "revoked"), f'token {ended.id}, "{ended.name}", is revoked')


def _doc(token: Token, state: str) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "createdAt": token.created_at,
        "expiresAt": token.expires_at,
        "state": state,
    }
