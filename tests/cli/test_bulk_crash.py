"""Batches whose process is killed: what may be billed is told as such, and not sent a second time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.running import resume
from leadsync.core.models import Reason
from leadsync.core.workspace import Workspace
from tests.providers.finding import a_person_column, leads, priced
from tests.reliability.run_making import enrich, hasty
from tests.servers.apollo_server import ApolloServer, match
from tests.servers.pdl_server import PdlServer, company, person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli

ROWS = [{"email": f"p{n}@a{n}.de"} for n in range(3)]


def killed(cli: Cli, server: ApolloServer | PdlServer, number: int) -> None:
    """Kill `enrich` while its requests wait for their answers."""
    answer = server.script
    server.script = lambda request: replace(answer(request), delay_s=30)
    process = cli.start("enrich", "--column", "who", "--yes")
    server.wait_for(number)
    process.kill()
    process.communicate()
    server.script = answer


def opened(cli: Cli, provider: str, url: str, folder: Path) -> Workspace:
    name = provider.upper()
    cli.environment |= {f"LEADSYNC_{name}_BASE_URL": url, f"{name}_API_KEY": "planted-4hJ29dKs8Q"}
    cli.environment |= priced(folder, provider, credit=0.1)
    return Workspace.open(load_config(environment=cli.environment))


@pytest.mark.parametrize(("kind", "requests"), [("people", 1), ("company", 3)])
def test_what_is_charged_again_is_unknown_after_a_kill_and_goes_again_on_request_only(
    kind: str, requests: int, either_cli: Cli, tmp_path: Path
) -> None:
    server = PdlServer()
    server.people = {row["email"]: person() for row in ROWS}
    server.companies = {f"a{n}.de": company() for n in range(3)}
    with server.running(), opened(either_cli, "pdl", server.url, tmp_path) as workspace:
        leads(workspace, *ROWS)
        a_person_column(workspace, kind, "pdl")
        killed(either_cli, server, requests)
        result = resume(workspace, 1, pace=hasty())
        assert result.counts == {Reason.UNKNOWN: 3}
        assert (result.cost_usd_micros, result.at_most_usd_micros) == (0, 300_000)
        assert len(server.requests) == requests
        again = enrich(workspace, "who", scope=Scope.FAILED, reason=Reason.UNKNOWN)
        assert sum(again.counts.values()) == again.counts[Reason.VALUE] == 3
        whole = enrich(workspace, "who", scope=Scope.ALL)
        assert whole.counts == {Reason.CACHED: 3}
        assert len(server.requests) == 2 * requests


def test_what_is_charged_once_is_asked_again_after_a_kill(either_cli: Cli, tmp_path: Path) -> None:
    server = ApolloServer()
    server.people = {row["email"]: match(f"P{n} X") for n, row in enumerate(ROWS)}
    with server.running(), opened(either_cli, "apollo", server.url, tmp_path) as workspace:
        leads(workspace, *ROWS)
        a_person_column(workspace, "people", "apollo")
        killed(either_cli, server, 1)
        assert resume(workspace, 1, pace=hasty()).counts == {Reason.VALUE: 3}
        assert (len(server.requests), len(server.charged)) == (2, 3)
