"""`leadsync login`: in to a workspace with users."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.passwords import PasswordStdin, read_password
from leadsync.core.errors import InputError

app = Commands()


@app.command()
def login(
    ctx: typer.Context,
    email: Annotated[str, typer.Argument(metavar="[EMAIL]", help="Else it is asked for.")] = "",
    days: Annotated[int, typer.Option("--days", help="How long it lasts.")] = 14,
    password_stdin: PasswordStdin = False,
) -> None:
    """Log in to a workspace that has users

    The password is asked for and not shown. What lets you in from then on is kept in the system's
    keyring where there is one, else in a file that only you may read. After three wrong passwords
    a try has to wait, 1 s at first and 15 minutes at most.

    \b
      leadsync login ada@company.com
      leadsync login ada@company.com --password-stdin < password.txt
    """
    from leadsync.core.access.session_file import place_of_session
    from leadsync.core.access.sessions import login as log_in

    call = invocation(ctx)
    config = call.config
    if not email:
        if not call.out.can_ask:
            raise InputError("whose login?", next_step="leadsync login EMAIL --password-stdin")
        email = call.out.ask("E-mail")
    password = read_password(from_stdin=password_stdin)
    at = log_in(config, email, password, days=days)
    place = place_of_session(config)
    call.out.done(
        {"user": at.email, "role": at.role, "expiresAt": at.expires_at, "place": place},
        f"logged in as {at.email} ({at.role}) until {at.expires_at[:10]}; kept in"
        f" {'the keyring' if place == 'keyring' else place}",
    )
    if config.secret_of_environment("LEADSYNC_TOKEN"):
        call.out.warn("LEADSYNC_TOKEN is set in the environment, and goes before this login")
