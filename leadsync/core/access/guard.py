"""The guard around a store: what somebody may not do is refused before it begins.

Every method of `store.protocol.Store` needs a right (`NEEDS`); one that is not named there is not
there at all. Writes of leads and documents need the right of what is being done: `edit`, unless a
core function says by `acting(store, Right.IMPORT)` that it imports. What has begun is finished: a
push that has sent something must write it down, also when its token was revoked meanwhile.

A workspace without users has no guard, and no cost. A guarded call that may be made is the store's
own method behind one look at the clock.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.access.kinds import USERS
from leadsync.core.access.rights import RIGHTS, WORDS, Right, Role, a_role, in_order
from leadsync.core.errors import AccessError, LeadSyncError, LoginNeeded
from leadsync.core.models import ACCESS_KINDS, now_iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.access.records import Identity
    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

RECHECK_S = 10.0  # so long at most somebody goes on who was removed; two reads by id then

_READS = (
    "ids", "rows", "count", "scan", "cancellable", "value_counts", "states", "find_by_keys",
    "campaigns", "columns", "views", "runs", "catalog", "units", "changes", "revision",
    "documents_revision", "tasks",
    "queue_counts", "next_due", "find_answers", "calls", "spending", "costs", "sent", "check",
    "documents", "get_document", "owners_of", "calls_about", "sent_of", "unchanged_since",
    "asking_about", "has_content",
)  # fmt: skip
_RUNS = (
    "start_run", "take_run", "update_run", "change_run", "enqueue", "claim", "requeue", "defer",
    "release", "drop_queue", "drop_cells",
)  # fmt: skip
_FREE = ("set_formulas", "close")

_OF_WHAT_IS_DONE = ("unit", "save", "change_shared", "add_calls", "finish_calls")
"""Methods that need, inside `acting`, the right of what is done."""

NEEDS: dict[str, Right] = {
    **dict.fromkeys(_READS, Right.READ),
    **dict.fromkeys(_RUNS, Right.ENRICH),
    **dict.fromkeys(("unit", "save"), Right.EDIT),
    **dict.fromkeys(("change_shared", "add_calls", "finish_calls"), Right.ENRICH),
    "keep_sent": Right.PUSH,
    "erase_leads": Right.ADMIN,
    "overwrite_deleted": Right.ADMIN,
    "records": Right.EXPORT,
    "backup": Right.ADMIN,
    "load": Right.ADMIN,
}
"""Method of the store -> the right it needs."""

_OWNERS = {"backup": "make backups", "load": "load a dump"}
"""What an owner does by a method of the store, in words."""

_HIDES_ACCESS = frozenset({"documents", "get_document", "save"})


class Door:
    """Whether who has come in is still let in. May be asked from any thread."""

    def __init__(
        self, store: Store, identity: Identity, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the store itself, and who came in just now."""
        self.store = store
        self.identity = identity
        self._clock = clock
        self._due = clock() + RECHECK_S
        self._problem: AccessError | None = None
        self._knock: Callable[[Store], Identity] | None = None

    def check(self) -> None:
        """Go on, or not.

        Raises:
            AccessError: the session or token has ended, or the role is another one now.
        """
        if self._clock() >= self._due:
            problem = self._look()
            self._problem = self._come_in_again(problem) if problem else None
            self._due = self._clock() + RECHECK_S
        if self._problem is not None:
            raise self._problem

    def require(self, right: Right, what: str = "") -> None:
        """Let nobody pass who has not this right; `what` says for what, "erase people".

        Raises:
            AccessError: who is there has not.
        """
        self.check()
        if right not in self.identity.rights:
            raise refusal(self.identity, right, what)

    def let_in_again(self, knock: Callable[[Store], Identity]) -> None:
        """Whoever is not let in any more knocks, and may be there again after another login."""
        self._knock = knock

    def _come_in_again(self, problem: AccessError) -> AccessError | None:
        """Why not; only who was there before comes in, with the rights that they had."""
        if self._knock is None:
            return problem
        try:
            found = self._knock(self.store)
        except LeadSyncError:
            return problem
        if (found.actor, found.rights) != (self.identity.actor, self.identity.rights):
            return problem
        self.identity = found
        return None

    def _look(self) -> AccessError | None:
        from leadsync.core.access.records import entry_from, identity_of, user_from

        at = self.identity
        entry_doc = self.store.get_document(at.kind, at.entry_id)
        user_doc = self.store.get_document(USERS, at.user_id)
        if entry_doc is None or user_doc is None:
            return _over(at)
        entry, user = entry_from(at.kind, entry_doc), user_from(user_doc)
        if entry.ended_at or user.removed_at or entry.expires_at <= now_iso():
            return _over(at)
        if identity_of(user, entry) != at:
            return AccessError("your role has changed", next_step="start again")
        return None


