"""What the shell offers after Tab: names out of the workspace, and those that are shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from leadsync.core.errors import LeadSyncError
from leadsync.core.models import FREE_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leadsync.core.workspace import Workspace

TAGS = 100  # as many as anybody reads after Tab


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


def complete_hook(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of hooks."""
    from leadsync.core.inbound.hooks import list_hooks

    return _starting(_names(ctx, lambda w: [h.name for h in list_hooks(w.store)]), incomplete)


def complete_hook_kind(incomplete: str) -> list[str]:
    """Kinds of hooks that are installed."""
    from leadsync.core.inbound.hooks import kinds_of_hooks

    return _starting(kinds_of_hooks(), incomplete)


def complete_tags(ctx: typer.Context, incomplete: str) -> list[str]:
    """Tags that leads have, the most frequent first; of the last one in a list `a,b,…`."""
    done, comma, word = incomplete.rpartition(",")
    names = _names(
        ctx, lambda w: [str(tag) for tag, _ in w.store.value_counts({}, "tags", limit=TAGS) if tag]
    )
    return [f"{done}{comma}{name}" for name in _starting(names, word)]


def complete_run(ctx: typer.Context, incomplete: str) -> list[str]:
    """Numbers of runs, the newest first."""
    return _starting(
        _names(ctx, lambda w: [str(r.id) for r in reversed(w.store.runs())]), incomplete
    )


def complete_recipe(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of recipes, shipped ones and the user's own."""
    from leadsync.cli.commands import invocation
    from leadsync.core.columns.recipes import list_recipes

    try:
        names = [recipe.name for recipe in list_recipes(invocation(ctx).config)]
    except LeadSyncError:
        return []
    return _starting(names, incomplete)


def complete_kind(incomplete: str) -> list[str]:
    """Kinds of columns that are installed."""
    from leadsync.core.engine.kinds import enricher_kinds

    return _starting(sorted({*FREE_KINDS, *enricher_kinds()}), incomplete)


def complete_format(incomplete: str) -> list[str]:
    """Formats of exported files."""
    from leadsync.core.exporting.formats import ExportFormat

    return _starting(ExportFormat, incomplete)


def complete_tool(incomplete: str) -> list[str]:
    """Tools whose columns an export can have."""
    from leadsync.core.exporting.tool_templates import load_export_templates

    return _starting(load_export_templates(), incomplete)


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.casefold().startswith(incomplete.casefold())]


def _names(ctx: typer.Context, read: Callable[[Workspace], list[str]]) -> list[str]:
    from leadsync.cli.commands import invocation

    try:
        with invocation(ctx).workspace() as workspace:
            return read(workspace)
    except LeadSyncError:
        return []  # Tab is no place for an error; the command itself will say it
