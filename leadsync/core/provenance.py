"""The story of a cell: where its value came from, as `leadsync why` tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leadsync.core.models import Doc, Value
    from leadsync.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is known of one cell."""

    lead_id: int
    column_key: str
    value: Value
    doc: Doc = field(default_factory=dict[str, Any])

    def to_doc(self) -> Doc:
        """The story as JSON."""
        return self.doc


def explain(workspace: Workspace, lead_id: int, column_key: str) -> Story:
    """The story of a cell, of any column.

    Raises:
        NotFound: there is no such lead or column.
    """
    raise NotImplementedError((workspace, lead_id, column_key))
