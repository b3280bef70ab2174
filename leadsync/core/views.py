"""Views: a filter, an order and columns, kept under a name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.models import View, to_doc
from leadsync.core.selection import parse_sort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.workspace import Workspace

MAX_NAME_CHARACTERS = 100
DEFAULT_FIELDS = ("email", "name", "linkedin_url", "tags", "campaign")
"""The own fields that are shown where no view says otherwise; all columns follow."""


def list_views(workspace: Workspace) -> list[View]:
    """All saved views, by name."""
    return sorted(workspace.store.views(), key=lambda view: view.name.casefold())


def save_view(
    workspace: Workspace,
    name: str,
    *,
    where: str = "",
    campaign: str = "",
    sort: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> View:
    """Keep a view under a name; one of the same name is replaced.

    Args:
        workspace: where to keep it.
        name: what people call it.
        where: filter text.
        campaign: name of the campaign that it is confined to.
        sort: fields, each with `-` before it or `:desc` after it for the other direction.
        columns: fields to show, in order; empty shows all.

    Raises:
        InputError: the name, the filter, a sort field or a column cannot be used.
        NotFound: there is no such campaign.
    """
    title = name.strip()
    if not title or len(title) > MAX_NAME_CHARACTERS or not title.isprintable():
        raise InputError(f"a view's name has 1 to {MAX_NAME_CHARACTERS} visible characters")
    workspace.filter(where)
    order = parse_sort(workspace, sort)
    catalog = workspace.store.catalog()
    view = View(
        id=0,
        name=title,
        campaign_id=workspace.campaign(campaign).id if campaign else None,
        filter=where.strip(),
        sort=tuple(f"-{key.field}" if key.descending else key.field for key in order),
        columns=tuple(dict.fromkeys(catalog.resolve(column).key for column in columns)),
    )
    with workspace.store.unit(workspace.actor, f"save view {title}") as unit:
        for old in workspace.store.views():
            if old.name.casefold() == title.casefold():
                view = replace(view, id=old.id)
        return replace(view, id=unit.put("views", to_doc(view)))


def remove_view(workspace: Workspace, name: str) -> View:
    """Forget a view; undo brings it back.

    Raises:
        NotFound: there is no such view.
    """
    view = workspace.view(name)
    with workspace.store.unit(workspace.actor, f"remove view {view.name}") as unit:
        unit.remove("views", view.id)
    return view


def view_columns(workspace: Workspace, view: View | None = None) -> list[str]:
    """Keys of the fields that a view shows, in order; without one, own fields and all columns.

    Columns of a view that are gone are left out.
    """
    if view is None or not view.columns:
        return [*DEFAULT_FIELDS, *(column.key for column in workspace.store.columns())]
    catalog = workspace.store.catalog()
    return [key for key in view.columns if catalog.find(key) is not None]
