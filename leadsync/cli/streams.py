"""The three standard streams, fit for use: open, and with clear errors of writing."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from leadsync.core.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def prepare_streams() -> None:
    """Put streams in the place of Python's own that say what went wrong, and replace closed ones.

    A closed input is an empty one, talk to a closed stderr goes nowhere, and data that cannot be
    written to stdout is a `StoreError`.
    """
    if os.name == "posix":
        for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
            _fill(number, mode)
        if sys.stdin is None:
            closed = _Input(0, closefd=False)
            sys.stdin = io.TextIOWrapper(io.BufferedReader(closed), encoding="utf-8")
        sys.stdout = _text(_Data(1, "w", closefd=False), sys.stdout)
        sys.stderr = _text(_Talk(2, "w", closefd=False), sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a lone surrogate in a cell is no reason to end
            stream.reconfigure(errors="backslashreplace")


def silence_stdout() -> None:
    """Let what is still buffered for a stdout that takes nothing more go nowhere."""
    _silence(1)


class _Input(io.FileIO):
    name = "stdin"


class _Data(io.FileIO):
    """Stdout: the first write that fails ends the command."""

    def write(self, data: ReadableBuffer, /) -> int | None:
        try:
            return super().write(data)
        except (BrokenPipeError, BlockingIOError):
            raise
        except OSError as error:
            _silence(self.fileno())
            raise StoreError(
                f"cannot write to the standard output: {error.strerror}",
                next_step="free some room, or send it somewhere else",
            ) from error


class _Talk(io.FileIO):
    """Stderr: talk that nobody can hear is no reason to end."""

    def write(self, data: ReadableBuffer, /) -> int | None:
        try:
            return super().write(data)
        except OSError:
            _silence(self.fileno())
            return super().write(data)


def _text(raw: io.FileIO, before: object) -> io.TextIOWrapper:
    encoding = before.encoding if isinstance(before, io.TextIOWrapper) else "utf-8"
    is_talk = raw.fileno() == 2
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, line_buffering=is_talk or raw.isatty()
    )


def _fill(number: int, mode: int) -> None:
    """Open what the shell closed; stdout for reading, so that writing to it fails."""
    try:
        os.fstat(number)
    except OSError:
        handle = os.open(os.devnull, mode)
        if handle != number:
            os.dup2(handle, number)
            os.close(handle)


def _silence(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
