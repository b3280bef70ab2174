"""One process at a time writes a table: two that append at once would double rows."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leadsync.core.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store

LEASE_S = 300.0
"""Longer than all tries of one request take together: 127 s of waits, and the requests."""


@contextmanager
def table_lease(
    store: Store, ledger: str, *, now: Callable[[], float] = time.time
) -> Generator[Callable[[], None]]:
    """Hold a table against other processes; gives what makes the lease longer, to be called often.

    Raises:
        BusyError: another process holds it.
    """
    name, holder = f"table {ledger}", uuid.uuid4().hex

    def take(document: Doc) -> Doc:
        if document.get("holder") not in (None, holder) and document.get("until", 0) > now():
            raise BusyError(
                "another process is writing this table",
                next_step=f"try again when it is done; one that died lets go in {LEASE_S:.0f} s",
            )
        return {"holder": holder, "until": now() + LEASE_S}

    def let_go(document: Doc) -> Doc:
        return {} if document.get("holder") == holder else document

    def renew() -> None:
        store.change_shared(name, take)

    renew()
    try:
        yield renew
    finally:
        store.change_shared(name, let_go)
