"""What most tests of runs stand on: a server that acts like OpenAI, and a workspace that asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace
from tests.reliability.worker_processes import ENGINES
from tests.servers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace
    from tests.servers.http_server import HttpServer


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer().running() as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def on_each_engine(
    request: pytest.FixtureRequest, server: OpenAIServer, tmp_path: Path
) -> Iterator[Workspace]:
    """A workspace on SQLite, then on MongoDB."""
    mongo = request.param == "mongo"
    store = request.getfixturevalue("mongo_db_url") if mongo else ""
    with a_workspace(server.url, tmp_path, store) as opened:
        yield opened


@pytest.fixture(params=ENGINES)
def asking_on_each_engine(
    request: pytest.FixtureRequest, server: HttpServer, tmp_path: Path
) -> Iterator[Workspace]:
    """A workspace on SQLite, then on MongoDB, with the kinds of the test package."""
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with kind_echo(), a_workspace(server.url, tmp_path, store) as opened:
        yield opened
