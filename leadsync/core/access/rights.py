"""What a person or a script may do in a workspace: rights, and the roles that have them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Right(StrEnum):
    """One thing that may be allowed; also the scopes that a token may have."""

    READ = "read"
    IMPORT = "import"
    EDIT = "edit"
    ENRICH = "enrich"
    EXPORT = "export"
    PUSH = "push"
    ADMIN = "admin"


class Role(StrEnum):
    """What a user is in the workspace."""

    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MEMBER: frozenset(Right) - {Right.ADMIN},
    Role.VIEWER: frozenset({Right.READ}),
}

WORDS: Mapping[Right, str] = {
    Right.READ: "read this workspace",
    Right.IMPORT: "import leads",
    Right.EDIT: "change anything",
    Right.ENRICH: "run columns",
    Right.EXPORT: "export leads",
    Right.PUSH: "push leads, or pull what became of them",
    Right.ADMIN: "do what is an owner's",
}
"""What somebody without the right may not do."""


def parse_role(text: str) -> Role:
    """The role of that name.

    Raises:
        InputError: there is none; the names are said.
    """
    try:
        return Role(text.strip().casefold())
    except ValueError:
        raise InputError(f'no role "{text}"', next_step=f"one of: {', '.join(Role)}") from None


def parse_scopes(text: str) -> tuple[Right, ...]:
    """Scopes as people type them, `enrich,export`; every one of them may read.

    Raises:
        InputError: one of them is none, with the nearest name; or there is none at all.
    """
    names = [name.strip().casefold() for name in text.split(",") if name.strip()]
    if not names:
        raise InputError("a token needs a scope", next_step=f"one of: {', '.join(Right)}")
    for name in names:
        if name not in list(Right):
            near = nearest(name, list(Right))
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(f'no scope "{name}"{hint}', next_step=f"one of: {', '.join(Right)}")
    return in_order(Right(name) for name in names)


def a_role(role: Role) -> str:
    """A role in a sentence: "an owner"."""
    return f"{'an' if role is Role.OWNER else 'a'} {role}"


def in_order(rights: Iterable[Right]) -> tuple[Right, ...]:
    """These rights and that of reading, as they are listed everywhere."""
    wanted = {Right.READ, *rights}
    return tuple(right for right in Right if right in wanted)
