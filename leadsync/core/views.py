"""Views: a filter, an order and columns, kept under a name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.models import View, ViewColumn, to_doc
from leadsync.core.selection import parse_sort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.workspace import Workspace

MAX_NAME_CHARACTERS = 100
MAX_WIDTH_CELLS = 200
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
    columns: Sequence[ViewColumn] = (),
) -> View:
    """Keep a view under a name; one of the same name is replaced.

    Args:
        workspace: where to keep it.
        name: what people call it.
        where: filter text.
        campaign: name of the campaign that it is confined to.
        sort: fields, each with `-` before it or `:desc` after it for the other direction.
        columns: fields in order, with their looks; empty shows all.

    Raises:
        InputError: the name, the filter, a sort field or a column cannot be used.
        NotFound: there is no such campaign.
    """
    title = name.strip()
    if not title or len(title) > MAX_NAME_CHARACTERS or not title.isprintable():
        raise InputError(f"a view's name has 1 to {MAX_NAME_CHARACTERS} visible characters")
    workspace.filter(where)
    order = parse_sort(workspace, sort)
    view = View(
        id=0,
        name=title,
        campaign_id=workspace.campaign(campaign).id if campaign else None,
        filter=where.strip(),
        sort=tuple(f"-{key.field}" if key.descending else key.field for key in order),
        columns=_checked(workspace, columns),
    )
    with workspace.store.unit(workspace.actor, f"save view {title}") as unit:
        for old in workspace.store.views():
            if old.name.casefold() == title.casefold():
                view = replace(view, id=old.id)
        return replace(view, id=unit.put("views", to_doc(view)))


def parse_columns(
    texts: Sequence[str], *, frozen: int = 1, hidden: Sequence[str] = ()
) -> list[ViewColumn]:
    """Columns of a view from words such as `name:24`: the key, and the width where one is wanted.

    Args:
        texts: columns to show, in order.
        frozen: how many of them stay at the left.
        hidden: columns that are kept behind the others without being shown.

    Raises:
        InputError: a width is no number, or cannot be used.
    """
    shown = [replace(_parse_column(text), frozen=n < frozen) for n, text in enumerate(texts)]
    return [*shown, *(replace(_parse_column(text), hidden=True) for text in hidden)]


def column_text(column: ViewColumn) -> str:
    """A column of a view as `parse_columns` reads it."""
    return f"{column.key}:{column.width}" if column.width else column.key


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
    return [key for key in view.shown if catalog.find(key) is not None]


def _parse_column(text: str) -> ViewColumn:
    key, colon, width = (part.strip() for part in text.partition(":"))
    if not colon:
        return ViewColumn(key)
    if not width.isdecimal() or not 1 <= int(width) <= MAX_WIDTH_CELLS:
        raise InputError(
            f'"{text.strip()}": a width is a number of cells from 1 to {MAX_WIDTH_CELLS}',
            next_step=f"write {key}:20, or {key} alone for the usual width",
        )
    return ViewColumn(key, int(width))


def _checked(workspace: Workspace, columns: Sequence[ViewColumn]) -> tuple[ViewColumn, ...]:
    """The columns under their canonical keys, each once: the first mention counts."""
    catalog = workspace.store.catalog()
    found: dict[str, ViewColumn] = {}
    for column in columns:
        key = catalog.resolve(column.key).key
        found.setdefault(key, replace(column, key=key))
    if columns and all(column.hidden for column in columns):
        raise InputError("a view shows one column at least", next_step="name one with --columns")
    return tuple(found.values())
