"""The table that somebody named last in the app, kept beside the logs so that it is typed once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "recent_table.json"


@dataclass(frozen=True, slots=True)
class RecentTable:
    """A table as it was named."""

    address: str = ""
    tab: str = ""


def recent_table(state_folder: Path) -> RecentTable:
    """The table of last time; a blank one where there was none."""
    try:
        found: Any = json.loads((state_folder / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return RecentTable()
    if not isinstance(found, dict):
        return RecentTable()
    kept = cast("dict[str, Any]", found)
    return RecentTable(str(kept.get("address", "")), str(kept.get("tab", "")))


def remember_table(state_folder: Path, table: RecentTable) -> None:
    """Keep it for next time; a state folder that is full is no obstacle."""
    try:
        state_folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"address": table.address, "tab": table.tab})
        (state_folder / _FILE).write_text(text, "utf-8")
    except OSError:
        return
