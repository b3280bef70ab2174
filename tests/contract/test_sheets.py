"""Leads in a Google spreadsheet: pushed by id, pulled by a three-way compare, on both engines."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.config import load_config
from leadsync.core.erasure.erasing import erase
from leadsync.core.erasure.tombstones import bury
from leadsync.core.errors import BusyError, InputError, ProviderError
from leadsync.core.history import undo
from leadsync.core.identity import identity_keys
from leadsync.core.leads.editing import edit_leads, trash_leads
from leadsync.core.models import Column
from leadsync.core.selection import select
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.suppression import suppress
from leadsync.core.sync.table_lease import LEASE_S, table_lease
from leadsync.core.sync.table_pull import PullStopped, Take, plan_pull, pull_table
from leadsync.core.sync.table_push import PushWish
from leadsync.core.sync.table_writing import Pushed, PushStopped, push_table
from leadsync.core.sync.tables import open_table
from leadsync.core.workspace import Workspace
from leadsync.enrichers.sheets_http import TIMEOUT_S, TRIES
from tests.contract.making import a_campaign, a_column, cell, some_leads
from tests.servers.google_files import sheets_environment
from tests.servers.http_server import Reply, Request
from tests.servers.sheet_grid import Formula, Tab
from tests.servers.sheets_server import QUOTA, SheetsServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from leadsync.core.models import Doc
    from leadsync.core.store.protocol import Store
    from leadsync.core.sync.tables import Table

URL = "https://docs.google.com/spreadsheets/d/1q4Leads/edit#gid=0"
COLUMNS = ("email", "name", "title", "employees")
PEOPLE = [
    {"email": "ada@lovelace.example", "name": "Ada", "title": "=1+1", "employees": 12},
    {"email": "grace@navy.example", "name": "Grace", "title": "Admiral", "employees": 4000},
    {"email": "alan@bletchley.example", "name": "Alan", "title": None, "employees": 1.5},
]


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    made = SheetsServer()
    made.add_file()
    with made.running():
        yield made


@pytest.fixture
def tab(server: SheetsServer) -> Tab:
    return server.files["1q4Leads"].tabs[0]


@pytest.fixture
def workspace(store: Store, server: SheetsServer, tmp_path: Path) -> Workspace:
    env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "ada"}
    return Workspace(store, load_config({}, env | sheets_environment(server, tmp_path)))


@pytest.fixture
def leads(workspace: Workspace) -> list[int]:
    store = workspace.store
    inbox = a_campaign(store)
    a_column(store, "title")
    a_column(store, "employees", type="number")
    return some_leads(store, inbox, PEOPLE)


def the_table(workspace: Workspace, waits: list[float] | None = None) -> Table:
    waited = waits if waits is not None else []
    return open_table(workspace.config, "sheets", URL, wait=waited.append)


def wish(workspace: Workspace, **parts: Any) -> PushWish:
    return PushWish(select(workspace), COLUMNS, **parts)


def push(workspace: Workspace, **parts: Any) -> Pushed:
    return push_table(workspace, the_table(workspace), wish(workspace, **parts))


def test_leads_are_rows_under_headings_with_a_hidden_id(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    done = push(workspace)
    assert done.added == 3
    assert tab.table() == [
        ["leadsync_id", "email", "name", "Title", "Employees"],
        [leads[0], "ada@lovelace.example", "Ada", "=1+1", 12],
        [leads[1], "grace@navy.example", "Grace", "Admiral", 4000],
        [leads[2], "alan@bletchley.example", "Alan", None, 1.5],
    ]
    assert tab.hidden_columns == {0}
    assert tab.height == 1003


def test_a_text_that_looks_like_a_formula_stays_text(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    assert tab.cell("D2") == "=1+1"  # a formula would be a `Formula` here
    edit_leads(workspace, leads[1:2], {"title": '=HYPERLINK("http://x")'})
    assert push(workspace).changed == 1
    assert tab.cell("D3") == '=HYPERLINK("http://x")'
    assert push(workspace).plan.formulas == 0


def test_a_second_push_writes_nothing(
    workspace: Workspace, leads: list[int], server: SheetsServer
) -> None:
    push(workspace)
    server.forget_counts()
    done = push(workspace)
    assert (done.added, done.changed, done.writes) == (0, 0, 0)
    assert server.writes == 0
    assert server.reads <= 4
    assert done.plan.unchanged == 3


def test_only_changed_cells_are_written(
    workspace: Workspace, leads: list[int], server: SheetsServer, tab: Tab
) -> None:
    push(workspace)
    edit_leads(workspace, leads[:2], {"title": "Founder"})
    edit_leads(workspace, leads[2:], {"employees": "2", "name": ""})
    server.forget_counts()
    done = push(workspace)
    assert (done.added, done.changed, server.writes) == (0, 4, 1)
    assert [row[3] for row in tab.table()[1:3]] == ["Founder", "Founder"]
    assert tab.table()[3] == [leads[2], "alan@bletchley.example", None, None, 2]


def test_what_is_the_users_own_stays_as_it_is(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    for a1, value in {"A1": "Who calls", "B1": "Email", "C1": "Sum", "A2": "Bob",
                      "B2": "own@row.example", "C2": Formula("=1+1", 2)}.items():  # fmt: skip
        tab.type(a1, value)
    push(workspace)
    assert tab.table()[0] == ["Who calls", "Email", "Sum", "leadsync_id", "name", "Title", "Employees"]  # fmt: skip
    assert tab.rows[1][:3] == ["Bob", "own@row.example", Formula("=1+1", 2)]
    tab.type("A4", "Carla")
    tab.type("C4", Formula("=B4", "x"))
    tab.type("F4", Formula('=E4&"!"', "Grace!"))
    tab.sort_by(1)
    edit_leads(workspace, leads, {"title": "Founder"})
    before = [row[:3] for row in tab.rows]
    done = push(workspace)
    assert done.plan.formulas == 1
    assert [row[:3] for row in tab.rows] == before
    titles = {row[3]: row[5] for row in tab.rows[1:] if len(row) > 5}
    assert titles == {leads[0]: "Founder", leads[1]: Formula('=E4&"!"', "Grace!"), leads[2]: "Founder"}  # fmt: skip
    assert done.plan.now.nameless == (4,)


def test_rows_that_were_sorted_are_found_by_their_id(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    tab.sort_by(1, descending=True)
    edit_leads(workspace, leads[:1], {"title": "Countess"})
    assert push(workspace).changed == 1
    assert {row[1]: row[3] for row in tab.table()[1:]} == {
        "grace@navy.example": "Admiral", "alan@bletchley.example": None,
        "ada@lovelace.example": "Countess",
    }  # fmt: skip


def test_new_leads_go_below_and_new_columns_to_the_right(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    tab.type("F1", "My notes")
    tab.type("H7", "somewhere")
    a_column(workspace.store, "city")
    edit_leads(workspace, leads[:1], {"city": "London"})
    some_leads(workspace.store, 1, [{"email": "zoe@cafe.example", "city": "Lyon"}])
    chosen = select(workspace)
    done = push_table(workspace, the_table(workspace), PushWish(chosen, ("email", "city")))
    assert (done.added, done.changed) == (1, 1)
    assert tab.rows[0] == ["leadsync_id", "email", "name", "Title", "Employees", "My notes", None, None, "City"]  # fmt: skip
    assert tab.cell("I2") == "London"
    assert (tab.cell("B5"), tab.cell("I5"), tab.cell("H8")) == ("zoe@cafe.example", "Lyon", "somewhere")  # fmt: skip


def test_two_columns_of_one_label_have_a_heading_each(
    workspace: Workspace, leads: list[int], server: SheetsServer, tab: Tab
) -> None:
    store = workspace.store
    with store.unit("ada", "columns") as unit:
        unit.add_column(Column(0, "job", "Title"))
        unit.add_column(Column(0, "leadsync_id", "leadsync_id"))  # as of an exported sheet
    edit_leads(workspace, leads[:1], {"job": "Countess"})
    wanted = PushWish(select(workspace), ("email", "title", "job", "leadsync_id"))
    push_table(workspace, the_table(workspace), wanted)
    assert tab.rows[0] == ["leadsync_id", "email", "title", "job"]
    server.forget_counts()
    push_table(workspace, the_table(workspace), wanted)
    push_table(workspace, the_table(workspace), PushWish(select(workspace), ("job",)))
    assert server.writes == 0
    assert tab.table()[1] == [leads[0], "ada@lovelace.example", "=1+1", "Countess"]


def test_suppressed_people_are_not_pushed(workspace: Workspace, leads: list[int], tab: Tab) -> None:
    suppress(workspace, ["navy.example"])
    done = push(workspace)
    assert (done.added, done.plan.suppressed) == (2, 1)
    assert "grace@navy.example" not in str(tab.rows)


def test_erased_people_are_known_by_their_profile_too(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    profile = "https://linkedin.com/in/mary-s"
    some_leads(workspace.store, 1, [{"name": "Mary", "linkedin_url": profile}])
    bury(workspace.store, identity_keys(None, linkedin_url=profile), actor="ada")
    done = push(workspace)
    assert (done.added, done.plan.suppressed) == (3, 1)
    assert "Mary" not in str(tab.rows)


def test_a_row_that_was_removed_there_comes_back_only_if_asked_for(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    del tab.rows[2]
    done = push(workspace)
    assert (done.added, done.plan.removed) == (0, 1)
    assert push(workspace, again=True).added == 1
    assert tab.table()[-1][0] == leads[1]


def test_an_append_whose_answer_is_lost_doubles_no_row(
    workspace: Workspace, leads: list[int], server: SheetsServer, tab: Tab
) -> None:
    cuts = [Reply(cut=0)]

    def cut(request: Request) -> Reply | None:
        return cuts.pop() if ":append" in request.path and cuts else None

    server.after_write = cut
    assert push(workspace).added == 3
    assert [row[0] for row in tab.table()[1:]] == leads
    assert push(workspace).plan.unchanged == 3


def test_an_append_that_did_not_arrive_is_made_again(
    workspace: Workspace, leads: list[int], server: SheetsServer, tab: Tab
) -> None:
    dead = [Reply(cut=0)]

    def cut(request: Request) -> Reply | None:
        return dead.pop() if ":append" in request.path and dead else None

    server.before_write = cut
    assert push(workspace).added == 3
    assert [row[0] for row in tab.table()[1:]] == leads


def test_a_crash_before_the_ledger_doubles_no_row(
    workspace: Workspace, leads: list[int], tab: Tab, tmp_path: Path
) -> None:
    push(workspace)
    table = the_table(workspace)
    with closing(SqliteStore(tmp_path / "crashed.db")) as store:
        # As if it had ended between the write and its entries.
        store.load(record for record in workspace.store.records() if record[0] != "sent")
        crashed = Workspace(store, workspace.config)
        edit_leads(crashed, leads[:1], {"name": "Augusta"})
        done = push(crashed)
        assert (done.added, done.changed, len(done.plan.conflicts)) == (0, 0, 1)
        assert len(tab.table()) == 4
        assert set(store.sent(table.ledger)) == set(leads)


def test_cells_that_both_sides_changed_are_left_and_told(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    tab.type("C2", "Ada L.")
    tab.type("D3", "Rear Admiral")
    edit_leads(workspace, leads[:1], {"name": "Augusta Ada"})
    done = push(workspace)
    assert (done.changed, done.plan.theirs, done.plan.unchanged) == (0, 1, 1)
    assert not done.is_whole
    (conflict,) = done.plan.conflicts
    assert (conflict.lead_id, conflict.key, conflict.before, conflict.after.text) == (
        leads[0], "name", "Ada L.", "Augusta Ada",
    )  # fmt: skip
    assert tab.cell("C2") == "Ada L."
    assert push(workspace, overwrites=True).changed == 2
    assert (tab.cell("C2"), tab.cell("D3")) == ("Augusta Ada", "Admiral")


def test_a_push_that_is_interrupted_says_what_was_written(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    edit_leads(workspace, leads[:1], {"name": "Augusta"})
    some_leads(workspace.store, 1, [{"email": "zoe@cafe.example"}])

    def interrupt(done: int, _all: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(PushStopped) as stopped:
        push_table(workspace, the_table(workspace), wish(workspace), told=interrupt)
    assert (stopped.value.added, stopped.value.changed) == (0, 1)
    done = push(workspace)
    assert (done.added, done.changed) == (1, 0)


# pulling -------------------------------------------------------------------------------------
class StoppedAtTheEnd(SqliteStore):
    """Somebody stops what is to be kept of a pull, once its leads are written."""

    def keep_sent(self, destination: str, entries: Mapping[int, Doc]) -> None:
        if self.units(limit=1)[0].label.startswith("pull from"):
            raise KeyboardInterrupt
        super().keep_sent(destination, entries)


def test_a_pull_that_is_stopped_at_its_end_says_what_it_wrote(
    server: SheetsServer, tab: Tab, tmp_path: Path
) -> None:
    env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "ada"}
    config = load_config({}, env | sheets_environment(server, tmp_path))
    with closing(StoppedAtTheEnd(tmp_path / "leadsync.db")) as store:
        workspace = Workspace(store, config)
        ada, _ = some_leads(store, a_campaign(store), [{"name": "Ada"}, {"name": "Bob"}])
        there = PushWish(select(workspace), ("name",))
        push_table(workspace, the_table(workspace), there)
        tab.type("B2", "Countess")
        with pytest.raises(PullStopped) as stopped:
            pull_table(workspace, the_table(workspace))
        assert (stopped.value.leads, cell(store, ada, "name")) == (1, "Countess")
        assert stopped.value.unit_id == store.units(limit=1)[0].id
        assert not plan_pull(workspace, the_table(workspace)).taken


def test_a_pull_takes_what_was_changed_there_in_one_unit(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    tab.type("D3", "Rear Admiral")
    tab.type("E4", 9)
    tab.type("C2", None)
    tab.sort_by(1, descending=True)
    edit_leads(workspace, leads[1:2], {"employees": "5"})
    done = pull_table(workspace, the_table(workspace))
    assert (done.leads, done.plan.waiting) == (3, 1)
    assert cell(workspace.store, leads[1], "title") == "Rear Admiral"
    assert cell(workspace.store, leads[2], "employees") == 9
    assert cell(workspace.store, leads[0], "name") is None
    assert workspace.store.units()[0].label == 'pull from sheet "Q4 / Sheet1"'
    assert pull_table(workspace, the_table(workspace)).leads == 0
    assert push(workspace).changed == 1


def test_a_pull_that_was_taken_back_lets_no_push_write_over_the_sheet(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    tab.type("D3", "Rear Admiral")
    pull_table(workspace, the_table(workspace))
    undo(workspace)
    done = push(workspace)
    assert (done.changed, done.plan.theirs, tab.cell("D3")) == (0, 1, "Rear Admiral")
    assert pull_table(workspace, the_table(workspace)).leads == 1
    edit_leads(workspace, leads[1:2], {"title": "Commodore"})
    assert push(workspace).changed == 1


def test_what_was_typed_otherwise_there_and_comes_to_the_same_is_pulled_once(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    before = workspace.store.units()[0].id
    tab.type("B2", "ADA@Lovelace.example")
    assert pull_table(workspace, the_table(workspace)).leads == 0
    assert workspace.store.units()[0].id == before
    again = plan_pull(workspace, the_table(workspace))
    assert (again.taken, again.waiting) == ([], 1)
    assert push(workspace).changed == 1
    assert tab.cell("B2") == "ada@lovelace.example"


@pytest.mark.parametrize(("take", "name"), [(None, "Augusta"), (Take.SHEET, "Ada L."), (Take.STORE, "Augusta")])  # fmt: skip
def test_conflicts_are_listed_and_settled_by_saying_who_wins(
    take: Take | None, name: str, workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    tab.type("C2", "Ada L.")
    edit_leads(workspace, leads[:1], {"name": "Augusta"})
    done = pull_table(workspace, the_table(workspace), take)
    assert len(done.plan.conflicts) == (take is None)
    assert done.is_whole == (take is not None)
    assert [kept.here for kept in done.plan.kept] == ["Augusta"] * (take is Take.STORE)
    assert done.plan.waiting == 0
    assert cell(workspace.store, leads[0], "name") == name
    pushed = push(workspace)
    assert len(pushed.plan.conflicts) == (take is None)
    assert tab.cell("C2") == ("Ada L." if take is None else name)


def test_a_text_that_does_not_fit_its_column_is_refused_alone(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    tab.type("E2", "a dozen")
    tab.type("D2", "Countess")
    tab.type("B3", "no address")
    done = pull_table(workspace, the_table(workspace))
    assert [(c.key, c.there) for c in done.plan.refused] == [
        ("employees", "a dozen"), ("email", "no address"),
    ]  # fmt: skip
    assert not done.is_whole
    assert cell(workspace.store, leads[0], "title") == "Countess"
    assert cell(workspace.store, leads[0], "employees") == 12


def test_an_erased_person_in_the_sheet_is_refused_alone(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    erase(workspace, "gone@navy.example")
    tab.type("B2", "gone@navy.example")
    tab.type("D2", "Countess")
    for find in (
        lambda: plan_pull(workspace, the_table(workspace)),
        lambda: pull_table(workspace, the_table(workspace)).plan,
    ):
        plan = find()
        assert [(c.key, c.row, c.why) for c in plan.refused] == [
            ("email", 1, '"gone@navy.example" was erased from this workspace and is not taken in again')
        ]  # fmt: skip
        assert [(c.key, c.there) for c in plan.taken] == [("title", "Countess")]
    assert workspace.store.rows(leads[:1], ["email", "title"]) == [
        ("ada@lovelace.example", "Countess")
    ]


def test_rows_that_are_not_of_leads_are_told_and_left(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    push(workspace)
    trash_leads(workspace, leads[2:])
    tab.type("B5", "new@person.example")
    tab.type("A6", "x9")
    tab.type("A7", leads[0])
    tab.type("C7", "A copy")
    plan = plan_pull(workspace, the_table(workspace))
    assert plan.unknown == [3]
    assert (plan.now.nameless, plan.now.odd_ids, plan.now.repeated) == ((4,), (5,), ((6, 1),))
    assert plan.taken == []


# limits --------------------------------------------------------------------------------------
def test_a_cell_that_is_too_long_is_cut_with_a_mark_and_never_pulled_back(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    edit_leads(workspace, leads[:1], {"title": "x" * 60_000})
    assert push(workspace).plan.cuts == [(leads[0], "title")]
    shown = tab.cell("D2")
    assert len(shown) == 50_000
    assert shown.endswith("… (cut)")
    assert push(workspace).writes == 0
    tab.type("D2", "shorter")
    assert [c.why for c in pull_table(workspace, the_table(workspace)).plan.refused] == [
        "it is longer here than a cell there holds"
    ]
    assert len(cell(workspace.store, leads[0], "title")) == 60_000


def test_google_is_waited_for_longer_and_longer(
    workspace: Workspace, leads: list[int], server: SheetsServer
) -> None:
    waits: list[float] = []
    config = load_config({}, {**workspace.config._environment, "LEADSYNC_RETRY_BASE_S": "1"})
    server.special = [QUOTA] * 5
    table = open_table(config, "sheets", URL, wait=waits.append)
    assert waits == [1, 2, 4, 8, 16]
    server.special = [QUOTA] * 20
    with pytest.raises(ProviderError, match="come back later"):
        push_table(workspace, table, wish(workspace))
    assert waits[5:] == [1, 2, 4, 8, 16, 32, 64]


def test_only_one_process_writes_a_table(workspace: Workspace, leads: list[int]) -> None:
    table = the_table(workspace)
    with table_lease(workspace.store, table.ledger), pytest.raises(BusyError):
        push_table(workspace, table, wish(workspace))
    assert push(workspace).added == 3


def test_a_table_is_held_for_longer_than_all_tries_of_a_request() -> None:
    waits = sum(2**number for number in range(TRIES - 1))
    assert waits + TRIES * sum(TIMEOUT_S) < LEASE_S


def test_a_table_without_headings_is_not_touched(
    workspace: Workspace, leads: list[int], tab: Tab
) -> None:
    tab.type("C4", "something")
    with pytest.raises(InputError, match="no headings"):
        push(workspace)
    assert tab.used_height == 4


def test_a_missing_tab_is_made_by_a_push_alone(
    workspace: Workspace, leads: list[int], server: SheetsServer
) -> None:
    table = open_table(workspace.config, "sheets", URL, "It's new")
    with pytest.raises(InputError, match='"Q4" has no tab "It\'s new"; it has "Sheet1"'):
        pull_table(workspace, table)
    assert push_table(workspace, table, wish(workspace)).added == 3
    made = server.files["1q4Leads"].tab("It's new")
    assert len(made.table()) == 4
    assert made.hidden_columns == {0}


def test_rows_that_are_moved_while_they_are_written_are_named(
    workspace: Workspace, leads: list[int], server: SheetsServer, tab: Tab
) -> None:
    push(workspace)
    edit_leads(workspace, leads[:1], {"title": "Countess"})

    def sort(request: Request) -> None:
        if "batchUpdate" in request.path:
            tab.sort_by(1, descending=True)

    server.before_write = sort
    done = push(workspace)
    assert (done.changed, done.moved) == (0, (2,))
    server.before_write = lambda _request: None
    assert push(workspace, overwrites=True).changed == 2
    assert {row[0]: row[3] for row in tab.table()[1:]} == {
        leads[0]: "Countess", leads[1]: "Admiral", leads[2]: None,
    }  # fmt: skip


@pytest.mark.parametrize("body", ["<html>sign in to the hotel</html>", "[]", {}, {"properties": 1}])
def test_an_answer_that_is_not_googles_is_told(
    body: object, workspace: Workspace, leads: list[int], server: SheetsServer, tab: Tab
) -> None:
    server.special = [Reply(200, body)]
    with pytest.raises(ProviderError, match="not Google's own"):
        the_table(workspace)
    strange = [Reply(200, body)]

    def portal(request: Request) -> Reply | None:
        return strange.pop() if ":append" in request.path and strange else None

    server.before_write = portal
    assert push(workspace).added == 3
    assert len(tab.table()) == 4
