"""Which filled cells of a lead a running column wrote itself: only these are its to replace.

With the task of a cell stand short marks of the values that the column wrote. A value that came
from elsewhere, by an import before or after the run, has another mark or none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from leadsync.core.values import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.models import Doc, Value

WROTE = "wrote"
"""In `Task.meta`: slot of a column -> mark of the value that was written there."""


def is_own(meta: Mapping[str, Any] | None, slot: str, value: Value) -> bool:
    """Whether the column with that task wrote this value of one of its cells.

    Args:
        meta: of its task; None: it never ran. Tasks without marks, of a version that kept none,
            count as having written all.
        slot: of the cell's column; keys may change.
        value: what the cell holds.
    """
    if meta is None:
        return False
    marks: Mapping[str, str] | None = meta.get(WROTE)
    return marks is None or marks.get(slot) == _mark(value)


def with_marks(meta: Doc, before: Mapping[str, Any] | None, written: Mapping[str, Value]) -> Doc:
    """The meta of a new task, with marks of what it writes now and what is left of before.

    Args:
        meta: of the new task.
        before: that of the task that it takes the place of; None: there was none.
        written: cells that are written with it, by slot; a failure writes none.
    """
    known: Mapping[str, str] | None = {} if before is None else before.get(WROTE)
    if known is None and not written:
        return meta
    marks = dict(known or {})
    for slot, value in written.items():
        marks.pop(slot, None)
        if value is not None:
            marks[slot] = _mark(value)
    return {**meta, WROTE: marks}


def _mark(value: Value) -> str:
    """48 bits: as text, because a cell keeps its meaning where its column's type changes."""
    return hashlib.blake2b(show(value).encode(), digest_size=6).hexdigest()
