"""Users: who may enter, as what; adding and removing them, their roles, one's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from leadsync.core.access.rights import Role, parse_role
from leadsync.core.access.users import (
    add_user,
    change_own_password,
    change_role,
    list_users,
    person,
    remove_user,
    set_password,
)
from leadsync.core.wording import plural
from leadsync.tui.actions.app import leave_for
from leadsync.tui.panels.password_form import PRESENT, PasswordForm
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.access.records import User
    from leadsync.tui.app import LeadSyncApp
    from leadsync.tui.desk import Desk

NEW, PASSWORD, REMOVE = "ctrl+n", "ctrl+r", "ctrl+d"
ADD = "+"
ROLES = {
    Role.OWNER: "does everything",
    Role.MEMBER: "all but users, keys, hooks, erasing",
    Role.VIEWER: "reads",
}
FIRST = (
    "From then on everything asks for a login: the grid, commands, workers, serve and mcp.",
    "Scripts and cron need a token each: Add a token.",
    "The first user is the owner, is logged in here, and LeadSync opens anew.",
    "Programs that are open stay open until they end.",
)
GONE = (
    "their logins and tokens end at once; history keeps their name",
    "u does not take it back: adding them again does",
)


def show(desk: Desk, _count: int | None) -> None:
    """All users, to give one another role, to remove one, or to add another."""
    desk.ask_store("users", lambda: list_users(desk.workspace), lambda users: _pick(desk, users))


def add(desk: Desk, _count: int | None) -> None:
    """A form for another user; before the first one, what changes by that."""
    if desk.workspace.identity is not None:
        person(desk.workspace)
        _begin(desk, [("email", "E-mail", ""), ("role", "Role", Role.MEMBER)])
        return
    desk.confirm(
        "The first user of this workspace", FIRST, "Go on",
        lambda: _begin(desk, [("email", "E-mail", "")]),
    )  # fmt: skip


def password(desk: Desk, _count: int | None) -> None:
    """A form for another password of one's own; the present one is asked for, too."""
    person(desk.workspace)

    def work(texts: dict[str, str]) -> int:
        return change_own_password(
            desk.workspace, texts.get("present", ""), texts.get("password", "")
        )

    def changed(ended: int) -> None:
        desk.say(f"you have a new password; {plural(ended, 'other login')} ended with that")

    desk.app.push_screen(PasswordForm(desk, "My password", [PRESENT], work, changed))


def _begin(desk: Desk, fields: Sequence[tuple[str, str, str]]) -> None:
    is_first = desk.workspace.identity is None

    def work(texts: dict[str, str]) -> User:
        role = Role.OWNER if is_first else parse_role(texts.get("role", ""))
        email, new = texts.get("email", ""), texts.get("password", "")
        return add_user(desk.workspace, email, new, role=role)

    def added(user: User) -> None:
        desk.say(f"{user.email} is {user.role} now")
        if is_first:
            _open_anew(desk)

    title = "The first user" if is_first else f"New user: {', '.join(Role)}"
    desk.app.push_screen(PasswordForm(desk, title, fields, work, added))


def _pick(desk: Desk, users: Sequence[User]) -> None:
    by_email = {user.email: user for user in users}
    choices = [
        Choice(user.email, user.email, f"{user.role}  since {user.created_at[:10]}")
        for user in users
    ]
    choices.append(Choice(ADD, "Add a user", "Ctrl+N"))

    def chosen(key: str, email: str) -> None:
        if key == NEW or email == ADD:
            desk.do("users.add")
        elif key == PASSWORD:
            _set_password(desk, by_email[email])
        elif key == REMOVE:
            _remove(desk, by_email[email], is_last=len(users) == 1)
        else:
            _change_role(desk, by_email[email])

    title = "Users" if users else "No users: this workspace is open to whoever may read its file"
    footer = "Enter: role   Ctrl+R: password   Ctrl+D: remove"
    desk.pick(title, choices, chosen, footer=footer if users else "", keys=(NEW, PASSWORD, REMOVE))


def _set_password(desk: Desk, user: User) -> None:
    """Another user's, as an owner, who need not know the present one; one's own as everybody."""
    if _is_me(desk, user):
        desk.do("users.password")
        return

    def work(texts: dict[str, str]) -> int:
        return set_password(desk.workspace, user.email, texts.get("password", ""))

    def changed(ended: int) -> None:
        desk.say(f"{user.email} has a new password; {plural(ended, 'login')} ended with that")

    desk.app.push_screen(PasswordForm(desk, f"Password of {user.email}", [], work, changed))


def _change_role(desk: Desk, user: User) -> None:
    def chosen(_key: str, name: str) -> None:
        role = parse_role(name)
        if role is user.role:
            desk.say(f"{user.email} stays {role}")
            return
        desk.write(
            lambda: change_role(desk.workspace, user.email, role),
            lambda changed: desk.say(f"{changed.email} is {changed.role} now"),
        )

    choices = [
        Choice(role, f"{role:<8} {ROLES[role]}", "now" if role is user.role else "")
        for role in Role
    ]
    desk.pick(f"Role of {user.email}", choices, chosen)


def _remove(desk: Desk, user: User, *, is_last: bool) -> None:
    is_me = _is_me(desk, user)

    def gone(removed: User) -> None:
        desk.say(f"{removed.email} is let in no more")
        if is_me:
            _open_anew(desk)

    lines = [*GONE]
    if is_me:
        lines.append("that is you: LeadSync closes the grid then")
    if is_last:
        lines.append("nobody else is there: a workspace on a file is open to all again then")
    desk.confirm(
        f"Let {user.email} in no more", lines, "Remove them",
        lambda: desk.write(lambda: remove_user(desk.workspace, user.email), gone),
    )  # fmt: skip


def _is_me(desk: Desk, user: User) -> bool:
    at = desk.workspace.identity
    return at is not None and at.user_id == user.id


def _open_anew(desk: Desk) -> None:
    """Close the grid, and open it for who is logged in then, after a login if nobody is."""
    leave_for(desk, cast("LeadSyncApp", desk.app).go_to_login)
