"""A viewer tries every command that writes: each ends with 5 and one line, and nothing is changed.

The commands are called in this process: there are many, and a process of its own takes half a second.
"""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING

import keyring
import keyring.backends.fail
import pytest
import typer
from typer._click.exceptions import ClickException

from leadsync.cli.main import app
from leadsync.core.access.rights import Role
from leadsync.core.access.sessions import begin_session
from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.config import load_config
from leadsync.core.errors import Exit, LeadSyncError
from leadsync.core.store.dump_lines import dump_lines
from leadsync.core.store.opening import open_store
from leadsync.core.suppression import suppress
from leadsync.core.views import save_view
from leadsync.core.workspace import Workspace
from tests.contract.making import a_campaign, a_run, nobody_is_alive, some_leads
from tests.entering import a_user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERA = "vera@acme.example"
FILES = {
    "leads.csv": "Email\nnew@x.example\n",
    "columns.toml": '[[column]]\nkey = "note"\nlabel = "Note"\nkind = "manual"\n',
    "suppressed.txt": "no@x.example\n",
    "past.backup": "",
    "past.jsonl": '["end", {"records": 0}]\n',
}
WRITES = """\
import leads.csv
leads add --set email=c@x.example
leads edit 1 --set name=C
leads rm 1 --yes
leads restore 3
leads move 1 --to Q4
leads merge 1 2
campaigns add Q4
campaigns rename Inbox Q4
campaigns archive Inbox
campaigns set Inbox --retention-days 30
campaigns policy Inbox deliverable
tags add vip 1
tags rm vip 1
views save mine
views rm all
suppress add c@x.example
suppress import suppressed.txt
suppress rm gone@x.example
export out.csv
erase a@x.example --yes
expire --yes
columns add extra
columns edit verify --label Checked
columns rm verify
columns apply columns.toml
columns arm verify --usd-per-day 1
columns disarm verify
enrich --column verify --yes
runs stop 1
runs resume 1
worker --once
serve
hooks add form
hooks renew form
hooks rm form
undo
redo
users list
users add eve@acme.example --password-stdin
users role vera@acme.example owner
users passwd ada@acme.example --password-stdin
users rm ada@acme.example --yes
keys set hunter
keys rm hunter
backup copy.backup
restore past.backup --yes
dump out.jsonl
load past.jsonl
sql "SELECT 1"
"""
READS = """\
leads list
leads show 1
leads count
leads dupes
campaigns list
tags list
views list
views show all
suppress list
suppress check a@x.example
person a@x.example
columns list
columns show verify
columns recipes
columns steps verify
columns export
enrichers list
enrichers show ai
runs list
runs show 1
runs errors
runs unknown
costs
why 1 verify
history
whoami
tokens list
keys list
config show
inspect leads.csv
hooks list
"""
OF_ONESELF = """\
login
logout
tokens add
tokens revoke
config set
config unset
keys test
doctor
demo
practice show
practice reset
mcp
hooks show
"""
"""What is of one's own machine, login or tokens, or is shown to be refused elsewhere."""
NEED_A_TOOL = """\
push instantly
push sheets
pull instantly
pull sheets
"""
"""Refused in core before anything is sent: tests/contract/access."""


def words_of(lines: str) -> list[list[str]]:
    import shlex

    return [shlex.split(line) for line in lines.splitlines()]


@pytest.fixture(autouse=True)
def quiet_process() -> Iterator[None]:
    """Nobody's keyring is touched, and the log of these calls ends with them."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)
    root = logging.getLogger("leadsync")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    root.propagate = True


@pytest.fixture
def as_viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with something of everything, in which a viewer is logged in; its address."""
    environment = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "vera"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    config = load_config()
    with Workspace.open(config) as workspace:
        store = workspace.store
        inbox = a_campaign(store)
        verify = add_column(workspace, load_recipe("verify", config))
        rows = [{"email": f"{name}@x.example", "name": name} for name in "abd"]
        some_leads(store, inbox, rows, tags=[["vip"], [], []])
        with store.unit("ada", "remove") as unit:
            unit.trash([3])
        with store.unit("ada", "edit") as unit:
            unit.edit({1: {"name": "Undone"}})
        with store.unit("ada", "undo") as unit:
            unit.undo(store.units(limit=1)[0].id)
        save_view(workspace, "all")
        suppress(workspace, ["gone@x.example"])
        store.start_run(a_run(verify), nobody_is_alive)
        a_user(store, "ada@acme.example")
        begin_session(store, config, a_user(store, VERA, Role.VIEWER))
        return store.url


def run(words: list[str]) -> object:
    return typer.main.get_command(app).main(words, prog_name="leadsync", standalone_mode=False)


def ending(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """The exit code of a command, and what it said of why."""
    capsys.readouterr()
    try:
        code = run(words)
    except LeadSyncError as error:
        return error.exit_code, f"{error.message}; {error.next_step}"
    except ClickException as error:  # wrong words: of this file
        return Exit.USAGE, error.format_message()
    return code, capsys.readouterr().err


def test_every_command_that_writes_is_refused_and_nothing_is_changed(
    as_viewer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_store(as_viewer)) as store:
        before = [*dump_lines(store.records())], store.documents("users")
        there = sorted(path.name for path in tmp_path.iterdir())
        for words in words_of(WRITES):
            code, why = ending(words, capsys)
            assert (code, VERA in why) == (Exit.HELD, True), (words, code, why)
        assert ([*dump_lines(store.records())], store.documents("users")) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == there


def test_every_command_that_reads_works(as_viewer: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in words_of(READS):
        assert run(words) in (None, 0), words
    assert "a@x.example" in capsys.readouterr().out


def test_each_command_is_known_to_read_or_to_write() -> None:
    named = [" ".join(words) for words in words_of(WRITES + READS)]
    known = {*OF_ONESELF.splitlines(), *NEED_A_TOOL.splitlines()}
    for command in commands(typer.main.get_command(app)):
        is_known = command in known or any(f"{line} ".startswith(f"{command} ") for line in named)
        assert is_known, f'does "{command}" write? say so in this file'


def commands(command: object, before: str = "") -> Iterator[str]:
    """Every command that does something, by its words."""
    names = getattr(command, "list_commands", None)
    if names is None:
        yield before.strip()
        return
    for name in names(None):
        yield from commands(command.get_command(None, name), f"{before} {name}")  # type: ignore[attr-defined]
