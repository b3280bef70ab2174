"""What an AI client reads, on every engine; and what it may not run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from leadsync.core.assistant import reading
from leadsync.core.assistant.allowance import Allowance
from leadsync.core.assistant.spending import Runs, Wanted
from leadsync.core.errors import AccessError, BusyError, InputError, NotFound
from leadsync.core.models import ColumnType, now_iso
from tests.contract.making import a_column, a_workspace, some_leads

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.store.protocol import Store

PEOPLE = [
    {
        "email": f"p{number}@x.example",
        "name": f"Person {number}",
        "title": "CTO" if number else None,
    }
    for number in range(5)
]


def test_pages_of_a_search_are_all_that_match(store: Store, inbox: int, tmp_path: Path) -> None:
    a_column(store, "title")
    some_leads(store, inbox, PEOPLE)
    workspace = a_workspace(store, tmp_path)

    first = reading.search_leads(workspace, where="title:cto", columns=["title"], limit=3)
    rest = reading.search_leads(workspace, where="title:cto", limit=3, offset=first["nextOffset"])

    assert first["total"] == 4
    names = [lead["name"] for lead in (*first["leads"], *rest["leads"])]
    assert names == [f"Person {number}" for number in range(1, 5)]
    assert rest["nextOffset"] is None
    assert reading.count_leads(workspace, by="title")["values"] == [
        {"value": "CTO", "leads": 4}, {"value": None, "leads": 1},
    ]  # fmt: skip


def test_an_answer_is_cut_where_it_would_be_too_long(
    store: Store, inbox: int, tmp_path: Path
) -> None:
    for number in range(12):
        a_column(store, f"text_{number}", type=ColumnType.LONG_TEXT)
    keys = [f"text_{number}" for number in range(12)]
    rows = [{"email": f"p{n}@x.example", **dict.fromkeys(keys, "x" * 400)} for n in range(60)]
    some_leads(store, inbox, rows)

    page = reading.search_leads(a_workspace(store, tmp_path), columns=keys, limit=60)

    assert 0 < len(page["leads"]) < 60
    assert page["nextOffset"] == len(page["leads"])
    assert {len(lead["text_0"]) for lead in page["leads"]} == {300}


def test_a_lead_and_a_cell_are_told_by_any_of_their_names(
    store: Store, inbox: int, tmp_path: Path
) -> None:
    a_column(store, "title")
    some_leads(store, inbox, PEOPLE)
    workspace = a_workspace(store, tmp_path)

    assert reading.read_lead(workspace, "p1@x.example")["cells"]["title"] == "CTO"
    assert "title of lead 2: CTO" in reading.explain_cell(workspace, "2", "title")["story"][0]
    with pytest.raises(NotFound):
        reading.read_lead(workspace, "999")


def test_without_a_cap_nothing_is_run_and_a_column_that_hands_over_never_is(
    store: Store, inbox: int, tmp_path: Path
) -> None:
    a_column(store, "title")
    some_leads(store, inbox, PEOPLE[1:])
    a_column(store, "line", kind="ai", config={"prompt": "{{ name }}"}, inputs=("name",))
    a_column(store, "sent", kind="instantly", config={"campaign": now_iso()})
    workspace = a_workspace(store, tmp_path)

    with pytest.raises(AccessError, match="this server only reads"):
        Runs(workspace, Allowance(workspace, None)).start(Wanted("line"), 0)
    runs = Runs(workspace, Allowance(workspace, 1_000_000))
    with pytest.raises(AccessError, match='"sent" hands leads over'):
        runs.start(Wanted("sent"), 0)
    with pytest.raises(InputError, match='"soon" is no scope'):
        runs.plan(Wanted("line", scope="soon"))
    assert store.runs() == []


class _ClosedMeanwhile(Allowance):
    """The client goes away while a run of it is just starting."""

    closing: threading.Thread

    def check(self, max_usd_micros: int | None) -> None:
        super().check(max_usd_micros)
        self.closing.start()


def test_a_run_that_is_just_starting_is_stopped_and_none_begins_behind_it(
    store: Store, inbox: int, tmp_path: Path
) -> None:
    a_column(store, "title")
    some_leads(store, inbox, PEOPLE[1:])
    a_column(store, "line", kind="ai", config={"prompt": "{{ name }}"}, inputs=("name",))
    workspace = a_workspace(store, tmp_path)
    allowance = _ClosedMeanwhile(workspace, 1_000_000)
    runs = Runs(workspace, allowance)
    allowance.closing = threading.Thread(target=runs.close)

    runs.start(Wanted("line"), 0)
    allowance.closing.join()

    (run,) = store.runs()
    assert f"run {run.id}" not in [thread.name for thread in threading.enumerate()]
    assert not runs.read(run.id)["isRunning"]
    with pytest.raises(BusyError, match="the server is ending"):
        runs.start(Wanted("line"), 0)
    assert len(store.runs()) == 1
    runs.close()
