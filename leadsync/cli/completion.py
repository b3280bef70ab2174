"""What the shell offers after Tab: names out of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from leadsync.core.errors import LeadSyncError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leadsync.core.workspace import Workspace


def complete_column(ctx: typer.Context, incomplete: str) -> list[str]:
    """Keys of fields and columns; of the last one in a list `a,b,…`."""
    done, comma, word = incomplete.rpartition(",")
    names = _names(ctx, lambda workspace: workspace.store.catalog().names)
    return [f"{done}{comma}{name}" for name in names if name.startswith(word)]


def complete_campaign(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of campaigns."""
    names = _names(ctx, lambda workspace: [c.name for c in workspace.store.campaigns()])
    return _starting(names, incomplete)


def complete_view(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of views."""
    return _starting(_names(ctx, lambda w: [v.name for v in w.store.views()]), incomplete)


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.casefold().startswith(incomplete.casefold())]


def _names(ctx: typer.Context, read: Callable[[Workspace], list[str]]) -> list[str]:
    from leadsync.cli.commands import invocation

    try:
        with invocation(ctx).workspace() as workspace:
            return read(workspace)
    except LeadSyncError:
        return []  # Tab is no place for an error; the command itself will say it
