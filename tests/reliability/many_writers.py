"""One of several processes that write to the same store.

    python -m tests.reliability.many_writers URL NAME

adds one to the name of lead 1, ten times, each time in a unit; then claims cells of run 1 until
none is left, and prints the leads it got.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store

UNITS = 10


def open_url(url: str) -> Store:
    if url.startswith("sqlite:///"):
        from leadsync.core.store.sqlite.store import SqliteStore

        return SqliteStore(Path(url.removeprefix("sqlite:///")))
    from leadsync.core.store.mongo.store import MongoStore

    return MongoStore(url)


def main(url: str, name: str) -> None:
    store = open_url(url)
    for _ in range(UNITS):
        with store.unit(name, "add one") as unit:
            before = int(store.rows([1], ["name"])[0][0])
            unit.edit({1: {"name": str(before + 1)}})
            unit.add_leads(1, ["name"], [[f"of {name}"]])
    while cells := store.claim(1, 1, limit=3, holder=name, lease_until=1e12, now=1.0):
        print(*(cell.lead_id for cell in cells), flush=True)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
