"""Arming: whether a worker may fill a column by itself, and what it may spend on that a day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.engine.daily_caps import PER_DAY
from leadsync.core.engine.remedies import NAMES_PRICES, no_price
from leadsync.core.engine.unpriced import find_unpriced
from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace


def arm(workspace: Workspace, key: str, *, usd_micros_per_day: int | None = None) -> Column:
    """Let workers fill empty and stale cells of a column, within its daily cap.

    Args:
        workspace: whose column.
        key: of a running column.
        usd_micros_per_day: a new daily cap; None keeps the one that the column has.

    Raises:
        AccessError: who is there may change columns, but not run them.
        InputError: it has no daily cap, or is no running column, or a price of it is not known,
            so that no cap can be kept.
        NotFound: there is no such column.
    """
    workspace.require(Right.ENRICH)
    column = workspace.column(key)
    if not column.is_running:
        raise InputError(
            f'column "{column.key}" is not filled by runs', next_step="leadsync columns list"
        )
    caps = dict(column.caps)
    if usd_micros_per_day is not None:
        caps[PER_DAY] = usd_micros_per_day
    if not isinstance(caps.get(PER_DAY), int):
        raise InputError(
            f'column "{column.key}" has no daily cap; an armed one spends by itself',
            next_step=f"leadsync columns arm {column.key} --usd-per-day 5",
        )
    _check_price(workspace, column)
    return _store(workspace, f"arm column {column.key}", replace(column, armed=True, caps=caps))


def disarm(workspace: Workspace, key: str) -> Column:
    """Let a column run only when somebody says so.

    Raises:
        NotFound: there is no such column.
    """
    column = workspace.column(key)
    return _store(workspace, f"disarm column {column.key}", replace(column, armed=False))


def _check_price(workspace: Workspace, column: Column) -> None:
    """Refuse what would be held for ever: a cap of something whose price nobody knows."""
    request = find_unpriced(workspace, column)
    if request is None:
        return
    so = f'a daily cap of "{column.key}" cannot be kept'
    raise InputError(
        no_price(request.provider, request.price_note, so),
        next_step=f"{NAMES_PRICES}; then arm it again",
    )


def _store(workspace: Workspace, label: str, column: Column) -> Column:
    with workspace.store.unit(workspace.actor, label) as unit:
        return unit.add_column(column)
