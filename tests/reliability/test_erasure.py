"""Erased people stay erased: by no door back, in no file, whatever moment a process dies in."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from leadsync.core.erasure.erasing import erase
from leadsync.core.store.mongo.store import MongoStore
from leadsync.core.store.sqlite.store import SqliteStore
from leadsync.core.suppression import SuppressionList
from tests.cli.conftest import Cli
from tests.conftest import ROOT
from tests.contract.importing import a_csv, importing, sheet
from tests.contract.making import (
    a_call,
    a_column,
    a_task,
    a_workspace,
    an_ai_column,
    assert_history_matches_cells,
    some_leads,
)
from tests.contract.raw_store import raw_content
from tests.reliability.eraser import BEFORE_OVERWRITING
from tests.servers.openai_server import OpenAIServer, text_reply

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.store.protocol import Store

TRACES = (b"anna@acme", b"anna schmidt", b"in/anna-s", b"likes tea")
STEPS = [
    "erased calls", "erased views", "erased changes", "erased tasks", "erased leads", "erased keys",
    "erased sent",
]  # fmt: skip


def fill(store: Store, home: Path) -> None:
    workspace = a_workspace(store, home)
    a_column(store, "notes")
    column = an_ai_column(store)
    header = ("Email", "Name", "LinkedIn URL", "notes")
    anna = ("anna@acme.com", "Anna Schmidt", "linkedin.com/in/anna-s", "likes tea")
    bob = ("bob@acme.com", "Bob Stone", "", "reports to Anna Schmidt")
    importing(store, a_csv(header, anna, bob), campaign="Q3")
    importing(store, a_csv(header, anna), campaign="Q4")
    calls = store.add_calls([a_call(lead_ids=(1,), request={"to": "anna@acme.com"}), a_call("x")])
    with store.unit("run 1", "enrich anna@acme.com") as unit:
        meta = {"callIds": calls, "inputs": {"name": "Anna Schmidt"}}
        unit.settle([a_task(column, n, meta=meta) for n in (1, 2)], {1: {"pitch": "Hi Anna"}})
    store.keep_sent("instantly:c1", {1: {"id": "x"}})
    with workspace.store.unit("ada", "save view") as unit:
        unit.put("views", {"name": "her", "filter": 'name:"Anna Schmidt"'})


def crash(url: str, home: Path, step: str) -> None:
    command = [sys.executable, "-m", "tests.reliability.eraser", url, str(home), step]
    crashed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert crashed.returncode == -signal.SIGKILL, crashed.stderr


def assert_nothing_is_left(store: Store) -> None:
    content = raw_content(store)
    assert [trace for trace in TRACES if trace in content] == []
    assert sheet(store, "email") == [("bob@acme.com",)]
    assert SuppressionList(store).covers("anna@acme.com")
    assert_history_matches_cells(store)


@pytest.mark.mongo
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_erasure_is_finished_by_the_next_one(
    mongo_db_url: str, tmp_path: Path, step: str
) -> None:
    store = MongoStore(mongo_db_url)
    fill(store, tmp_path)
    crash(mongo_db_url, tmp_path, step)
    assert SuppressionList(store).covers("anna@acme.com")
    erase(a_workspace(store, tmp_path), "anna@acme.com")
    assert_nothing_is_left(store)
    store.close()


def test_a_file_that_was_not_written_anew_is_by_the_next_erasure(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "leadsync.db")
    fill(store, tmp_path)
    crash(store.url, tmp_path, BEFORE_OVERWRITING)
    done = erase(a_workspace(store, tmp_path), "anna@acme.com")
    assert done.erased_before
    assert_nothing_is_left(store)
    store.close()


def test_what_another_process_has_open_is_cut_as_soon_as_it_can_be(tmp_path: Path) -> None:
    """A reader in the middle of a page keeps the old log; it is told, and the next time cut."""
    store = SqliteStore(tmp_path / "leadsync.db")
    some_leads(store, 1, [{"email": "anna@acme.com"}, {"email": "bob@acme.com"}])
    reader = SqliteStore(store.path)
    rows = reader.scan({}, ["email"])
    reader._read().execute("BEGIN")  # a transaction that reads: its snapshot is of before
    next(rows)
    done = erase(a_workspace(store, tmp_path), "anna@acme.com")
    assert "another process is reading the store" in done.left[0]
    reader.close()
    assert erase(a_workspace(store, tmp_path), "anna@acme.com").left == ()
    assert b"anna@acme" not in raw_content(store)
    store.close()


def test_they_come_back_by_no_door(tmp_path: Path) -> None:
    lead_file = tmp_path / "leads.csv"
    lead_file.write_text(
        "Email,Name,LinkedIn URL\nanna@acme.com,Anna Schmidt,linkedin.com/in/anna-s\n"
        "bob@acme.com,Bob Stone,\n"
    )
    says: list[str] = []
    answer = "Ask Anna@acme.com, or see https://www.linkedin.com/in/Anna-S?x=1"
    with OpenAIServer(lambda _: text_reply(says[0]) if says else None).running() as server:
        cli = Cli(tmp_path, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="sk-not-a-real-key-000")
        cli.ok("import", lead_file)
        cli.ok("columns", "add", "pitch", "--prompt", "Write to {{ name }} <{{ email }}>.")
        cli.ok("enrich", "--column", "pitch")
        cli.ok("suppress", "add", "anna@acme.com")
        cli.ok("suppress", "rm", "anna@acme.com")
        cli.ok("erase", "anna@acme.com", "--yes")
        assert_nowhere(cli)

        says.append(answer)  # a provider names them, where it is asked about somebody else
        asked = len(server.requests)
        assert "1 row refused: this person was erased" in cli.ok("import", lead_file).err
        again = lead_file.with_name("again.csv")
        again.write_text("Name,LinkedIn URL\nA. Schmidt,https://www.linkedin.com/in/Anna-S/\n")
        assert "1 row refused: this person was erased" in cli.ok("import", again).err
        for _ in range(2):
            cli.ok("undo", "--yes")
        for _ in range(2):
            cli.ok("redo")
        cli.ok("enrich", "--column", "pitch", "--scope", "all", "--no-cache")
        assert [r for r in server.requests[asked:] if "anna" in r.prompt.lower()] == []
        (bob,) = cli.ok("leads", "list", "--json").json
        assert bob["customFields"]["pitch"] == "Ask [erased], or see [erased]?x=1"
        assert "erased for good" in cli.ok("history").out
        assert_nowhere(cli)


def assert_nowhere(cli: Cli) -> None:
    """No file that LeadSync keeps has the address, the name or the profile."""
    for path in (cli.folder / "home").rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            assert [t for t in TRACES if t in content] == [], path
