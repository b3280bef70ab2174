"""What users cost who has none, and who has: the start of a command, a read, a claim.

The peer of a workspace with users is the same one without. Seconds of a start are of the processor:
others on the machine disturb them least.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.lead_data import write_csv
from benchmarks.measure import compare, run
from leadsync.core.access.rights import Role
from leadsync.core.access.users import add_user
from leadsync.core.config import load_config
from leadsync.core.store.opening import open_store
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

LEADS = 10_000
STARTS = 15
CALLS = 2000
BIN = Path(sys.executable).parent
PASSWORD = "correct horse battery"


def main(rows: int = LEADS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "LEADSYNC_HOME": folder, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }  # fmt: skip
        write_csv(Path(folder, "leads.csv"), rows)
        subprocess.run([BIN / "leadsync", "import", Path(folder, "leads.csv"), "-q"], check=True)
        config = load_config()
        is_open = _start()
        with Workspace.open(config) as workspace:
            add_user(workspace, "ada@acme.example", PASSWORD, role=Role.OWNER)
        compare("start of leads list", _start(), is_open, peer_name="without users")
        with (
            Workspace.open(config) as guarded,
            closing(open_store(config.store)) as plain,
        ):
            ids = plain.ids({}, limit=50)
            _both(
                "a screen of rows", guarded.store, plain, lambda s: s.rows(ids, ["email", "name"])
            )
            _both("one row", guarded.store, plain, lambda s: s.rows(ids[:1], ["email"]))
            _both("a claim of nothing", guarded.store, plain, _claim)


def _claim(store: Any) -> None:
    store.claim(1, 1, limit=1, holder="a", lease_until=2.0, now=1.0)


def _both(what: str, guarded: Any, plain: Any, work: Callable[[Any], object]) -> None:
    """The fastest of many calls of both, turn by turn."""
    best = {id(guarded): float("inf"), id(plain): float("inf")}
    for _ in range(CALLS):
        for store in (guarded, plain):
            began = time.perf_counter()
            work(store)
            best[id(store)] = min(best[id(store)], time.perf_counter() - began)
    ours, peer = best[id(guarded)] * 1e6, best[id(plain)] * 1e6
    compare(what, ours, peer, peer_name="without users", unit="us")


def _start() -> float:
    command = [BIN / "leadsync", "leads", "list", "-q", "--limit", "20"]
    return min(run(command).cpu_seconds for _ in range(STARTS))
