"""A file that is written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING, BinaryIO

from leadsync.core.errors import InputError, LeadSyncError, StoreError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_BUFFER_BYTES = 1 << 18
_SQLITE = b"SQLite format 3\x00"
_BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")  # without them it is damaged


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[BinaryIO]:
    """A file to write to, which takes the name `path` when the block is left without error.

    Until then its bytes stand in a hidden file beside it, and what was at `path` stays. An error
    leaves nothing behind. A symbolic link is followed; devices and pipes are written directly.
    A new file is for its owner alone; one that was there keeps its mode. A database, such as the
    store, is never replaced.

    Raises:
        InputError: there is no such folder, or `path` is a folder or part of an SQLite database.
        StoreError: the folder or file may not be written, or the disk is full.
    """
    target = _checked(path)
    if target.exists() and not target.is_file():
        with _errors_about(path), target.open("wb") as file:
            yield file
        return
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    with _errors_about(path):
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        file = os.fdopen(handle, "wb", buffering=_BUFFER_BYTES)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                part.chmod(stat.S_IMODE(target.stat().st_mode))
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)


def _checked(path: Path) -> Path:
    target = path.resolve()
    if target.is_dir():
        raise InputError(
            f'"{path}" is a folder, not a file', next_step=f"name a file: {path / 'leads.csv'}"
        )
    if not target.parent.is_dir():
        raise InputError(
            f'cannot write "{path}": there is no folder "{path.parent}"',
            next_step=f'create it (mkdir -p "{path.parent}") or choose another place',
        )
    if target.exists() and not os.access(target, os.W_OK):
        raise _forbidden(path)
    if _is_part_of_a_database(target):
        raise InputError(
            f'"{path}" is part of an SQLite database and is never replaced; nothing was written',
            next_step="name another file",
        )
    return target


def _is_part_of_a_database(target: Path) -> bool:
    for end in _BESIDE_A_DATABASE:
        if target.name.endswith(end):
            target = target.with_name(target.name.removesuffix(end))
    if not target.is_file():
        return False
    with target.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


@contextlib.contextmanager
def _errors_about(path: Path) -> Generator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _explained(path, error) from error


def _explained(path: Path, error: OSError) -> LeadSyncError:
    if error.errno in _FULL:
        return StoreError(
            f'cannot write "{path}": the disk is full',
            next_step="free some space; nothing was changed",
        )
    if error.errno in _FORBIDDEN:
        return _forbidden(path)
    return StoreError(f'cannot write "{path}": {error.strerror or error}')


def _forbidden(path: Path) -> StoreError:
    return StoreError(
        f'cannot write "{path}": no permission to write there',
        next_step="choose another place or change its permissions",
    )


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; Windows has no such call and needs none."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
