"""The command line on a terminal: questions, tables, forms, Ctrl-C."""

from __future__ import annotations

import codecs
import os
import re
import signal
import sys
from pathlib import Path

import ptyprocess
import pytest

from tests.cli.conftest import COMMAND, Cli

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A call of `leadsync` on a pty of its own."""

    def __init__(
        self, cli: Cli, *words: str | Path, size: tuple[int, int] = (24, 80), **environment: str
    ) -> None:
        self.process = ptyprocess.PtyProcess.spawn(
            [*COMMAND, *map(str, words)],
            cwd=str(cli.folder),
            env=cli.environment | {"TERM": "xterm-256color"} | environment,
            dimensions=size,
        )
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.seen = ""

    def wait_for(self, text: str) -> None:
        """Read until the text is on the screen."""
        while text not in self.seen:
            self.seen += self.decoder.decode(self.process.read())

    def type(self, line: str) -> None:
        self.process.write(f"{line}\r".encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        try:
            while True:
                self.seen += self.decoder.decode(self.process.read())
        except EOFError:
            pass
        self.process.wait()
        code = self.process.exitstatus
        assert code is not None
        return code

    @property
    def text(self) -> str:
        return ESCAPES.sub("", self.seen)


def test_undo_lists_and_asks_and_no_is_the_default(filled: Cli) -> None:
    terminal = Terminal(filled, "undo")
    terminal.wait_for("Take it back? [y/N]")
    assert "import leads.csv: 3 leads added" in terminal.seen
    terminal.type("")
    assert terminal.end() == 0
    assert terminal.text.rstrip().endswith("nothing was changed")
    assert terminal.text.count("nothing was changed") == 1
    assert filled.ok("leads", "count").out == "3\n"
    terminal = Terminal(filled, "undo")
    terminal.wait_for("[y/N]")
    terminal.type("y")
    assert terminal.end() == 0
    assert filled.ok("leads", "count").out == "0\n"


def test_long_cells_of_a_lead_go_on_below_and_are_whole(filled: Cli) -> None:
    pitch = " ".join(f"word{n}" for n in range(200)) + "\n\nGreetings, 日本語" + "語" * 60
    filled.ok("leads", "edit", "1", "--set", f"notes={pitch}")
    terminal = Terminal(filled, "leads", "show", "1")
    assert terminal.end() == 0
    lines = terminal.text.splitlines()
    assert "…" not in terminal.text
    assert max(map(len, lines)) <= 80
    assert all(f"word{n}" in terminal.text.split() for n in range(200))
    assert terminal.text.count("語") == 61


def test_fields_that_a_wide_terminal_does_not_show_are_named(filled: Cli) -> None:
    extra = [word for n in range(9) for word in ("--set", f"field_{n}=x")]
    for n in range(9):
        filled.ok("columns", "add", f"field_{n}")
    filled.ok("leads", "edit", "1", *extra)
    terminal = Terminal(filled, "leads", "list", size=(24, 250))
    assert terminal.end() == 0
    named = re.search(r"not shown here: (.*); --columns or --json show them", terminal.text)
    assert named
    assert "field_8" in named[1].split(", ")
    assert "field_0" not in named[1]


def test_the_form_asks_field_by_field_and_says_what_does_not_fit(cli: Cli) -> None:
    terminal = Terminal(cli, "leads", "add")
    for label, answer in (("E-mail", "ada(at)lovelace"), ("First name", "Ada")):
        terminal.wait_for(f"{label}: ")
        terminal.type(answer)
    for label in ("Last name", "Company", "Title", "LinkedIn", "Phone", "Website", "Country"):
        terminal.wait_for(f"{label}: ")
        terminal.type("")
    terminal.wait_for("is no e-mail address")
    terminal.wait_for("E-mail [ada(at)lovelace]: ")
    terminal.type("ada@lovelace.example")
    terminal.wait_for("First name [Ada]: ")
    terminal.type("")
    for _ in range(7):
        terminal.type("")
    assert terminal.end() == 0
    lead = cli.ok("leads", "show", "ada@lovelace.example", "--json").json
    assert lead["name"] == "Ada"


def test_many_leads_are_asked_for_before_they_are_touched(filled: Cli) -> None:
    terminal = Terminal(filled, "leads", "rm", "--where", "email:exists")
    terminal.wait_for("Remove 3 leads? [y/N]")
    terminal.type("n")
    assert terminal.end() == 0
    assert filled.ok("leads", "count").out == "3\n"


def test_a_table_fits_the_terminal(filled: Cli) -> None:
    terminal = Terminal(filled, "leads", "list", size=(24, 80))
    assert terminal.end() == 0
    lines = [line for line in terminal.text.splitlines() if "not shown" not in line]
    assert max(map(len, lines)) <= 80
    assert "\x1b[1m" in terminal.seen


def test_no_color_means_no_escape_sequence(filled: Cli) -> None:
    terminal = Terminal(filled, "leads", "list", NO_COLOR="1")
    assert terminal.end() == 0
    assert "\x1b" not in terminal.seen


def test_what_cannot_be_restored_is_not_asked_about(filled: Cli) -> None:
    terminal = Terminal(filled, "restore", "gone.backup")
    assert terminal.end() == 4
    assert "Replace what is in" not in terminal.text
    filled.ok("backup", "there.backup")
    terminal = Terminal(filled, "restore", "there.backup")
    terminal.wait_for("Replace what is in")
    terminal.type("")
    assert terminal.end() == 0


@pytest.mark.parametrize(
    ("words", "done"),
    [
        (("export", "out.csv"), '3 leads exported to "out.csv", which was replaced'),
        (("dump", "out.csv"), ' records written to "out.csv", which was replaced'),
        (
            ("columns", "export", "--to", "out.csv"),
            ' columns written to "out.csv", which was replaced',
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_file_is_replaced_after_a_question(
    words: tuple[str, ...], done: str, filled: Cli
) -> None:
    file = filled.folder / "out.csv"
    file.write_text("mine")
    terminal = Terminal(filled, *words)
    terminal.wait_for('Replace "out.csv"? [y/N]')
    terminal.type("")
    assert terminal.end() == 0
    assert file.read_text() == "mine"
    assert "nothing was changed" in terminal.text
    terminal = Terminal(filled, *words, "--yes")
    assert terminal.end() == 0
    assert done in terminal.text


def test_an_export_to_the_terminal_cannot_steer_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Email,Name\na@b.example,\x1b]0;owned\x07\n", "utf-8")
    cli.ok("import", "x.csv")
    for words in (["export", "-"], ["dump"], ["columns", "export"]):
        terminal = Terminal(cli, *words)
        assert terminal.end() == 0
        assert "\x1b" not in terminal.seen, words


def test_ctrl_c_in_an_import_leaves_nothing(cli: Cli, tmp_path: Path) -> None:
    rows = "".join(f"lead{n}@big.example,Lead {n}\n" for n in range(300_000))
    (tmp_path / "big.csv").write_text(f"Email,Name\n{rows}", "utf-8")
    terminal = Terminal(cli, "import", "big.csv")
    terminal.wait_for("importing big.csv")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
    assert cli.ok("leads", "count").out == "0\n"
    assert cli.ok("history", "--json").json == []


def test_without_a_terminal_nothing_asks(filled: Cli) -> None:
    assert sys.stdin is not None
    assert filled.ok("undo").code == 0
    assert filled.ok("leads", "count").out == "0\n"


def test_the_demo_offers_the_grid_on_what_it_made(cli: Cli) -> None:
    terminal = Terminal(cli, "demo")
    terminal.wait_for("Open the grid on it? [y/N]")
    terminal.type("y")
    terminal.wait_for("1 / 33")
    terminal.process.write(b"\x11")
    assert terminal.end() == 0
