"""A practice workspace in this process, for as long as a test lasts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from leadsync.core.config import load_config
from leadsync.core.practice.guard import GUARD
from leadsync.core.practice.workspace import enter_practice
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def practising(home: Path, **environment: str) -> Iterator[Workspace]:
    """The practice workspace of a home; the network is as it was afterwards."""
    config = load_config({}, {"LEADSYNC_HOME": str(home), "USER": "ada", **environment})
    practice = enter_practice(config)
    try:
        with Workspace.open(practice) as workspace:
            yield workspace
    finally:
        GUARD.release()
