"""Columns that hand leads over: who works on their runs must be allowed to push."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.access.guard import require
from leadsync.core.access.rights import Right
from leadsync.core.engine.enricher import Sends
from leadsync.core.engine.kinds import enricher_kinds, find_enricher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.models import Column, Run
    from leadsync.core.store.protocol import Store


def require_push(store: Store, columns: Iterable[Column]) -> None:
    """Let nobody begin to work on these columns who may not send what they send.

    The ledger would refuse what was sent when it is written there, which is too late: it has left.

    Raises:
        AccessError: one of them hands leads over, and who is there may not push.
    """
    if any(hands_over(column) for column in columns):
        require(store, Right.PUSH)


def require_push_of_run(store: Store, run: Run) -> None:
    """As `require_push`, of the columns of a run.

    Raises:
        AccessError: one of them hands leads over, and who is there may not push.
    """
    require_push(store, (column for column in store.columns() if column.id in run.column_ids))


def hands_over(column: Column) -> bool:
    """Whether the kind of a column hands leads over; one that is not installed does not."""
    is_known = column.is_running and column.kind in enricher_kinds()
    return is_known and isinstance(find_enricher(column.kind), Sends)
