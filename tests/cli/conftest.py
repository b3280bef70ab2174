"""The command line as its user has it: a process, its two streams, its exit code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.entering import token_for

COMMAND = (sys.executable, "-m", "leadsync")
TIMEOUT_S = 60


@dataclass
class Result:
    """What one call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Cli:
    """Calls `leadsync` in a folder of its own, on a store of its own."""

    def __init__(self, folder: Path, store: str = "", **environment: str) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONIOENCODING": "utf-8",
            "LEADSYNC_HOME": str(folder / "home"),
            "USER": "ada",
            # Nobody's real keyring is touched by tests.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **({"LEADSYNC_STORE": store} if store else {}),
            **token_for(store),
            **environment,
        }

    def __call__(self, *words: str | Path, stdin: str | bytes = b"", **environment: str) -> Result:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [*COMMAND, *map(str, words)],
            input=raw,
            capture_output=True,
            cwd=self.folder,
            env=self.environment | environment,
            timeout=TIMEOUT_S,
            check=False,
        )
        result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in result.err, result.err
        return result

    def ok(self, *words: str | Path, stdin: str | bytes = b"", **environment: str) -> Result:
        """The same, for calls that must succeed."""
        result = self(*words, stdin=stdin, **environment)
        assert result.code == 0, result.err
        return result

    def start(self, *words: str | Path, **environment: str) -> subprocess.Popen[bytes]:
        """The same, not waited for."""
        return subprocess.Popen(
            [*COMMAND, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment | environment,
        )


def without_privileges() -> list[str]:
    """Words before a command that make root heed the modes of its own files, as others must."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root may write anywhere, and there is no setpriv")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """`leadsync` on a new SQLite store."""
    return Cli(tmp_path)


ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
on_both_engines = pytest.mark.parametrize("engine_cli", ENGINES, indirect=True)
"""Runs a test on SQLite and on MongoDB. The contract suite does so for every promise of the store;
here it is for what processes do to it together, and for the main ways through it."""


@pytest.fixture
def engine_cli(request: pytest.FixtureRequest, tmp_path: Path) -> Cli:
    """`leadsync` on a new SQLite store, or on MongoDB for tests marked `on_both_engines`."""
    if getattr(request, "param", "sqlite") == "mongo":
        return Cli(tmp_path, request.getfixturevalue("mongo_db_url"))
    return Cli(tmp_path)


@pytest.fixture(params=ENGINES)
def either_cli(request: pytest.FixtureRequest, tmp_path: Path) -> Cli:
    """`leadsync` on a new store of each engine."""
    if request.param == "mongo":
        return Cli(tmp_path, request.getfixturevalue("mongo_db_url"))
    return Cli(tmp_path)


@pytest.fixture
def leads_csv(tmp_path: Path) -> Path:
    """Three leads."""
    path = tmp_path / "leads.csv"
    path.write_text(
        "Email,First Name,Last Name,Title,Company,Country\n"
        "ada@lovelace.example,Ada,Lovelace,Head of Engines,Analytical,GB\n"
        "grace@navy.example,Grace,Hopper,Rear Admiral,Navy,US\n"
        "jürgen@müller.example,Jürgen,Müller,CTO,Müller,DE\n",
        "utf-8",
    )
    return path


@pytest.fixture
def filled(cli: Cli, leads_csv: Path) -> Cli:
    """`leadsync` on a store with three leads."""
    cli.ok("import", leads_csv)
    return cli
