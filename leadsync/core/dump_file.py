"""A dump as a file: JSON Lines, one record of the store a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.importing.source import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.models import Doc


def read_dump(path: Path) -> Iterator[tuple[str, Doc]]:
    """The records of a dump (`-` is stdin; gzip is undone), read as they are asked for.

    Raises:
        InputError: the file cannot be read, or a line is no record; the line is named.
    """
    source = open_source(path)
    try:
        with source.open() as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _record(line, number, source.name)
    finally:
        source.close()


def _record(line: bytes, number: int, name: str) -> tuple[str, Doc]:
    try:
        found: Any = json.loads(line)
    except ValueError:
        found = None
    if isinstance(found, list):
        parts = cast("list[Any]", found)
        if len(parts) == 2 and isinstance(parts[0], str) and isinstance(parts[1], dict):
            return parts[0], cast("Doc", parts[1])
    raise InputError(
        f'"{name}", line {number}, is no record of a dump; nothing was loaded',
        next_step="give a file that leadsync dump wrote",
    )
