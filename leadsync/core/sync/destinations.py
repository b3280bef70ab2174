"""Destinations: the places outside that leads are pushed to and pulled from.

One is found by its name in the entry-point group `leadsync.destinations`. What it can do beside
having a name is its own protocol: `outreach.Outreach` for tools that send mail.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Protocol, cast

from leadsync.core.errors import NotFound

ENTRY_POINTS = "leadsync.destinations"


class Destination(Protocol):
    """A place outside."""

    name: str
    """As people type it: `leadsync push NAME`."""


def destination_names() -> list[str]:
    """Names of all installed destinations, without importing any."""
    return sorted(entry_points(group=ENTRY_POINTS).names)


@cache
def find_destination(name: str) -> Destination:
    """A destination by name; its package is imported now.

    Raises:
        NotFound: no installed package has it.
    """
    found = [point for point in entry_points(group=ENTRY_POINTS) if point.name == name]
    if not found:
        raise NotFound("destination", name, known=destination_names())
    return cast("Destination", found[0].load()())