class GuardedStore:
    """A store behind its door. Has the methods of `Store` that `NEEDS` names, and `url`."""

    def __init__(self, door: Door, doing: Right | None = None) -> None:
        """Guard a store.

        Args:
            door: whether who is there is still let in.
            doing: what is being done; it was allowed and is finished. None: anything, a call at a
                time.
        """
        self._door = door
        self._doing = doing
        self.url = door.store.url
        for name in _FREE:
            setattr(self, name, getattr(door.store, name))
        for name, need in NEEDS.items():
            right = doing if doing and name in _OF_WHAT_IS_DONE else need
            setattr(self, name, self._method(name, right))

    def _method(self, name: str, need: Right) -> Callable[..., Any]:
        identity, check = self._door.identity, self._door.check
        method: Callable[..., Any] = getattr(self._door.store, name)
        if need not in identity.rights:

            def refuse(*_args: object, **_options: object) -> Any:
                raise refusal(identity, need, _OWNERS.get(name, ""))

            return refuse
        if name in _HIDES_ACCESS:
            method = _without_access(method)
        if self._doing is not None:
            return method

        def call(*args: Any, **options: Any) -> Any:
            check()
            return method(*args, **options)

        return call

    def acting(self, right: Right) -> Store:
        """The same store for one thing that is being done from now on.

        Raises:
            AccessError: it may not be done.
        """
        self._door.require(right)
        return cast("Store", GuardedStore(self._door, right))

    def opened(self, right: Right, what: str = "") -> Store:
        """The store itself, for functions of this package.

        Raises:
            AccessError: who is there has not this right.
        """
        self._door.require(right, what)
        return self._door.store

    def let_in_again(self, knock: Callable[[Store], Identity]) -> None:
        """As `Door.let_in_again`."""
        self._door.let_in_again(knock)

    @property
    def is_let_in(self) -> bool:
        """Whether who is there may still be."""
        try:
            self._door.check()
        except AccessError:
            return False
        return True


def guarded(store: Store, identity: Identity) -> Store:
    """The store as this person or script may use it."""
    return cast("Store", GuardedStore(Door(store, identity)))


def acting(store: Store, right: Right) -> Store:
    """The store for what is done now; writes need this right from here on, and not that of edits.

    Raises:
        AccessError: who is there may not do it.
    """
    return store.acting(right) if isinstance(store, GuardedStore) else store


def require(store: Store, right: Right, what: str = "") -> None:
    """Let nobody go on who has not this right; `what` says for what, as in "erase people".

    Raises:
        AccessError: who is there has not.
    """
    opened(store, right, what)


def opened(store: Store, right: Right, what: str = "") -> Store:
    """The store itself, for who has this right; `what` says for what.

    Raises:
        AccessError: who is there has not.
    """
    return store.opened(right, what) if isinstance(store, GuardedStore) else store


def let_in_again(store: Store, knock: Callable[[Store], Identity]) -> None:
    """Let who has opened the store in again after their next login, as for what runs for weeks.

    Args:
        store: guarded, or open to all.
        knock: who is there now, by the store itself.
    """
    if isinstance(store, GuardedStore):
        store.let_in_again(knock)


def is_let_in(store: Store) -> bool:
    """Whether who has opened the store may still be there; asked by what works for hours."""
    return store.is_let_in if isinstance(store, GuardedStore) else True


def refusal(identity: Identity, right: Right, what: str = "") -> AccessError:
    """Why this is not done, and who can change that.

    A token is told of its user's role where that is in the way: no scope would help.
    """
    who, of_all = identity.email, RIGHTS[identity.role]
    if identity.token and right in of_all:
        scopes = ",".join(r for r in in_order({*identity.rights, right}) if r is not Right.READ)
        return AccessError(
            f'the token "{identity.token}" of {who} has no scope "{right}"',
            next_step=f"after leadsync login: leadsync tokens add NAME --scope {scopes}",
        )
    with_it = f', nor may the token "{identity.token}"' if identity.token else ""
    role = Role.OWNER if right is Right.ADMIN else Role.MEMBER
    return AccessError(
        f"{who} is {a_role(identity.role)} here and may not {what or WORDS[right]}{with_it}",
        next_step=f"an owner can change that: leadsync users role {who} {role}",
    )


def _over(identity: Identity) -> AccessError:
    if identity.token:
        return AccessError(
            f'the token "{identity.token}" of {identity.email} is over',
            next_step="an owner or its user makes a new one: leadsync tokens add",
        )
    return LoginNeeded(f"the login of {identity.email} is over", next_step="leadsync login")


def _without_access(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method for all documents but those that say who may enter: they hold hashes."""

    def call(kind: str, *args: Any, **options: Any) -> Any:
        if kind in ACCESS_KINDS:
            raise AccessError(
                f"{kind} are not read or written as documents", next_step="leadsync users list"
            )
        result: Doc | list[Doc] | int | None = method(kind, *args, **options)
        return result

    return call
