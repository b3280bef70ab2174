"""A dump as a file: JSON Lines, one record of the store a line, the last of which counts them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.importing.source import open_source
from leadsync.core.practice.label import KIND, no_practice
from leadsync.core.store.dump_lines import END

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.models import Doc


def read_dump(path: Path, *, into_practice: bool = False) -> Iterator[tuple[str, Doc]]:
    """The records of a dump (`-` is stdin; gzip is undone), read as they are asked for.

    Args:
        path: of the dump.
        into_practice: one of a practice copy is taken, too.

    Raises:
        InputError: the file cannot be read, a line is no record, or the dump is not whole; the
            line is named, or what is missing. Or it is of a practice copy.
    """
    source = open_source(path)
    count = 0
    end: Doc | None = None
    try:
        with source.open() as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                if end is not None:
                    raise _not_whole(source.name, f"line {number} stands behind its end")
                collection, record = _record(line, number, source.name)
                if collection == END:
                    end = record
                    continue
                if record.get("kind") == KIND and collection == "documents" and not into_practice:
                    raise no_practice(source.name)
                count += 1
                yield collection, record
    finally:
        source.close()
    if end is None:
        raise _not_whole(
            source.name, f'{count:,} records are there, its last line, "{END}", is not'
        )
    if end.get("records") != count:
        raise _not_whole(source.name, f"{count:,} of its {end.get('records')} records are there")


def _record(line: bytes, number: int, name: str) -> tuple[str, Doc]:
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list):
        parts = cast("list[Any]", found)
        if len(parts) == 2 and isinstance(parts[0], str) and isinstance(parts[1], dict):
            return parts[0], cast("Doc", parts[1])
    raise InputError(
        f'"{name}", line {number}, is no record of a dump; nothing was loaded',
        next_step="give a file that leadsync dump wrote",
    )


def _not_whole(name: str, what: str) -> InputError:
    return InputError(
        f'"{name}" is not a whole dump: {what}; nothing was loaded',
        next_step="copy or write it again",
    )
