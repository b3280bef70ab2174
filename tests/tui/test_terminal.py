"""The grid in a real terminal: the whole way, signals, bugs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.engine.running import resume as drive_again
from leadsync.core.models import RunState
from tests.reliability.run_making import a_workspace, an_ai_column, environment, people
from tests.servers.openai_server import OpenAIServer, Reply
from tests.tui.holding import LONGEST_S
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from tests.servers.openai_server import Request

RESTORED = (b"\x1b[?1049l", b"\x1b[?25h")  # the main screen, and the cursor


def leads(home: Path, *words: str) -> Any:
    """What the command line says of the same store."""
    done = subprocess.run(
        [sys.executable, "-m", "leadsync", *words, "--json"],
        env={"PATH": os.environ["PATH"], "LEADSYNC_HOME": str(home / "home"), "USER": "ada"},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def a_file(home: Path) -> Path:
    path = home / "people.csv"
    path.write_text(
        "Email,Name,Title\nada@lovelace.example,Ada,Head\ngrace@navy.example,Grace,Admiral\n"
        "alan@park.example,Alan,Head\n",
        "utf-8",
    )
    return path


def test_open_edit_undo_and_filter_as_fast_as_keys_come(tmp_path: Path) -> None:
    leads(tmp_path, "import", str(a_file(tmp_path)))
    with closing(Terminal(tmp_path)) as terminal:
        terminal.shows("alan@park.example")
        terminal.press("c")
        terminal.shows("Go to column")
        terminal.press("title\r")
        terminal.until(lambda text: "Go to column" not in text)
        terminal.press("\r of Engines\r\r-in-chief\r")
        terminal.shows("Head of Engines")
        terminal.shows("Admiral-in-chi")
        terminal.press("u")
        terminal.until(lambda text: "Admiral-in-chi" not in text)
        terminal.press("ftitle:head\r")
        terminal.shows("/ 2")
        terminal.press("\x11")
        assert terminal.ended() == 0
        assert all(code in terminal.raw for code in RESTORED)
    titles = [lead["customFields"]["title"] for lead in leads(tmp_path, "leads", "list")]
    assert titles == ["Head of Engines", "Admiral", "Head"]


def test_a_cell_is_edited_in_the_users_own_editor(tmp_path: Path) -> None:
    leads(tmp_path, "import", str(a_file(tmp_path)))
    editor = tmp_path / "my-editor"
    editor.write_text('#!/bin/sh\nprintf "Grace B. Hopper\\n" > "$1"\n')
    editor.chmod(0o700)
    with closing(Terminal(tmp_path, EDITOR=str(editor))) as terminal:
        terminal.shows("alan@park.example")
        terminal.press("jlE")
        terminal.shows("Grace B. Hopper")
        terminal.press("\x11")
        assert terminal.ended() == 0
    assert leads(tmp_path, "leads", "list")[1]["name"] == "Grace B. Hopper"


def test_a_text_of_the_own_editor_is_not_lost_where_the_cell_was_changed_meanwhile(
    tmp_path: Path,
) -> None:
    leads(tmp_path, "import", str(a_file(tmp_path)))
    editor = tmp_path / "my-editor"
    other = f"{sys.executable} -m leadsync leads edit 2 --set name=Hopper"
    editor.write_text(f'#!/bin/sh\n{other} >/dev/null\nprintf "Grace B.\\n" > "$1"\n')
    editor.chmod(0o700)
    with closing(Terminal(tmp_path, EDITOR=str(editor))) as terminal:
        terminal.shows("alan@park.example")
        terminal.press("jlE")
        terminal.shows('changed meanwhile to "Hopper"; Enter again stores yours')
        terminal.shows("Grace B.")
        terminal.press("\r")
        terminal.until(lambda text: "meanwhile" not in text)
        terminal.press("\x11")
        assert terminal.ended() == 0
    assert leads(tmp_path, "leads", "list")[1]["name"] == "Grace B."


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_with_the_terminal_as_it_was(tmp_path: Path, name: str) -> None:
    with closing(Terminal(tmp_path)) as terminal:
        terminal.shows("There are no leads yet")
        terminal.process.kill(getattr(signal, name))
        assert terminal.ended() == 0
        assert all(code in terminal.raw for code in RESTORED)


BROKEN = """
from leadsync.core.store.sqlite import store
class Broken(store.SqliteStore):
    def revision(self):
        raise ZeroDivisionError("planted")
