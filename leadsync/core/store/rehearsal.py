"""Units that may be rehearsals: the same work, taken back at the end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from leadsync.core.store.protocol import Store
    from leadsync.core.store.unit import Unit


@contextlib.contextmanager
def open_unit(store: Store, actor: str, label: str, *, dry_run: bool) -> Generator[Unit]:
    """A unit of work; in a dry run all that it wrote is taken back when the block ends."""
    with contextlib.suppress(_OverError), store.unit(actor, label) as unit:
        yield unit
        if dry_run:
            raise _OverError


class _OverError(Exception):
    """The rehearsal is over."""
