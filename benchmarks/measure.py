"""Seconds and memory of work and of processes, and the line that sets ours beside a peer's."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process took: seconds from start to end, and its peak of resident memory.

    Seconds of the processor are what others on the machine disturb least.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    stdout: str


def timed(work: Callable[[], T], *, rounds: int = 3) -> tuple[float, T]:
    """Seconds of the fastest of some rounds, and what the last one returned."""
    seconds: list[float] = []
    results: list[T] = []
    for _ in range(rounds):
        began = time.perf_counter()
        results[:] = [work()]
        seconds.append(time.perf_counter() - began)
    return min(seconds), results[0]


def run(command: Sequence[str | os.PathLike[str]]) -> Measured:
    """Run a process to its end; a failing one ends the benchmark.

    Linux takes the size of the calling process for the least that its child has needed, so large
    work has to stand in processes of its own.
    """
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        stdout = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(time.perf_counter() - began, cpu, usage.ru_maxrss / 1024, stdout)


def compare(what: str, ours: float, peer: float, *, peer_name: str, unit: str = "s") -> None:
    """Print a line: what, our figure, the peer's, and ours as a multiple of the peer's."""
    ratio = ours / peer if peer else float("inf")
    print(
        f"{what:<52} leadsync {ours:9.3f} {unit:<3}  {peer_name} {peer:9.3f} {unit:<3}"
        f"  {ratio:6.2f}x",
        flush=True,
    )