store.SqliteStore = Broken
from leadsync.cli.main import main
main()
"""


def test_a_bug_says_in_one_line_where_the_log_is(tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(BROKEN)
    with closing(Terminal(tmp_path, program=[sys.executable, str(script)])) as terminal:
        assert terminal.ended() == 1
        after = terminal.raw.rpartition(RESTORED[0])[2].decode()
    assert "this is a bug of LeadSync (ZeroDivisionError); the details are in" in after
    assert "Traceback" not in after
    assert "planted" in next((tmp_path / "home").rglob("errors.log")).read_text("utf-8")


def test_without_a_terminal_it_prints_help(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "leadsync"],
        env={"PATH": os.environ["PATH"], "LEADSYNC_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "Usage: leadsync" in done.stdout
    assert "opens the grid" in done.stderr


def test_a_paste_of_the_terminal_is_text_and_the_mouse_can_be_the_terminals_own(
    tmp_path: Path,
) -> None:
    leads(tmp_path, "import", str(a_file(tmp_path)))
    with closing(Terminal(tmp_path)) as terminal:
        terminal.shows("alan@park.example")
        terminal.press("c")
        terminal.shows("Go to column")
        terminal.press("title\r")
        terminal.until(lambda text: "Go to column" not in text)
        terminal.press("\x1b[200~dd\nggX\x1b[201~")
        terminal.shows("Paste 2 cells into 2 leads")
        terminal.press("\r")
        terminal.shows("2 leads changed")
        terminal.press("zm")
        terminal.shows("the mouse is the terminal's own")
        assert terminal.raw.rfind(b"\x1b[?1003l") > terminal.raw.rfind(b"\x1b[?1003h")
        terminal.press("zm")
        terminal.shows("the mouse is the grid's")
        assert terminal.raw.rfind(b"\x1b[?1003h") > terminal.raw.rfind(b"\x1b[?1003l")
        terminal.press("\x11")
        assert terminal.ended() == 0
    found = {
        lead["email"]: lead["customFields"]["title"] for lead in leads(tmp_path, "leads", "list")
    }
    assert found["ada@lovelace.example"] == "dd"
    assert found["grace@navy.example"] == "ggX"


def test_the_app_is_put_aside_and_comes_back_with_its_cursor(tmp_path: Path) -> None:
    leads(tmp_path, "import", str(a_file(tmp_path)))
    shell = ("bash", "--norc", "--noprofile", "-i")
    with closing(Terminal(tmp_path, program=shell, PS1="shell: ")) as terminal:
        terminal.shows("shell:")
        terminal.press(f"{sys.executable} -m leadsync\n")
        terminal.shows("alan@park.example")
        terminal.press("jj\x10")
        terminal.shows("type to find")
        terminal.press("aside\r")
        terminal.shows("Stopped")
        aside = len(terminal.raw)
        terminal.press("fg\n")
        terminal.until(lambda _text: b"3 / 3" in terminal.raw[aside:])
        terminal.press("\x11")
        terminal.until(lambda _text: terminal.raw.count(RESTORED[0]) == 2)
        terminal.press("echo ended with $?\n")
        terminal.shows("ended with 0")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_during_a_run_leaves_a_queue_that_can_be_gone_on_with(
    tmp_path: Path, name: str
) -> None:
    with OpenAIServer().running() as server:
        ended = threading.Event()

        def answer(request: Request) -> Reply | None:
            if request.number > 1:
                ended.wait(LONGEST_S)
            return Reply(delay_s=2) if request.number > 3 else None

        server.behave = answer
        with a_workspace(server.url, tmp_path, LEADSYNC_CONCURRENCY="2") as workspace:
            people(workspace, 6)
            an_ai_column(workspace)
        given: dict[str, Any] = environment(server.url, tmp_path, LEADSYNC_CONCURRENCY="2")
        with closing(Terminal(tmp_path, **given)) as terminal:
            terminal.shows("p5@company5.example")
            terminal.press("$R")
            terminal.shows("6 cells to run")
            terminal.press("\r")
            terminal.until(lambda _text: server.requests[1:] != [])
            terminal.process.kill(getattr(signal, name))
            terminal.until(lambda _text: all(code in terminal.raw for code in RESTORED))
            ended.set()
            assert terminal.ended() == 0
            assert b"Traceback" not in terminal.raw
        server.behave = lambda _request: None
        with a_workspace(server.url, tmp_path) as workspace:
            (run,) = workspace.store.runs()
            left = sum(workspace.store.queue_counts(run.id).values())
            assert (run.state, run.members) == (RunState.STOPPED, {})
            assert 0 < left < 6
            assert left + sum(run.counts.values()) == 6
            assert drive_again(workspace, run.id).state == RunState.DONE
        assert len(server.requests) == 6  # none was asked twice, none was lost
