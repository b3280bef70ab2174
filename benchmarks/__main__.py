"""Run the benchmarks that are named, or all: `python -m benchmarks [NAME…] [--rows N]`.

A benchmark is a module here with `main()`; it prints its figures beside a peer's.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
from pathlib import Path

NO_BENCHMARKS = ("__main__", "lead_data", "measure")


def main() -> None:
    here = Path(__file__).parent
    every = sorted(p.stem for p in here.glob("*.py") if p.stem not in NO_BENCHMARKS)
    parser = argparse.ArgumentParser(description="Figures of LeadSync beside those of a peer")
    parser.add_argument("names", nargs="*", choices=[*every, []], help="benchmarks; all if none")
    parser.add_argument("--rows", type=int, help="leads, for those that take a number")
    given = parser.parse_args()
    for name in given.names or every:
        print(f"== {name}", flush=True)
        benchmark = importlib.import_module(f"benchmarks.{name}").main
        takes_rows = "rows" in inspect.signature(benchmark).parameters
        benchmark(**({"rows": given.rows} if given.rows and takes_rows else {}))


if __name__ == "__main__":
    main()
