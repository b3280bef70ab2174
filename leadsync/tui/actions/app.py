"""The app itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.tui.desk import Desk


def quit(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """Leave the app."""
    desk.app.exit()
