"""`leadsync whoami`: as whom the store knows this machine."""

from __future__ import annotations

import typer

from leadsync.cli.commands import Commands, invocation

app = Commands()


@app.command()
def whoami(ctx: typer.Context) -> None:
    """Show who is logged in, and what they may do

    Ends with 5 where nobody is logged in and somebody has to be.

    \b
      leadsync whoami
      leadsync whoami --json
    """
    from leadsync.core.access.rights import Right, in_order
    from leadsync.core.access.session_file import place_of_session

    call = invocation(ctx)
    with call.workspace() as workspace:
        at, actor = workspace.identity, workspace.actor
    rights = in_order(at.rights) if at else tuple(Right)
    place = "" if at is None else "LEADSYNC_TOKEN" if at.token else place_of_session(call.config)
    if call.out.json:
        call.out.doc(
            {
                "actor": actor,
                "user": at.email if at else None,
                "role": at.role if at else None,
                "token": at.token or None if at else None,
                "rights": rights,
                "expiresAt": at.expires_at if at else None,
                "place": place or None,
            }
        )
    elif at is None:
        call.out.line(f"{actor}; this workspace has no users, and is open")
    else:
        call.out.line(f"{actor}, {at.role}, until {at.expires_at[:10]}")
        call.out.line(f"may: {', '.join(rights)}")
