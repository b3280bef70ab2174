"""The columns of a workspace as the grid shows them, and how their states look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.columns.fields import label_of
from leadsync.core.models import Reason, Status
from leadsync.tui.grid.layout import Field, usual_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.models import CellState
    from leadsync.core.query.catalog import Catalog

KIND_GLYPHS: Mapping[str, tuple[str, str]] = {
    "template": ("ƒ", "f"),
    "ai": ("✦", "*"),
    "http": ("⇄", "@"),
    "instantly": ("↗", ">"),
    "sheets": ("↗", ">"),
}
"""Kind of a column -> its sign in the header, and the same in ASCII; others look things up."""

LOOK_UP = ("⌕", "?")
ARMED = ("⟳", "A")
_OWN_LABELS = {"linkedin_url": "LinkedIn", "email": "E-mail"}

STATE_GLYPHS: Mapping[str, tuple[str, str]] = {
    "queued": ("·", "."),
    "running": ("◐", "o"),
    "waiting": ("◷", "w"),
    "no_match": ("∅", "0"),
    "error": ("!", "!"),
    "stale": ("~", "~"),
    "held": ("‖", "="),
    "locked": ("✎", "#"),
}
"""State of a cell -> its sign, and the same in ASCII. A colour of that name comes with it."""


def grid_fields(catalog: Catalog, keys: Iterable[str]) -> tuple[Field, ...]:
    """The fields of these keys; unknown ones are left out."""
    found: list[Field] = []
    for key in dict.fromkeys(keys):
        reference = catalog.find(key)
        if reference is None:
            continue
        column = reference.column
        driver = catalog.driver(reference.key)
        label = column.label if column else _OWN_LABELS.get(key) or label_of(reference.key)
        found.append(
            Field(
                reference.key,
                label,
                reference.type,
                column.kind if column else "own",
                column.id if column else 0,
                driver.id if driver else 0,
                bool(driver and driver.key == reference.key and driver.armed),
                usual_width(reference.key, label, reference.type),
            )
        )
    return tuple(found)


def kind_glyph(kind: str, *, ascii_only: bool) -> str:
    """The sign of a kind of column; nothing for those that people type."""
    if kind in ("own", "manual"):
        return ""
    return KIND_GLYPHS.get(kind, LOOK_UP)[ascii_only]


def state_name(state: CellState) -> str:
    """The one state of a cell that is to be seen; empty where its value says it all."""
    if state.status is Status.PENDING:
        return str(state.reason)
    if state.locked:
        return "locked"
    if state.status is Status.ERROR:
        return "error"
    if state.stale:
        return "stale"
    return "no_match" if state.reason is Reason.NO_MATCH else ""


def state_words(state: CellState) -> str:
    """What a blank cell says of its state."""
    if state.status is Status.ERROR and state.reason:
        return f"{state.reason}: {state.detail}" if state.detail else str(state.reason)
    return {"no_match": "no match"}.get(state_name(state), "")
