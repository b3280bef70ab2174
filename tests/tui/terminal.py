"""The program in a real pseudo-terminal, with a terminal emulator that says what is on it."""

from __future__ import annotations

import os
import select
import sys
import time
from typing import TYPE_CHECKING

import pyte
import pytest
from ptyprocess import PtyProcess

from tests.tui.holding import LONGEST_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Terminal:
    """`leadsync` in a terminal of its own."""

    def __init__(
        self,
        home: Path,
        *words: str,
        size: tuple[int, int] = (120, 30),
        program: Sequence[str] = (sys.executable, "-m", "leadsync"),
        **environment: str,
    ) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LEADSYNC_HOME": str(home / "home"),
            "LANG": "C.UTF-8",
            "PYTHONIOENCODING": "utf-8",
            "TERM": "xterm-256color",
            "USER": "ada",
        } | environment
        columns, rows = size
        self.process = PtyProcess.spawn(
            [*program, *words],
            cwd=str(home),
            env=environment,
            dimensions=(rows, columns),
        )
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""

    def read(self, timeout: float) -> bool:
        """Take what the program draws; whether it drew anything."""
        ready, _, _ = select.select([self.process.fd], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self.process.fd, 65536)
        except OSError:  # it has ended
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self.screen.display)

    def until(self, holds: Callable[[str], bool], within_s: float = LONGEST_S) -> None:
        """Wait until the screen shows something; a program that has ended is not waited for."""
        end = time.monotonic() + within_s
        while not holds(self.text()):
            is_over = not self.process.isalive()
            is_over = not self.read(0.1) and is_over  # what it drew last is read, too
            if is_over or time.monotonic() > end:
                how = f"ended with {self.process.status}" if is_over else "did not come to it"
                pytest.fail(f"the program {how}:\n{self.text()}")

    def shows(self, words: str) -> None:
        """Wait until words are on the screen."""
        self.until(lambda text: words in text)

    def press(self, keys: str) -> None:
        """Send keys."""
        self.process.write(keys.encode())

    def ended(self, within_s: float = LONGEST_S) -> int:
        """Wait for the end; the exit code."""
        end = time.monotonic() + within_s
        while self.process.isalive() and time.monotonic() < end:
            self.read(0.05)
        while self.read(0.05):
            pass
        if self.process.isalive():
            self.process.terminate(force=True)
            pytest.fail("the program did not end")
        return self.process.exitstatus

    def close(self) -> None:
        """End it, whatever it does."""
        if self.process.isalive():
            self.process.terminate(force=True)
        self.process.close()
