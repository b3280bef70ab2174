"""Where the bytes of a lead file come from: a path, a stream or stdin, gzip undone."""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from io import BufferedReader

GZIP_MAGIC = b"\x1f\x8b"
COPY_BYTES = 1 << 20
STDIN_NAME = "stdin"


@dataclass(slots=True)
class LeadSource:
    """Bytes that can be read again and again.

    Attributes:
        name: what messages call it.
        path: the file, or a temporary copy of a stream or of what a gzip file holds.
        bytes_total: how many bytes there are.
    """

    name: str
    path: Path
    bytes_total: int
    _copy: IO[bytes] | None = None

    def open(self) -> BufferedReader:
        """A new reader that stands at the first byte."""
        try:
            return self.path.open("rb")
        except OSError as error:
            raise _unreadable(self.name, error) from error

    def close(self) -> None:
        """Remove the temporary copy, if there is one."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None


def open_source(source: Path | IO[bytes], name: str | None = None) -> LeadSource:
    """Make the bytes of a path (`-` is stdin) or of a stream readable more than once.

    Raises:
        InputError: missing, a folder, not readable, empty, or a broken gzip file.
    """
    if isinstance(source, Path) and str(source) != "-":
        found = _from_path(source, name or source.name)
    elif isinstance(source, Path):
        found = _spooled(sys.stdin.buffer, name or STDIN_NAME)
    else:
        found = _spooled(source, name or str(getattr(source, "name", "")) or STDIN_NAME)
    if found.bytes_total == 0:
        found.close()
        raise InputError(
            f'"{found.name}" is empty', next_step="export it again from where it came from"
        )
    return found


def _from_path(path: Path, name: str) -> LeadSource:
    if path.is_dir():
        raise InputError(f'"{name or path}" is a folder', next_step="name a file inside it")
    try:
        with path.open("rb") as handle:
            if not path.is_file():
                return _spooled(handle, name)
            if handle.read(2) == GZIP_MAGIC:
                handle.seek(0)
                return _spooled(handle, name)
        return LeadSource(name, path, path.stat().st_size)
    except OSError as error:
        raise _unreadable(name, error) from error


def _spooled(stream: IO[bytes], name: str) -> LeadSource:
    """A temporary copy of a stream; of what it holds, if it is gzip."""
    copy = tempfile.NamedTemporaryFile(prefix="leadsync-")  # noqa: SIM115  # lives with the source
    try:
        shutil.copyfileobj(stream, copy, COPY_BYTES)
        copy.flush()
        copy.seek(0)
        if copy.read(2) == GZIP_MAGIC:
            copy.seek(0)
            with copy:
                return _unzipped(copy, name)
    except OSError as error:
        copy.close()
        raise _unreadable(name, error) from error
    return LeadSource(name, Path(copy.name), copy.seek(0, 2), copy)


def _unzipped(packed: IO[bytes], name: str) -> LeadSource:
    copy = tempfile.NamedTemporaryFile(prefix="leadsync-")  # noqa: SIM115  # lives with the source
    try:
        with gzip.open(packed) as unpacked:
            shutil.copyfileobj(unpacked, copy, COPY_BYTES)
    except (EOFError, OSError, zlib.error) as error:
        copy.close()
        raise InputError(
            f'"{name}" is a damaged gzip file', next_step="download or export it again"
        ) from error
    copy.flush()
    return LeadSource(name, Path(copy.name), copy.tell(), copy)


def _unreadable(name: str, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(f'there is no file "{name}"', next_step="check the path")
    reason = error.strerror or "it cannot be read"
    return InputError(f'"{name}" cannot be read: {reason}', next_step="check its permissions")
