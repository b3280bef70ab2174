"""`leadsync users`: who may enter the workspace, as what."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import Yes
from leadsync.cli.passwords import PasswordStdin, read_new_password, read_password

app = Commands("List, add and remove users, and change their roles and passwords")


def _complete_role(incomplete: str) -> list[str]:
    from leadsync.core.access.rights import Role

    return [role for role in Role if role.startswith(incomplete)]


Email = Annotated[str, typer.Argument(metavar="EMAIL", help="Of the user.")]


@app.command("list")
def list_all(ctx: typer.Context) -> None:
    """List users with their roles; for owners

    \b
      leadsync users list
      leadsync users list --json
    """
    from leadsync.core.access.users import list_users

    call = invocation(ctx)
    with call.workspace() as workspace:
        users = list_users(workspace)
    if call.out.json:
        call.out.docs(
            {"id": u.id, "email": u.email, "role": u.role, "createdAt": u.created_at} for u in users
        )
        return
    call.out.table(
        ["email", "role", "since"], ((u.email, u.role, u.created_at[:10]) for u in users)
    )
    if not users:
        call.out.say("no users: the workspace is open to whoever may read its file")


@app.command("add")
def add(
    ctx: typer.Context,
    email: Email,
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="owner, member or viewer; the first user is the owner.",
            autocompletion=_complete_role,
        ),
    ] = "",
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a user; from the first one on everybody has to log in

    The first one owns the workspace and is logged in here. An owner may do everything; a member
    everything but keys, users and erasing; a viewer reads. The password is asked for.

    \b
      leadsync users add ada@company.com
      leadsync users add grace@company.com --role viewer
    """  # fmt: skip
    from leadsync.core.access.rights import Role, parse_role
    from leadsync.core.access.users import add_user, require_changes

    call = invocation(ctx)
    with call.workspace(create=True, adds_first_user=True) as workspace:
        require_changes(workspace)  # before anybody types a password
        is_first = workspace.identity is None
        wanted = parse_role(role) if role else Role.OWNER if is_first else Role.MEMBER
        password = read_new_password(f"Password of {email}", from_stdin=password_stdin)
        user = add_user(workspace, email, password, role=wanted)
    call.out.done(
        {"id": user.id, "email": user.email, "role": user.role}, f"{user.email} is {user.role} now"
    )
    if is_first:
        call.out.say("you are logged in here; everybody has to log in from now on: leadsync login")


@app.command("role")
def role_of(
    ctx: typer.Context,
    email: Email,
    role: Annotated[
        str,
        typer.Argument(
            metavar="ROLE", help="owner, member or viewer.", autocompletion=_complete_role
        ),
    ],
) -> None:
    """Give a user another role

    It holds at once, also for tokens: what a token may do, its user must be allowed.

    \b
      leadsync users role grace@company.com member
    """
    from leadsync.core.access.rights import parse_role
    from leadsync.core.access.users import change_role

    call = invocation(ctx)
    with call.workspace() as workspace:
        user = change_role(workspace, email, parse_role(role))
    call.out.done({"email": user.email, "role": user.role}, f"{user.email} is {user.role} now")


@app.command("passwd")
def passwd(
    ctx: typer.Context,
    email: Annotated[
        str, typer.Argument(metavar="[EMAIL]", help="Another user, as an owner; else yourself.")
    ] = "",
    password_stdin: PasswordStdin = False,
) -> None:
    """Change a password: your own, or as an owner that of another user

    Your own takes the present one, too: with --password-stdin, that is the first line. Other
    logins of the user end; tokens go on.

    \b
      leadsync users passwd
      leadsync users passwd grace@company.com
    """
    from leadsync.core.access.users import (
        change_own_password,
        person,
        require_changes,
        set_password,
    )

    call = invocation(ctx)
    with call.workspace() as workspace:
        at = person(workspace)
        if not email or email.strip().casefold() == at.email:
            current = read_password("Present password", from_stdin=password_stdin)
            new = read_new_password(from_stdin=password_stdin)
            ended = change_own_password(workspace, current, new)
        else:
            require_changes(workspace)
            new = read_new_password(f"New password of {email}", from_stdin=password_stdin)
            ended = set_password(workspace, email, new)
    whose = email.strip().casefold() or at.email
    word = "1 login has" if ended == 1 else f"{ended} logins have"
    call.out.done(
        {"email": whose, "endedLogins": ended},
        f"{whose} has a new password; {word} ended with that",
    )


@app.command("rm")
def remove(ctx: typer.Context, email: Email, yes: Yes = False) -> None:
    """Let a user in no more

    Their logins and tokens end at once; history keeps their name. The last user of an SQLite
    store may go, too: it is open again then. On a terminal it asks first; elsewhere --yes is
    needed, for undo lets nobody in again.

    \b
      leadsync users rm grace@company.com
      leadsync users rm grace@company.com --yes
    """
    from leadsync.core.access.users import remove_user
    from leadsync.core.errors import InputError

    call = invocation(ctx)
    if not (yes or call.out.can_ask):
        raise InputError(
            "nobody can be asked here; nothing was changed",
            next_step=f"leadsync users rm {email} --yes",
        )
    with call.workspace() as workspace:
        if call.out.can_ask and not yes and not call.out.confirm(f"Let {email} in no more?"):
            raise typer.Exit
        user = remove_user(workspace, email)
    call.out.done({"email": user.email, "removed": True}, f"{user.email} is let in no more")
