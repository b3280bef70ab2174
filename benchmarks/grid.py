"""The grid in a real terminal of 160 x 50, with VisiData on a tenth of the leads beside it.

Seconds from the start to the first data and to the number of all leads; milliseconds from a key to
the first byte that is drawn for it, each key alone; the lag behind five seconds of 30 keys a
second; memory. What others do on the machine disturbs the seconds: compare within one run.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pyte
from ptyprocess import PtyProcess

from benchmarks.lead_data import write_csv
from benchmarks.query import fill_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 100_000
PEER_SHARE = 10  # the peer gets a tenth of the leads
SIZE = (160, 50)
KEYS = 100
KEYS_A_SECOND = 30
AUTO_REPEAT_S = 5
DOWN, UP, PAGE_DOWN = "j", "k", "\x1b[6~"


class Program:
    """A program in a terminal, and what it draws."""

    def __init__(self, command: Sequence[str | Path], environment: dict[str, str]) -> None:
        columns, rows = SIZE
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.begun = time.perf_counter()
        terminal = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
        self.pty = PtyProcess.spawn(
            [str(word) for word in command], dimensions=(rows, columns), env=terminal | environment
        )
        self.process = psutil.Process(self.pty.pid)

    def read(self, within_s: float) -> bool:
        return bool(self.take(within_s))

    def take(self, within_s: float) -> bytes:
        """What it draws first within so long."""
        ready, _, _ = select.select([self.pty.fd], [], [], within_s)
        drawn = os.read(self.pty.fd, 1 << 16) if ready else b""
        self._stream.feed(drawn)
        return drawn

    def until(self, holds: Callable[[str], bool], within_s: float = 60) -> float:
        """Seconds from the start until the screen shows something."""
        while not holds("\n".join(self.screen.display)):
            if time.perf_counter() - self.begun > within_s:
                raise TimeoutError("\n".join(self.screen.display))
            self.read(0.02)
        return time.perf_counter() - self.begun

    def settle(self, quiet_s: float = 0.04) -> None:
        while self.read(quiet_s):
            pass

    def press(self, keys: str) -> None:
        self.pty.write(keys.encode())

    def key_ms(self, key: str, times: int = KEYS) -> tuple[float, float, float]:
        """Milliseconds to the first byte, p50 and p95, and of the processor."""
        found: list[float] = []
        before = sum(self.process.cpu_times()[:2])
        for _ in range(times):
            self.settle()
            begun = time.perf_counter()
            self.press(key)
            self.read(2)
            found.append((time.perf_counter() - begun) * 1000)
        cpu = (sum(self.process.cpu_times()[:2]) - before) * 1000 / times
        found.sort()
        return found[times // 2], found[int(times * 0.95)], cpu

    def lag_ms(self, key: str) -> float:
        """How long it goes on drawing after the last of many keys."""
        self.settle()
        begun = time.perf_counter()
        for n in range(KEYS_A_SECOND * AUTO_REPEAT_S):
            self.press(key)
            while (rest := begun + (n + 1) / KEYS_A_SECOND - time.perf_counter()) > 0:
                self.read(rest)
        last = time.perf_counter()
        drawn = last
        while self.read(0.1):
            drawn = time.perf_counter()
        return (drawn - last) * 1000

    def close(self) -> None:
        self.pty.terminate(force=True)
        self.pty.close()


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill_store(folder / "leads.db", rows)
        ours = [sys.executable, "-m", "leadsync", "--store", f"sqlite:///{folder / 'leads.db'}"]
        home = {"LEADSYNC_HOME": name, "HOME": name, "PYTHONPATH": str(Path.cwd())}
        _measure(f"LeadSync, {rows:,} leads", ours, home, f"/ {rows:,}")
        _look(ours, home, rows)
        peer = shutil.which("vd", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        if peer is None:
            print("VisiData is not there: uv sync --group bench")
            return
        few = max(1000, rows // PEER_SHARE)
        file = write_csv(folder / "leads.csv", few)
        _measure(f"VisiData, {few:,} leads", [peer, file], {"HOME": name}, f"{few:,} rows")


def _measure(title: str, command: Sequence[str | Path], env: dict[str, str], whole: str) -> None:
    print(title)
    plain = whole.replace(",", "")
    with closing(Program(command, env)) as program:
        first = program.until(lambda text: "@" in text)
        cpu = sum(program.process.cpu_times()[:2])
        print(f"  first data {first:.2f} s ({cpu:.2f} s of processor)")
        every = program.until(lambda text: whole in text or plain in text)
        print(f"  all leads known {every:.2f} s")
        for words, key in (("row down", DOWN), ("row up", UP), ("page down", PAGE_DOWN)):
            p50, p95, cpu_ms = program.key_ms(key)
            print(f"  {words}: p50 {p50:.1f} ms, p95 {p95:.1f} ms ({cpu_ms:.1f} ms of processor)")
        print(f"  lag after {AUTO_REPEAT_S} s of keys: {program.lag_ms(DOWN):.0f} ms")
        print(f"  memory {program.process.memory_info().rss / 2**20:.0f} MB")


def _look(command: Sequence[str], env: dict[str, str], rows: int) -> None:
    """Order and filter, to their first page."""
    with closing(Program(command, env)) as program:
        program.until(lambda text: f"/ {rows:,}" in text)
        for words, keys, shown in (
            ("order by id, downwards", "S-id", f"{rows} "),
            ("filter", "ftitle:head", "  title:head"),
        ):
            program.settle(0.3)
            program.press(keys)
            program.settle(0.3)
            program.begun = time.perf_counter()
            program.press("\r")
            seconds = program.until(lambda text, shown=shown: shown in text)
            print(f"  {words}, first page: {seconds * 1000:.0f} ms")
        print(f"  memory {program.process.memory_info().rss / 2**20:.0f} MB")
