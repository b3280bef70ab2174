"""Wrong passwords cost time: how long the next try for an e-mail has to wait.

Tries are counted in the store, before the password is looked at, in one step against all other
processes: however many ask at once, no more of them are answered than the waits allow.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.errors import AccessError

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

SHARED = "logins"
FREE_TRIES = 3
LONGEST_WAIT_S = 900
FORGOTTEN_AFTER_S = 86_400
STRANGERS_KEPT = 1000  # e-mails of nobody here that are counted, too: the same answer for all


@dataclass(frozen=True, slots=True)
class Tries:
    """Counts tries for the e-mails of one store.

    Attributes:
        known: e-mails of users; what is counted of them is never pushed out by others.
    """

    store: Store
    known: Collection[str]

    def begin(self, email: str, now: float) -> None:
        """Count a try.

        Raises:
            AccessError: it comes too early; it is not counted, and must not be answered.
        """
        name = _name_of(email)
        wait_s = 0.0

        def counted(doc: Doc) -> Doc:
            nonlocal wait_s
            failures, last = doc.get(name, (0, 0.0))
            if now - last > FORGOTTEN_AFTER_S:
                failures = 0
            # A clock that was set back must not lock anybody out for longer.
            wait_s = min(last + wait_after(failures) - now, wait_after(failures))
            if wait_s > 0:
                return doc
            return self._kept({**doc, name: [failures + 1, now]}, now)

        self.store.change_shared(SHARED, counted)
        if wait_s > 0:
            raise AccessError(
                f'too many wrong passwords for "{email}": wait {_in_words(wait_s)}',
                next_step="other logins and tokens go on working meanwhile",
            )

    def forget(self, email: str) -> None:
        """Begin anew: the password was right."""
        name = _name_of(email)
        self.store.change_shared(SHARED, lambda doc: {k: v for k, v in doc.items() if k != name})

    def _kept(self, doc: Doc, now: float) -> Doc:
        fresh = {k: v for k, v in doc.items() if now - v[1] <= FORGOTTEN_AFTER_S}
        ours = {_name_of(email) for email in self.known}
        strangers = sorted((name for name in fresh if name not in ours), key=lambda n: fresh[n][1])
        for name in strangers[: max(0, len(strangers) - STRANGERS_KEPT)]:
            del fresh[name]
        return fresh


def wait_after(failures: int) -> float:
    """Seconds to wait after so many wrong passwords: none for three, then 1, 2, 4 … 900."""
    if failures < FREE_TRIES:
        return 0.0
    return float(min(LONGEST_WAIT_S, 2 ** min(failures - FREE_TRIES, 20)))


def _name_of(email: str) -> str:
    """What stands for an e-mail: strangers' addresses are not to be read in the store."""
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()[:20]


def _in_words(seconds: float) -> str:
    whole = max(1, round(seconds + 0.499))
    return f"{whole} s" if whole < 120 else f"{whole // 60} min"
