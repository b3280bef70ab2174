"""Destinations: the places outside that leads are pushed to and pulled from.

One is found by its name in the entry-point group `leadsync.destinations`. What it can do beside
having a name is its own protocol: `outreach.Outreach` for tools that send mail.
"""

from __future__ import annotations

from typing import Protocol, cast

from leadsync.core.installed import installed_names, load_installed

ENTRY_POINTS = "leadsync.destinations"


class Destination(Protocol):
    """A place outside."""

    name: str
    """As people type it: `leadsync push NAME`."""


def destination_names() -> list[str]:
    """Names of all installed destinations, without importing any."""
    return installed_names(ENTRY_POINTS)


def find_destination(name: str) -> Destination:
    """A destination by name; its package is imported now.

    Raises:
        NotFound: no installed package has it.
    """
    return cast("Destination", load_installed(ENTRY_POINTS, name, "destination"))
