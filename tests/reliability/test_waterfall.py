"""Waterfalls over sockets: who is asked, what is accepted, what is paid, how it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.engine.planning import Scope
from leadsync.core.models import RunState
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, enrich, people
from tests.reliability.waterfall_making import (
    CHECK_PRICE,
    PRICES,
    answer_of,
    calls_needed,
    finds,
    status,
    the_waterfall,
)
from tests.servers.finder_server import Finders
from tests.servers.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def finders() -> Finders:
    made = Finders(finds)
    made.status = status
    return made


@pytest.fixture
def server(finders: Finders) -> Iterator[HttpServer]:
    with HttpServer(finders).running() as running:
        yield running


@pytest.fixture(params=ENGINES)
def workspace(
    request: pytest.FixtureRequest, server: HttpServer, tmp_path: Path
) -> Iterator[Workspace]:
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with kind_echo(), a_workspace(server.url, tmp_path, store) as opened:
        yield opened


def cells(workspace: Workspace, *keys: str) -> list[Any]:
    rows = list(workspace.store.scan({}, ["name", *keys]))
    return [row[1:] if len(keys) > 1 else row[1] for row in sorted(rows, key=_number)]


def _number(row: Any) -> int:
    return int(str(row[0]).rpartition(" ")[2])


def test_a_run_pays_exactly_the_calls_that_it_needs_and_a_second_one_nothing(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    people(workspace, 60)
    the_waterfall(workspace, server.url)
    result = enrich(workspace, "found", concurrency=8)
    assert (result.state, result.left) == (RunState.DONE, 0)
    assert set(finders.paid) == calls_needed(60)
    assert set(finders.paid.values()) == {1}
    assert cells(workspace, "found") == [answer_of(n) for n in range(60)]
    assert result.cost_usd_micros == sum(
        PRICES.get(source, CHECK_PRICE) for source, _ in calls_needed(60)
    )
    asked = len(server.requests)
    again = enrich(workspace, "found", scope=Scope.ALL)
    assert (again.state, again.cost_usd_micros, len(server.requests)) == (RunState.DONE, 0, asked)
