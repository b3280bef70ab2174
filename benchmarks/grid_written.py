"""The grid while another process writes 500 cells a second into columns on the screen.

Ten units a second of 50 cells each, as a run settles its answers, and all of them in rows that are
seen. Milliseconds from a key to the first byte of the cursor's new line; the share of a core that
the display takes, above what the same screen takes when nobody writes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.grid import Program
from benchmarks.query import fill_store
from leadsync.core.store.sqlite.store import SqliteStore

ROWS = 100_000
COLUMNS = ("first_name", "last_name")  # a screen of 160 cells shows them
CELLS_A_SECOND = 500
UNITS_A_SECOND = 10
WRITTEN = range(1, 41)  # leads of the first screen; the cursor moves below them
BELOW = 44
CURSOR = "\u203a".encode()  # in the line of the cursor alone
LOOK_S = 6.0
KEYS = 200
KEY_EVERY_S = 0.05


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "leads.db")
        fill_store(path, rows)
        command = [sys.executable, "-m", "leadsync", "--store", f"sqlite:///{path}"]
        home = {"LEADSYNC_HOME": name, "HOME": name, "PYTHONPATH": str(Path.cwd())}
        with closing(Program(command, home)) as program:
            program.until(lambda text: f"/ {rows:,}" in text)
            program.press(f"{BELOW}G")
            program.settle(0.5)
            quiet = _share(program)
            seconds = 2 + LOOK_S + KEYS * KEY_EVERY_S + 5
            words = [sys.executable, "-m", "benchmarks.grid_written", str(path), str(seconds)]
            with subprocess.Popen(words) as writer:
                program.until(lambda text: "w1 " in text)
                written = _share(program)
                p50, p95 = _key_ms(program)
                was_writing = writer.poll() is None
                writer.terminate()
            print(f"LeadSync, {rows:,} leads, {CELLS_A_SECOND} cells a second on the screen")
            print(
                f"  display: {written - quiet:.1%} of a core, above {quiet:.1%} when nobody writes"
            )
            print(f"  row down, row up: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
            print(f"  written to the end: {'yes' if was_writing else 'no'}")


def _share(program: Program) -> float:
    """Which part of a core the app takes."""
    begun, before = time.perf_counter(), sum(program.process.cpu_times()[:2])
    while (rest := begun + LOOK_S - time.perf_counter()) > 0:
        program.read(rest)
    return (sum(program.process.cpu_times()[:2]) - before) / LOOK_S


def _key_ms(program: Program) -> tuple[float, float]:
    """Milliseconds from a key to the cursor's new line, p50 and p95."""
    found: list[float] = []
    for n in range(KEYS):
        due = time.perf_counter() + KEY_EVERY_S
        while (rest := due - time.perf_counter()) > 0:
            program.read(rest)
        begun = time.perf_counter()
        program.press("jk"[n % 2])
        while CURSOR not in program.take(2):
            pass
        found.append((time.perf_counter() - begun) * 1000)
    found.sort()
    return found[KEYS // 2], found[int(KEYS * 0.95)]


def write(path: Path, seconds: float) -> None:
    """Write cells for a while, evenly."""
    each = CELLS_A_SECOND // UNITS_A_SECOND
    begun, written = time.perf_counter(), 0
    with closing(SqliteStore(path)) as store:
        for n in range(int(seconds * UNITS_A_SECOND)):
            cells: dict[int, dict[str, str]] = {}
            for _ in range(each):
                row, column = divmod(written, len(COLUMNS))
                written += 1
                cells.setdefault(WRITTEN[row % len(WRITTEN)], {})[COLUMNS[column]] = f"w1 {written}"
            with store.unit("bench", "write") as unit:
                unit.edit(cells)
            time.sleep(max(0.0, begun + (n + 1) / UNITS_A_SECOND - time.perf_counter()))


if __name__ == "__main__":
    write(Path(sys.argv[1]), float(sys.argv[2]))
