"""Every command that the README and the pages under docs/ show is run as it stands there.

Blocks marked `sh` run in a shell, one page after the other line, in a folder with a lead file.
Blocks marked `console` need what a test has not (a fresh machine, a MongoDB of a team); their
`leadsync` commands, and those in running text, are checked to exist with their options.
"""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from leadsync.cli.main import app
from tests.conftest import ROOT
from tests.servers.dns_server import DNSServer
from tests.servers.google_files import sheets_environment
from tests.servers.instantly_campaigns import CampaignServer
from tests.servers.openai_server import OpenAIServer
from tests.servers.pdl_server import PdlServer, person
from tests.servers.sheets_server import SheetsServer

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(leadsync [^`]+)`")
LEADS = """\
Email,First Name,Last Name,Title,Company,Country
ada@lovelace.example,Ada,Lovelace,Head of Engines,Analytical,GB
grace@navy.example,Grace,Hopper,Rear Admiral,Navy,US
juergen@mueller.example,Jürgen,Müller,CTO,Müller,DE
"""
MARY = "mary@somerville-freight.com"
MARYS_ROW = f"{MARY},Mary,Somerville,Head of Logistics,Somerville Freight,GB\n"
OUTREACH = ROOT / "docs" / "outreach.md"
PRACTICE = ROOT / "docs" / "practice.md"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A shell's environment: `leadsync` on the path, a home, and servers that play providers."""
    people = PdlServer()
    people.people[MARY] = person("Mary Somerville", headline="Freight without forms")
    names = DNSServer(look_up=lambda _name: {"MX": ["10 mx.mail.test"], "A": ["127.0.0.1"]})
    sheets = SheetsServer()
    sheets.add_file("1q4Leads")
    instantly = CampaignServer()
    with (
        OpenAIServer().running() as server,
        people.running(),
        names.running(),
        sheets.running(),
        instantly.running(),
    ):
        yield {
            "LEADSYNC_INSTANTLY_BASE_URL": instantly.url,
            "INSTANTLY_API_KEY": "instantly-not-a-real-key-000",
            **sheets_environment(sheets, tmp_path),
            "LEADSYNC_PDL_BASE_URL": people.url,
            "PDL_API_KEY": "pdl-not-a-real-key-000",
            "LEADSYNC_DNS_NAMESERVERS": names.address,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path / "home"),
            "LEADSYNC_HOME": str(tmp_path / "home"),
            "LANG": "C.UTF-8",
            "USER": "ada",
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": "sk-not-a-real-key-000",
        }


def shell(script: str, folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


def as_for_users(environment: dict[str, str]) -> dict[str, str]:
    """With OpenAI's own address: simulated answers go by it, and that of a test is always another."""
    return {name: value for name, value in environment.items() if name != "OPENAI_BASE_URL"}


def blocks(page: Path, language: str) -> list[str]:
    return [text for lang, text in BLOCK.findall(page.read_text("utf-8")) if lang == language]


def test_the_way_from_a_file_to_four_texts_is_as_its_page_says(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "leads.csv").write_text(LEADS + MARYS_ROW, "utf-8")
    shell("\n".join(blocks(OUTREACH, "sh")), tmp_path, environment)
    with (tmp_path / "outreach.csv").open(encoding="utf-8") as file:
        (mary,) = csv.DictReader(file)  # the others have addresses that cannot work
    assert mary["email"] == MARY
    assert mary["LinkedIn headline"] == "Freight without forms"
    assert all(mary[text] for text in ("Icebreaker", "Pitch", "Cta", "Ps"))


@pytest.mark.parametrize("page", [p for p in PAGES if p != OUTREACH], ids=lambda page: page.name)
def test_the_commands_of_a_page_run_as_they_stand(
    page: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    scripts = blocks(page, "sh")
    if not scripts:
        pytest.skip("the page has no commands")
    (tmp_path / "leads.csv").write_text(LEADS, "utf-8")
    if page == PRACTICE:
        environment = as_for_users(environment)
    if page.name != "README.md":
        shell('leadsync import leads.csv --campaign "Q4 founders"', tmp_path, environment)
    shell("set -x\n" + "\n".join(scripts), tmp_path, environment)


def test_practice_begins_as_its_page_says_where_there_is_no_lead_yet(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    shell(blocks(PRACTICE, "sh")[0], tmp_path, as_for_users(environment))


def test_the_readme_leads_to_an_enriched_file(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "leads.csv").write_text(LEADS, "utf-8")
    shell(blocks(ROOT / "README.md", "sh")[0], tmp_path, environment)
    with (tmp_path / "enriched.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts = [row[part] for row in rows for part in ("Icebreaker", "Pitch", "Cta", "Ps")]
    assert len(texts) == 12
    assert all(texts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_named_on_a_page_exists_with_its_options(page: Path) -> None:
    text = page.read_text("utf-8")
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    named = [*INLINE.findall(text), *(line for line in lines if line.startswith("leadsync "))]
    for words in named:
        check(shlex.split(words.replace("…", "X"), comments=True)[1:])


def check(words: list[str]) -> None:
    """The words name a command, and its options are its own."""
    command = typer.main.get_command(app)
    context = None
    rest = list(words)
    while rest and hasattr(command, "get_command") and not rest[0].startswith("-"):
        found = command.get_command(context, rest[0])
        assert found is not None, words
        command = found
        rest = rest[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    for word in rest:
        if word.startswith("--") and word != "--":
            assert word.partition("=")[0] in known, (words, word)
