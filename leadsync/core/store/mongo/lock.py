"""The write lock: one unit at a time in a database, and its commit point.

One document, `locks/write`: `holder` (`machine:pid:token`, empty when free), `beat` (grows while
the holder lives) and `journal` (the id of a committed unit that is not wholly applied yet).
Nobody compares clocks of two machines: a waiter takes over when the beat has stood still for a
lease by its own clock, and at once when the holder was a process of this machine that is gone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from leadsync.core.errors import BusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pymongo.collection import Collection

logger = logging.getLogger(__name__)

WAIT_S = 120.0
LEASE_S = 30.0
BEATS_A_LEASE = 6
FIRST_PAUSE_S = 0.005
LONGEST_PAUSE_S = 0.25
_LOCK = {"_id": "write"}


class WriteLock:
    """Hands the lock to one thread of one process at a time."""

    def __init__(
        self,
        locks: Collection[Any],
        place: str,
        *,
        lease_s: float = LEASE_S,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Take the collection of locks.

        Args:
            locks: where the lock's document is.
            place: the store's address, for messages.
            lease_s: how long a holder on another machine may give no sign of life.
            wait: pauses for that many seconds between two looks.
        """
        self._locks = locks
        self._place = place
        self._lease_s = lease_s
        self._wait: Callable[[float], object] = wait or threading.Event().wait
        self._threads = threading.Lock()
        self._abandoned: set[str] = set()

    @contextlib.contextmanager
    def hold(self, recover: Callable[[Hold], None], *, wait_s: float = WAIT_S) -> Generator[Hold]:
        """Hold the lock. Work of a holder that crashed is finished or undone first.

        The lock is kept by nobody's hand, to be recovered, where its release fails.

        Raises:
            BusyError: others held it for all of `wait_s`.
        """
        if not self._threads.acquire(timeout=wait_s):
            raise self._busy()
        try:
            hold = self._acquire(wait_s)
            hold.start()
            try:
                self._recover(hold, recover)
                yield hold
            finally:
                if not hold.release():
                    self._abandoned.add(hold.token)
        finally:
            self._threads.release()

    @staticmethod
    def _recover(hold: Hold, recover: Callable[[Hold], None]) -> None:
        if hold.left_open:
            try:
                recover(hold)
            except BaseException:
                hold.leave_open()
                raise

    def is_left_open(self) -> bool:
        """Whether the last holder crashed, as far as this machine can tell without waiting."""
        holder, _ = self._look()
        return bool(holder) and self._is_gone(holder)

    def _look(self) -> tuple[str, int]:
        """Who holds the lock, and the beat."""
        found: dict[str, Any] | None = self._locks.find_one(_LOCK)
        return (str(found["holder"]), int(found["beat"])) if found else ("", 0)

    def _acquire(self, wait_s: float) -> Hold:
        token = f"{machine()}:{os.getpid()}:{uuid.uuid4().hex}"
        deadline = time.monotonic() + wait_s
        seen, seen_at, pause = ("", 0), time.monotonic(), FIRST_PAUSE_S
        while True:
            if self._locks.find_one_and_update(
                {**_LOCK, "holder": ""}, {"$set": {"holder": token, "beat": 0}}
            ):
                return Hold(self._locks, token, self._lease_s)
            found, now = self._look(), time.monotonic()
            if found != seen:
                seen, seen_at = found, now
            holder, beat = found
            if holder and (self._is_gone(holder) or now - seen_at > self._lease_s):
                taken: dict[str, Any] | None = self._locks.find_one_and_update(
                    {**_LOCK, "holder": holder, "beat": beat},
                    {"$set": {"holder": token, "beat": 0}},
                    return_document=ReturnDocument.AFTER,
                )
                if taken:
                    logger.warning("took the write lock over from %s", holder)
                    return Hold(self._locks, token, self._lease_s, left_behind=taken)
            if now > deadline:
                raise self._busy()
            self._wait(pause)
            pause = min(pause * 1.6, LONGEST_PAUSE_S)

    def _is_gone(self, holder: str) -> bool:
        if holder in self._abandoned:
            return True
        host, _, rest = holder.partition(":")
        pid = rest.partition(":")[0]
        return host == machine() and pid.isdigit() and not _is_process(int(pid))

    def _busy(self) -> BusyError:
        return BusyError(
            f'another process has been writing to "{self._place}" for over {WAIT_S:.0f} s',
            next_step="wait for it to end, then run this again",
        )


