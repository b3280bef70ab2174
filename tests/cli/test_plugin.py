"""A package of a third party, installed beside LeadSync: the example of docs/plugins.md."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli
from tests.conftest import ROOT
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs" / "plugins.md").read_text("utf-8")
MODULE, PROJECT = (
    re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1]  # type: ignore[index]
    for language in ("python", "toml")
)


def a_wheel(folder: Path) -> Path:
    """The package of the page, built."""
    project = tomllib.loads(PROJECT)["project"]
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
        for group, points in project["entry-points"].items()
    ]
    info = f"leadsync_headcount-{project['version']}.dist-info"
    files = {
        "leadsync_headcount.py": MODULE,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\n"
        f"Version: {project['version']}\nRequires-Dist: {project['dependencies'][0]}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": "\n".join(groups),
    }
    records = [f"{name},{_digest(text)},{len(text.encode())}\n" for name, text in files.items()]
    files[f"{info}/RECORD"] = "".join([*records, f"{info}/RECORD,,\n"])
    path = folder / f"leadsync_headcount-{project['version']}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def register(request: Request) -> Reply:
    if request.headers.get("x-key") != "register-key-0123":
        return Reply(401, {"message": "no such key"})
    if "navy.example" in request.path:
        return Reply(404, {"message": "not in the register"})
    return Reply(200, {"employees": 1200})


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[tuple[Cli, HttpServer]]:
    """`leadsync` with the package, and the provider that it asks."""
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target",
         str(site), "--disable-pip-version-check", str(a_wheel(tmp_path))],
        check=True, timeout=60,
    )  # fmt: skip
    with HttpServer(register).running() as server:
        cli = Cli(
            tmp_path,
            PYTHONPATH=str(site),
            LEADSYNC_REGISTER_BASE_URL=server.url,
            REGISTER_API_KEY="register-key-0123",
        )
        yield cli, server


def test_an_installed_kind_is_listed_and_shown(installed: tuple[Cli, HttpServer]) -> None:
    cli, _ = installed
    kinds = {one["kind"]: one for one in cli.ok("enrichers", "list", "--json").json}
    assert kinds["headcount"]["package"] == "leadsync-headcount 1.0"
    assert kinds["headcount"]["meaning"].startswith("Columns that hold how many people work")
    shown = cli.ok("enrichers", "show", "headcount").out
    assert "domain_field: text; domain by default" in shown


def test_an_installed_kind_runs_from_the_command_line_and_from_a_file(
    installed: tuple[Cli, HttpServer], tmp_path: Path
) -> None:
    cli, server = installed
    (tmp_path / "leads.csv").write_text(
        "Email,Company Domain\nada@lovelace.example,lovelace.example\n"
        "grace@navy.example,navy.example\nnobody@nowhere.example,\n"
    )
    cli.ok("import", "leads.csv")
    cli.ok("columns", "add", "employees", "--kind", "headcount", "--type", "number")
    plan = cli.ok("enrich", "--column", "employees", "--dry-run").out
    assert "at most 2 credits, price unknown" in plan
    assert "1 skipped: domain is blank" in plan
    assert server.requests == []
    cli.ok("enrich", "--column", "employees", "--yes")
    lines = cli.ok("export", "-", "--columns", "email,employees").lines
    assert lines == [
        "email,Employees", "ada@lovelace.example,1200", "grace@navy.example,",
        "nobody@nowhere.example,",
    ]  # fmt: skip
    (tmp_path / "file.toml").write_text(
        '[[column]]\nkey = "people_there"\nkind = "headcount"\ntype = "number"\n'
    )
    cli.ok("columns", "apply", "file.toml")
    asked = len(server.requests)
    cli.ok("enrich", "--column", "people_there", "--yes")
    assert len(server.requests) == asked == 2  # both answers, the miss too, are in the journal
    assert cli.ok("leads", "list", "--where", "people_there=1200", "--json").json
