"""The shelf: what simulated providers remember of work that they were given, in small files."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.engine.outcomes import Json


class Shelf:
    """Things by name, in a folder of the practice workspace; over all its processes."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first thing."""
        self._folder = folder

    def put(self, name: str, thing: Json) -> None:
        """Keep a thing."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path(name).write_text(json.dumps(thing), "utf-8")

    def get(self, name: str) -> Any:
        """What was kept under that name; None: nothing."""
        try:
            return json.loads(self._path(name).read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def _path(self, name: str) -> Path:
        return self._folder / f"{hashlib.blake2b(name.encode(), digest_size=12).hexdigest()}.json"