class Hold:
    """The lock while one unit has it.

    Attributes:
        token: who holds it.
        left_open: the holder before did not let go of it: its work has to be looked at.
        journal: id of the committed unit that the holder before did not finish; or empty.
    """

    def __init__(
        self,
        locks: Collection[Any],
        token: str,
        lease_s: float,
        *,
        left_behind: dict[str, Any] | None = None,
    ) -> None:
        """Take the lock's collection, and its document where the holder before did not let go."""
        self._locks = locks
        self._lease_s = lease_s
        self.token = token
        self.left_open = left_behind is not None
        self.journal = str(left_behind["journal"]) if left_behind else ""
        self._alive_at = time.monotonic()
        self._ended = threading.Event()
        self._lost = False
        self._broken = False
        self._beating = threading.Thread(target=self._beat, name="leadsync-lock", daemon=True)

    def start(self) -> None:
        """Begin to beat, so that others see that the holder lives."""
        self._beating.start()

    def _beat(self) -> None:
        while not self._ended.wait(self._lease_s / BEATS_A_LEASE):
            asked_at = time.monotonic()
            try:
                found = self._locks.update_one(
                    {**_LOCK, "holder": self.token}, {"$inc": {"beat": 1}}
                )
            except PyMongoError as error:
                logger.warning("the write lock could not be renewed: %s", error)
                continue
            if not found.matched_count:
                self._lost = True
                return
            self._alive_at = asked_at

    def check(self) -> None:
        """Make sure that nobody has taken the lock over.

        Raises:
            StoreError: this process slept or was cut off for longer than a lease.
        """
        if time.monotonic() - self._alive_at > self._lease_s:
            self._lost = True
        if self._lost:
            raise self._taken()

    def commit(self, journal: str) -> None:
        """Make a unit's journal count, in one write: before it nothing happened, after it all.

        Raises:
            StoreError: another process has taken the lock over; nothing was written.
        """
        self._broken = True  # until the answer is here, nobody knows
        found = self._locks.update_one(
            {**_LOCK, "holder": self.token}, {"$set": {"journal": journal}}
        )
        self._broken = False
        if not found.matched_count:
            self._lost = True
            raise self._taken()
        self.journal = journal

    def applied(self) -> None:
        """Say that everything the journal asks for has been done; letting go writes it down."""
        self.journal = ""

    @property
    def is_uncertain(self) -> bool:
        """Whether a commit was asked for and its answer did not come."""
        return self._broken

    @property
    def is_lost(self) -> bool:
        """Whether another process has taken the lock over."""
        return self._lost

    def leave_open(self) -> None:
        """Do not give the lock back: the next holder has to finish or undo what was begun."""
        self._broken = True

    def release(self) -> bool:
        """Give the lock back; False where that was not possible."""
        self._ended.set()
        self._beating.join()
        if self._lost or self._broken or self.journal:
            return False
        try:
            self._locks.update_one(
                {**_LOCK, "holder": self.token}, {"$set": {"holder": "", "journal": ""}}
            )
        except PyMongoError as error:
            logger.warning("the write lock could not be given back: %s", error)
            return False
        return True

    def _taken(self) -> StoreError:
        return StoreError(
            "another process took over the write lock while this one stood still;"
            " nothing of this step was written",
            next_step="run this again",
        )


def machine() -> str:
    """A name that only processes which can see each other's process ids share."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        boot, space = f"{uuid.getnode():x}", ""
    digits = "".join(c for c in space if c.isdigit())
    return f"{socket.gethostname()}-{boot[:8]}-{digits}".replace(":", "-")


def _is_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a killed child whose parent has not asked for it yet is dead, too
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state not in ("Z", "X")
