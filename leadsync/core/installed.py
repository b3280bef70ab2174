"""What installed packages bring, found by name in their entry points.

Ours come in by the same door as a stranger's.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Any

from leadsync.core.errors import NotFound


def installed_names(group: str) -> list[str]:
    """Names of all that a group has, without importing any."""
    return sorted(entry_points(group=group).names)


@cache
def load_installed(group: str, name: str, what: str, beside: tuple[str, ...] = ()) -> Any:
    """The one object of that name; its package is imported now.

    Args:
        group: of entry points, each a class that takes no arguments.
        name: as people type it.
        what: what the error calls it: "provider".
        beside: names that are there without a package, for the error.

    Raises:
        NotFound: no installed package has it.
    """
    for point in entry_points(group=group):
        if point.name == name:
            return point.load()()
    known = [*beside, *installed_names(group)]
    raise NotFound(what, name, known=known, next_step=f"one of: {', '.join(known)}")
