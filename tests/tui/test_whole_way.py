"""From a lead file to an exported one, all of it in the grid, in a real terminal."""

from __future__ import annotations

import csv
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

from tests.conftest import ROOT
from tests.servers.openai_server import OpenAIServer
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

CTRL_S, CTRL_Q, ESCAPE = "\x13", "\x11", "\x1b"


def test_a_file_is_imported_enriched_edited_filtered_and_exported(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "data" / "lead_files" / "apollo_2026.csv", tmp_path)
    with (
        OpenAIServer().running() as server,
        closing(
            Terminal(
                tmp_path,
                size=(160, 50),
                OPENAI_BASE_URL=server.url,
                OPENAI_API_KEY="sk-not-a-real-key-000",
            )
        ) as terminal,
    ):
        terminal.shows("There are no leads yet")
        imported(terminal)
        outreach_added(terminal)
        on_column(terminal, "icebreaker")
        terminal.press("R")
        terminal.shows("2 cells to run")
        assert server.requests == []
        terminal.press("\r")
        terminal.shows("run 1 done: 2 value")
        assert len(server.requests) == 2
        on_column(terminal, "job title")
        terminal.press("\r!\r")
        terminal.shows("!")
        terminal.press("u")
        terminal.shows("took back")
        terminal.press("fname:ada\r")
        terminal.shows("1 / 1")
        exported(terminal)
        terminal.press(CTRL_Q)
        assert terminal.ended() == 0
    with (tmp_path / "ready.csv").open(encoding="utf-8") as file:
        (ada,) = csv.DictReader(file)
    assert ada["email"] == "ada@analytical.example"
    assert all(ada[text] for text in ("Icebreaker", "Pitch", "Cta", "Ps"))
    assert "!" not in ada["Job title"]


def imported(terminal: Terminal) -> None:
    terminal.press("\r")  # the first of three ways to begin: import a file
    terminal.shows("apollo_2026.csv")
    terminal.press("\r")
    terminal.shows("First Name")
    terminal.press(CTRL_S)
    terminal.shows("2 created")
    terminal.press("\r")
    terminal.shows("─ Imported ─")
    terminal.press(ESCAPE)
    terminal.until(lambda text: "─ Imported ─" not in text)


def outreach_added(terminal: Terminal) -> None:
    terminal.press("A")
    terminal.shows("Add a column")
    terminal.press("outreach")
    terminal.until(lambda text: "clay-webhook" not in text)
    terminal.press("\r")
    terminal.shows("Add a column: outreach")
    terminal.press(CTRL_S)
    terminal.shows('column "outreach" added')


def on_column(terminal: Terminal, name: str) -> None:
    terminal.press("c")
    terminal.shows("Go to column")
    terminal.press(f"{name}\r")
    terminal.until(lambda text: "Go to column" not in text)


def exported(terminal: Terminal) -> None:
    terminal.press(CTRL_S)
    terminal.shows("Export")
    terminal.shows("leads.csv")
    terminal.press("ready.csv")
    terminal.shows("ready.csv")
    terminal.press("\r")
    terminal.shows("For a tool")
    terminal.press(CTRL_S)
    terminal.shows("1 lead exported")
