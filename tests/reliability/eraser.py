"""A process that erases somebody, and dies in the middle: `eraser.py URL HOME STEP`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.core.erasure.erasing import erase
from leadsync.core.store.mongo.store import MongoStore
from leadsync.core.store.sqlite.store import SqliteStore
from tests.contract.making import a_workspace
from tests.reliability.crasher import die

if TYPE_CHECKING:
    from leadsync.core.store.protocol import Store

BEFORE_OVERWRITING = "before overwriting"


class DyingStore(SqliteStore):
    """Dies when rows are deleted, before the file is written anew."""

    def overwrite_deleted(self) -> list[str]:
        die()
        return []


def main(url: str, home: str, doomed: str) -> None:
    def on_step(name: str) -> None:
        if name == doomed:
            die()

    store: Store
    if url.startswith("mongodb"):
        store = MongoStore(url, on_step=on_step)
    else:
        store = DyingStore(Path(url.removeprefix("sqlite:///")))
    erase(a_workspace(store, Path(home)), "anna@acme.com")


if __name__ == "__main__":
    main(*sys.argv[1:])
