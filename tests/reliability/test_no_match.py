"""A cell that is asked again and comes to no match: what its column wrote before goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest

from leadsync.core.engine.cells import Scope
from leadsync.core.history import undo
from leadsync.core.models import Status
from leadsync.core.provenance import explain
from tests.providers.http_columns import a_reaching_workspace, an_http_column, cells
from tests.reliability.run_making import enrich, people
from tests.reliability.worker_processes import ENGINES
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

KEYS = ("found", "city")


def of_known_people(request: Request) -> Reply:
    """Knows Heads of Sales alone, and not where all of them live."""
    title = unquote_plus(request.path.partition("title=")[2])
    if not title.startswith("Head of Sales"):
        return Reply(404, {"message": "nobody"})
    return Reply(
        body={"mail": f"{title[-1]}@found.example", "city": "Ulm" if "0" in title else None}
    )


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer(of_known_people).running() as running:
        yield running


@pytest.fixture(params=ENGINES)
def workspace(
    request: pytest.FixtureRequest, server: HttpServer, tmp_path: Path
) -> Iterator[Workspace]:
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with a_reaching_workspace(tmp_path, server.url, store) as opened:
        yield opened


def asked(workspace: Workspace, server: HttpServer, number: int = 1) -> list[int]:
    """Leads with an HTTP column that fills two cells, both asked for."""
    leads = people(workspace, number)
    outputs = [{"name": "found", "path": "mail"}, {"name": "city"}]
    params = {"title": "{{ title }}"}
    an_http_column(workspace, server.url, "look_up", value="", outputs=outputs, params=params)
    enrich(workspace, "look_up")
    return leads


def imported(workspace: Workspace, lead_id: int, **new: Any) -> None:
    with workspace.store.unit(workspace.actor, "import more.csv") as unit:
        unit.edit({lead_id: new})


def test_what_the_column_wrote_of_somebody_else_is_taken_out_and_undo_brings_it_back(
    workspace: Workspace, server: HttpServer
) -> None:
    (lead,) = asked(workspace, server)
    assert cells(workspace, *KEYS) == [("0@found.example", "Ulm")]
    imported(workspace, lead, title="Gardener")
    enrich(workspace, "look_up")
    assert cells(workspace, *KEYS) == [(None, None)]
    assert explain(workspace, lead, "found").value is None
    undo(workspace)
    assert cells(workspace, *KEYS) == [("0@found.example", "Ulm")]


@pytest.mark.parametrize("scope", [Scope.DEFAULT, Scope.ALL])
def test_what_came_from_elsewhere_stays(
    workspace: Workspace, server: HttpServer, scope: Scope
) -> None:
    (lead,) = asked(workspace, server)
    imported(workspace, lead, title="Gardener", city="Bonn")
    enrich(workspace, "look_up", scope=scope)
    assert cells(workspace, *KEYS) == [(None, "Bonn")]


def test_a_blank_in_an_answer_takes_out_what_was_written_and_nothing_else(
    workspace: Workspace, server: HttpServer
) -> None:
    first, second = asked(workspace, server, 2)
    imported(workspace, first, title="Head of Sales 2")
    imported(workspace, second, city="Bonn")
    enrich(workspace, "look_up", scope=Scope.ALL)
    assert cells(workspace, *KEYS) == [("2@found.example", None), ("1@found.example", "Bonn")]


def test_a_failure_keeps_what_was_written_and_says_that_it_is_older(
    workspace: Workspace, server: HttpServer
) -> None:
    (lead,) = asked(workspace, server)
    imported(workspace, lead, title="Gardener")
    server.script = lambda _request: Reply(400, {"message": "not today"})
    enrich(workspace, "look_up")
    story = explain(workspace, lead, "found")
    assert (story.value, story.state.status) == ("0@found.example", Status.ERROR)
    assert story.is_older
