"""Users, sessions and tokens as the store keeps them.

They are in no history and no dump: a dump moves leads, not who may enter. Of passwords, sessions and
tokens only hashes are stored.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.access.kinds import SESSIONS, TOKENS, USERS
from leadsync.core.access.rights import RIGHTS, Right, Role
from leadsync.core.models import Doc, from_doc, to_doc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.store.protocol import Store


@dataclass(frozen=True, slots=True)
class User:
    """A person who may enter.

    Attributes:
        email: as they type it, in lower case.
        password_hash: of bcrypt; empty for one who was removed.
        removed_at: when; empty while they may enter. The name stays in history.
    """

    id: int
    email: str
    role: Role
    password_hash: str = field(repr=False)
    created_at: str
    removed_at: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A login of a person on one machine.

    Attributes:
        hash: SHA-256 of what that machine holds.
        ended_at: when somebody ended it before it expired; empty: nobody has.
    """

    id: int
    user_id: int
    hash: str = field(repr=False)
    created_at: str
    expires_at: str
    ended_at: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """What lets a script in, in the name of a person.

    Attributes:
        scopes: what it may do, as far as its person may.
        hash: SHA-256 of what the script holds.
        ended_at: when somebody revoked it; empty: nobody has.
    """

    id: int
    user_id: int
    name: str
    scopes: tuple[str, ...]
    hash: str = field(repr=False)
    created_at: str
    expires_at: str
    ended_at: str = ""

    @property
    def rights(self) -> frozenset[Right]:
        """Its scopes; one that a newer LeadSync knows gives nothing."""
        return frozenset(Right(name) for name in self.scopes if name in list(Right))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is there, and what they may do.

    Attributes:
        token: name of the token that let them in; empty for a login of a person.
        kind: where the session or token is kept.
        entry_id: which it is.
        expires_at: until when it lets them in.
    """

    user_id: int
    email: str
    role: Role
    rights: frozenset[Right]
    kind: str
    entry_id: int
    expires_at: str
    token: str = ""

    @property
    def actor(self) -> str:
        """Who history says it was."""
        return f"{self.email} (token {self.token})" if self.token else self.email


def identity_of(user: User, entry: Session | Token) -> Identity:
    """Who enters with this session or token: what a token may do, its person must be allowed."""
    rights = RIGHTS[user.role]
    if isinstance(entry, Session):
        return Identity(
            user.id, user.email, user.role, rights, SESSIONS, entry.id, entry.expires_at
        )
    return Identity(
        user.id, user.email, user.role, rights & entry.rights, TOKENS, entry.id,
        entry.expires_at, entry.name,
    )  # fmt: skip


def list_all_users(store: Store) -> list[User]:
    """All users, removed ones too."""
    return [user_from(doc) for doc in store.documents(USERS)]


def active_users(store: Store) -> list[User]:
    """Users who may enter."""
    return active_of(store.documents(USERS))


def active_of(documents: Iterable[Doc]) -> list[User]:
    """Those of these users who may enter."""
    return [user for user in map(user_from, documents) if not user.removed_at]


def user_from(doc: Doc) -> User:
    """The user that a document holds."""
    user = from_doc(User, doc)
    return dataclasses.replace(user, role=Role(user.role))


def entry_from(kind: str, doc: Doc) -> Session | Token:
    """The session or token that a document holds."""
    if kind == SESSIONS:
        return from_doc(Session, doc)
    token = from_doc(Token, doc)
    return dataclasses.replace(token, scopes=tuple(token.scopes))


def list_sessions(store: Store) -> list[Session]:
    """All sessions, also those that have ended."""
    return [from_doc(Session, doc) for doc in store.documents(SESSIONS)]


def list_all_tokens(store: Store) -> list[Token]:
    """All tokens, also those that have ended."""
    found = (from_doc(Token, doc) for doc in store.documents(TOKENS))
    return [dataclasses.replace(token, scopes=tuple(token.scopes)) for token in found]


def keep(store: Store, kind: str, record: User | Session | Token) -> int:
    """Store one of them; its id."""
    body = to_doc(record)
    return store.save(kind, body)
