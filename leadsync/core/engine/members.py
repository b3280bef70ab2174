"""The members of a run: processes that work on it together, each under a lease of its own."""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from typing import TYPE_CHECKING

from leadsync.core.engine.ending import Leaving
from leadsync.core.engine.journal import lost
from leadsync.core.errors import BusyError, StoreError
from leadsync.core.models import CallState, Run, RunState, from_doc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

logger = logging.getLogger(__name__)

LEASE_S = 60.0
GETTING_READY = "getting ready"
"""The reason of a run whose cells are still queued, or given back: nobody joins it yet."""
_DIED = "its process ended before the answer was written down"


def new_holder() -> str:
    """A name for one drive by this process: `host:pid:token`."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def own_holder(run: Run) -> str:
    """The name under which this process works on a run; empty where it does not."""
    mine = f"{socket.gethostname()}:{os.getpid()}"
    return next((holder for holder in run.members if holder.rpartition(":")[0] == mine), "")


def is_holder_alive(holder: str, lease_until: float) -> bool:
    """Whether a lease stands and, on this machine, its process lives."""
    if lease_until < time.time():
        return False
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    return host != socket.gethostname() or not pid.isdigit() or _lives(int(pid))


def is_alive(run: Run) -> bool:
    """Whether somebody works on a run."""
    is_running = run.state is RunState.RUNNING
    return is_running and any(is_holder_alive(*member) for member in run.members.items())


def can_be_joined(run: Run) -> bool:
    """Whether a worker may work on a run beside those who do."""
    return is_alive(run) and not run.reason and not run.stop_requested


def bury(store: Store, run_id: int, holders: Iterable[str]) -> None:
    """Give back the cells of members that died; their calls without an answer are lost."""
    dead = frozenset(holders)
    if not dead:
        return
    mark_lost(store, run_id, dead)
    for holder in dead:
        store.release(run_id, reason="queued", holder=holder)

    def without_them(run: Run) -> Doc:
        return {"members": {h: until for h, until in run.members.items() if h not in dead}}

    store.change_run(run_id, without_them)


def mark_lost(store: Store, run_id: int, holders: frozenset[str] | None = None) -> None:
    """Write down that calls of these holders, or of all, will not be answered any more."""
    _, unanswered = store.spending(run_id)
    calls = [
        lost(call, _DIED)
        for call in unanswered
        if call.state is CallState.SENT and (holders is None or call.holder in holders)
    ]
    if calls:
        logger.warning("run %d: %d calls without an answer", run_id, len(calls))
        store.finish_calls(calls)


class Membership:
    """The part of this process in a run.

    Attributes:
        holder: its name among the members.
        lease_s: how long others wait for a sign of it.
    """

    def __init__(
        self, store: Store, run_id: int, holder: str, *, lease_s: float, now: Callable[[], float]
    ) -> None:
        """Take a run, and the name under which this process is a member of it."""
        self.holder = holder
        self._store = store
        self._run_id = run_id
        self.lease_s = lease_s
        self._now = now

    def lease_end(self) -> float:
        """When a lease ends that is taken or renewed now."""
        return self._now() + self.lease_s

    def join(self) -> Run:
        """Work on the run beside others.

        Raises:
            BusyError: it has ended, or others are not to join it.
        """

        def with_us(run: Run) -> Doc:
            if not can_be_joined(run):
                raise BusyError(f"run {run.id} takes no more workers")
            return {"members": {**run.members, self.holder: self.lease_end()}}

        return self._store.change_run(self._run_id, with_us)

    def renew(self) -> Run:
        """Keep the lease, and take over what members that died have left; the run now.

        Raises:
            BusyError: others took this process for dead.
        """
        run = self._run()
        self.check(run)
        until = self.lease_end()
        if run.members[self.holder] < until - self.lease_s / 4:

            def renewed(run: Run) -> Doc:
                self.check(run)
                return {"members": {**run.members, self.holder: until}}

            run = self._store.change_run(self._run_id, renewed)
        bury(self._store, self._run_id, self._dead_of(run))
        return run

    def check(self, run: Run) -> None:
        """Refuse to go on where others have taken this process for dead.

        Raises:
            BusyError: they have.
        """
        if self.holder not in run.members:
            raise BusyError(f"run {run.id} was taken over by another process")

    def leave(self, ending: Callable[[Leaving], Doc]) -> Run:
        """Give back what this process has claimed, and leave; the run now.

        Args:
            ending: the fields that the run gets; called again when others came or went.
        """
        self._store.release(self._run_id, reason="held", holder=self.holder)
        while True:
            seen = self._run()
            dead = self._dead_of(seen)
            bury(self._store, self._run_id, dead)
            others = {*seen.members} - {self.holder, *dead}
            left = sum(self._store.queue_counts(self._run_id).values())

            def without_us(run: Run, left: int = left, others: set[str] = others) -> Doc:
                if self.holder not in run.members:
                    return {}
                members = {h: until for h, until in run.members.items() if h != self.holder}
                if set(members) != others:
                    raise _OthersCameError
                return {"members": members, **ending(Leaving(run, left, is_last=not members))}

            try:
                run = self._store.change_run(self._run_id, without_us)
            except _OthersCameError:
                continue
            if not run.members and left:
                self._store.release(self._run_id, reason="held", holder="")
            return run

    def _dead_of(self, run: Run) -> list[str]:
        return [
            holder
            for holder, until in run.members.items()
            if holder != self.holder and not is_holder_alive(holder, until)
        ]

    def _run(self) -> Run:
        found = self._store.get_document("runs", self._run_id)
        if found is None:
            raise StoreError(
                f"run {self._run_id} is not in the store any more: another content took its place",
                next_step="leadsync runs list",
            )
        return from_doc(Run, found)


class _OthersCameError(Exception):
    """Members came or went while this one was leaving."""


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
