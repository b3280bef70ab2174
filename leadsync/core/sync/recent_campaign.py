"""The campaign out there that was pushed to by the newest column, so that it is typed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.workspace import Workspace


def recent_campaign(workspace: Workspace, kind: str) -> str:
    """Its id; empty where no column of that kind is there."""
    columns = [column for column in workspace.store.columns() if column.kind == kind]
    return str(columns[-1].config.get("campaign", "")) if columns else ""
