"""How long a person waits for the first answer: help, and the first page of 100,000 leads.

The peers: `sqlite-utils --help`, a command line of the same kind, and the same page read from the
same file by `sqlite-utils rows`, which knows neither columns' names nor tables that fit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.lead_data import write_csv
from benchmarks.measure import compare, run

LEADS = 100_000
ROUNDS = 7
BIN = Path(sys.executable).parent


def main(rows: int = LEADS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "leadsync.db")
        os.environ |= {"LEADSYNC_HOME": folder, "LEADSYNC_STORE": f"sqlite:///{store}"}
        write_csv(Path(folder, "leads.csv"), rows)
        subprocess.run(
            [BIN / "leadsync", "import", Path(folder, "leads.csv"), "--quiet"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        ours, peer = [BIN / "leadsync"], [BIN / "sqlite-utils"]
        compare("help", wait([*ours, "--help"]), wait([*peer, "--help"]), peer_name="sqlite-utils")
        compare(
            f"first 20 of {rows:,} leads",
            wait([*ours, "leads", "list", "--quiet", "--limit", "20"]),
            wait([*peer, "rows", store, "leads", "--limit", "20"]),
            peer_name="sqlite-utils",
        )
        where = ["--where", 'title:"head of" country:germany', "--sort", "company"]
        compare(
            "the same, filtered and sorted",
            wait([*ours, "leads", "list", "--quiet", "--limit", "20", *where]),
            wait([*peer, store, "SELECT * FROM leads WHERE c3 LIKE '%head of%' AND c11 ="
                  " 'Germany' ORDER BY c4 LIMIT 20"]),
            peer_name="sqlite-utils",
        )  # fmt: skip


def wait(command: list[str | Path]) -> float:
    """The median of some runs, in seconds."""
    return median(run(command).seconds for _ in range(ROUNDS))


if __name__ == "__main__":
    main()
