"""Logs without erased people: other processes may have the files open, so they keep their length."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.store.erased_words import ErasedWords

logger = logging.getLogger(__name__)

WRITTEN_BY_US = ("*.log", "*.log.*", "copied.txt")
"""Files of the state folder that may quote a lead: logs, and what was copied last."""

BYTES_AT_ONCE = 8_000_000


def blacken_logs(
    folder: Path, words: ErasedWords, *, dry_run: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Overwrite words in the logs of this machine with stars.

    Returns:
        The files that had some, and a sentence for each that could not be read or written.
    """
    changed: list[str] = []
    left: list[str] = []
    for path in _files(folder):
        try:
            if _blacken(path, words, dry_run=dry_run):
                changed.append(str(path))
        except OSError as error:
            logger.warning("%s could not be rewritten: %s", path.name, error.strerror)
            left.append(
                f"{path} could not be rewritten ({error.strerror}) and may still name them: see to"
                " that, then run this again"
            )
    return tuple(changed), tuple(left)


def _files(folder: Path) -> Iterator[Path]:
    for pattern in WRITTEN_BY_US:
        yield from (path for path in sorted(folder.glob(pattern)) if path.is_file())


def _blacken(path: Path, words: ErasedWords, *, dry_run: bool) -> bool:
    """Overwrite words in one file, piece by piece, each of whole lines; whether there were any."""
    is_changed = False
    with path.open("rb" if dry_run else "r+b") as file:
        at = 0
        while piece := file.read(BYTES_AT_ONCE) + file.readline():
            text = piece.decode("utf-8", "surrogateescape")
            black = words.blacken(text)
            if black != text:
                is_changed = True
                if not dry_run:
                    file.seek(at)
                    file.write(black.encode("utf-8", "surrogateescape"))
            at += len(piece)
            file.seek(at)
    return is_changed
