"""Does a fixed list of units and kills itself, without a warning, at a step or after a time.

    python -m tests.reliability.crasher URL UNIT STEP      (MongoDB: at that step of that unit)
    python -m tests.reliability.crasher URL after SECONDS

prints a line per unit that it was told is stored.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from leadsync.core.models import Column
from tests.contract.making import a_call, a_task
from tests.reliability.many_writers import open_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadsync.core.store.protocol import Store

LEADS = 1500  # more than one insert and one bulk write


def set_up(store: Store) -> None:
    with store.unit("ada", "set up") as unit:
        unit.put("campaigns", {"name": "Inbox", "createdAt": "", "settings": {}})
        unit.add_column(Column(0, "note", "Note"))
        unit.add_column(Column(0, "pitch", "Pitch", kind="ai", inputs=("name",)))


def import_leads(store: Store) -> None:
    with store.unit("ada", "import") as unit:
        rows = [[f"p{n}@x.de", f"Person {n}", n] for n in range(LEADS)]
        unit.add_leads(1, ["email", "name", "note"], rows, tags=[["new"]] * LEADS)


def edit_all(store: Store) -> None:
    with store.unit("ada", "edit") as unit:
        ids = store.ids({})
        unit.edit({i: {"note": f"edited {i}", "email": f"q{i}@x.de"} for i in ids})
        unit.tag(ids[:700], add=["vip"], drop=["new"])
        unit.trash(ids[1000:1100])


def settle(store: Store) -> None:
    pitch = next(c for c in store.columns() if c.key == "pitch")
    ids = list(store.ids({}))[:50]
    (call_id,) = store.add_calls([a_call()])
    with store.unit("run 1", "enrich pitch") as unit:
        tasks = [a_task(pitch, i, {"name": f"Person {i - 1}"}) for i in ids]
        unit.settle(tasks, {i: {"pitch": f"Hi {i}"} for i in ids}, [a_call(id=call_id, status=200)])


def undo_edit(store: Store) -> None:
    edited = next(u for u in store.units() if u.label == "edit")
    with store.unit("ada", "undo edit") as unit:
        unit.undo(edited.id)


UNITS: list[Callable[[Store], None]] = [set_up, import_leads, edit_all, settle, undo_edit]


def main(url: str, doomed: str, step: str) -> None:
    now = 0

    def on_step(name: str) -> None:
        if str(now) == doomed and name == step:
            die()

    if doomed == "after":
        store = open_url(url)
        timer = threading.Timer(float(step), die)
        timer.daemon = True
        timer.start()
    else:
        from leadsync.core.store.mongo.store import MongoStore

        store = MongoStore(url, on_step=on_step)
    for now, work in enumerate(UNITS, 1):  # noqa: B007 - `on_step` reads it
        work(store)
        print(work.__name__, flush=True)
    store.close()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
