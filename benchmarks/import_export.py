"""Importing and exporting 100,000 leads x 20 columns, beside sqlite-utils; whole processes.

Ours finds each lead by its keys, merges, and keeps what undo needs; the peer inserts rows under a
primary key. The same work on ten times the rows shows whether time grows in proportion and memory
does not grow. Seconds are those of the processor, of the best round: others on the machine disturb
them least, and waits for the disk count for neither side.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.lead_data import write_csv
from benchmarks.measure import Measured, compare, run

ROWS = 100_000
ROUNDS = 3
TENFOLD = 10
PEER = "sqlite-utils"
BIN = Path(sys.executable).parent


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = write_csv(folder / "leads.csv", rows)
        print(f"{rows} leads x 20 columns, best of {ROUNDS} rounds")
        first, again = _imports(folder / "ours.db", small, ROUNDS)
        peer = min((_peer_import(folder, small) for _ in range(ROUNDS)), key=_seconds)
        _line("import", first, peer)
        _against("import again, against the import", again.cpu_seconds, first.cpu_seconds)
        ours_out, peers_out = _exports(folder)
        _line("export to CSV", ours_out, peers_out)
        large = write_csv(folder / "many.csv", rows * TENFOLD)
        tenfold, _ = _imports(folder / "many.db", large, 1)
        _against(f"{rows * TENFOLD} leads, against {rows}", tenfold.cpu_seconds, first.cpu_seconds)
        print(f"{'  peak of memory':<52} leadsync {tenfold.peak_mib:9.1f} MiB")


def _imports(store: Path, file: Path, rounds: int) -> tuple[Measured, Measured]:
    """The fastest first and second import of a file."""
    firsts: list[Measured] = []
    seconds: list[Measured] = []
    for _ in range(rounds):
        for old in store.parent.glob(f"{store.name}*"):
            old.unlink()
        command = [BIN / "leadsync", "import", file, "--store", f"sqlite:///{store}", "--quiet"]
        firsts.append(run(command))
        seconds.append(run(command))
    return min(firsts, key=_seconds), min(seconds, key=_seconds)


def _peer_import(folder: Path, file: Path) -> Measured:
    store = folder / "peer.db"
    store.unlink(missing_ok=True)
    return run([BIN / "sqlite-utils", "insert", store, "leads", file, "--csv", "--pk", "Email"])


def _exports(folder: Path) -> tuple[Measured, Measured]:
    ours = ["leadsync", "export", "--store", f"sqlite:///{folder / 'ours.db'}", "--quiet", "-"]
    peers = ["sqlite-utils", "rows", str(folder / "peer.db"), "leads", "--csv"]
    return _into_file(ours, folder / "ours.csv"), _into_file(peers, folder / "peer.csv")


def _into_file(command: list[str], target: Path) -> Measured:
    """The fastest round of a process whose output goes to a file."""
    name, *arguments = command
    shell = ["sh", "-c", 'out="$1"; shift; exec "$@" > "$out"', "sh", target, BIN / name]
    return min((run([*shell, *arguments]) for _ in range(ROUNDS)), key=_seconds)


def _seconds(measured: Measured) -> float:
    return measured.cpu_seconds


def _line(what: str, ours: Measured, peer: Measured) -> None:
    compare(what, ours.cpu_seconds, peer.cpu_seconds, peer_name=PEER)
    compare("  peak of memory", ours.peak_mib, peer.peak_mib, peer_name=PEER, unit="MiB")
    print(f"{'':<52} {peer.cpu_seconds / ours.cpu_seconds:.1f} times as fast", flush=True)


def _against(what: str, seconds: float, base: float) -> None:
    print(f"{what:<52} leadsync {seconds:9.3f} s  {seconds / base:6.2f}x", flush=True)
