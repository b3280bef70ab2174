"""The columns of the grid as a view keeps them, and the grid's from those of a view."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.models import ViewColumn
from leadsync.core.views import MAX_WIDTH_CELLS
from leadsync.tui.grid.layout import NARROWEST, Layout, usual_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadsync.tui.grid.layout import Field


def layout_of(fields: Sequence[Field], columns: Iterable[ViewColumn]) -> Layout:
    """The layout of fields that are shown, in the widths of a view.

    Frozen are the first ones, up to the first that is not.
    """
    looks = {column.key: column for column in columns}
    sized = tuple(sized_field(field, looks[field.key].width) for field in fields)
    frozen = 0
    while frozen < len(sized) and looks[sized[frozen].key].frozen:
        frozen += 1
    return Layout(sized, frozen)


def hidden_of(columns: Iterable[ViewColumn]) -> dict[str, int]:
    """Hidden column -> its width; 0: the usual one."""
    return {column.key: column.width for column in columns if column.hidden}


def columns_of(layout: Layout, hidden: Mapping[str, int]) -> list[ViewColumn]:
    """What a view keeps of a layout; hidden columns stand behind the others.

    A width that nobody has changed is not kept, so that it goes on to follow the column's type.
    """
    shown = [
        ViewColumn(field.key, kept_width(field), frozen=n < layout.frozen)
        for n, field in enumerate(layout.fields)
    ]
    return [*shown, *(ViewColumn(key, width, hidden=True) for key, width in hidden.items())]


def sized_field(field: Field, width: int) -> Field:
    """A field in a width that was kept; 0 is the usual one."""
    return replace(field, width=max(NARROWEST, min(width, MAX_WIDTH_CELLS))) if width else field


def kept_width(field: Field) -> int:
    """The width of a field that is worth keeping; 0 where it is the usual one."""
    return 0 if field.width == usual_width(field.key, field.label, field.type) else field.width
