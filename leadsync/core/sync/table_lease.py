"""One process at a time writes a table: two that append at once would double rows."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leadsync.core.engine.members import is_holder_alive, new_holder
from leadsync.core.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

LEASE_S = 900.0
"""Longer than all tries of one request take together, also where each ends by its time limit."""


@contextmanager
def table_lease(store: Store, ledger: str) -> Generator[Callable[[], None]]:
    """Hold a table against other processes; gives what makes the lease longer, to be called often.

    A process of this machine that has died holds nothing.

    Raises:
        BusyError: another process holds it.
    """
    name, holder = f"table {ledger}", new_holder()

    def take(document: Doc) -> Doc:
        other = str(document.get("holder", holder))
        if other != holder and is_holder_alive(other, float(document.get("until", 0))):
            raise BusyError(
                "another process is writing this table",
                next_step="try again when it is done; one that died on another machine lets go in"
                f" {LEASE_S / 60:.0f} minutes",
            )
        return {"holder": holder, "until": time.time() + LEASE_S}

    def let_go(document: Doc) -> Doc:
        return {} if document.get("holder") == holder else document

    def renew() -> None:
        store.change_shared(name, take)

    renew()
    try:
        yield renew
    finally:
        store.change_shared(name, let_go)
