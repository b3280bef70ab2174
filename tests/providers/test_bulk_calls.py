"""Many requests in one HTTP request: each keeps its own call, cache, cost and outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.engine.running import StopSignal, drive, resume
from leadsync.core.models import CallState, Reason, RunState
from tests.providers.finding import a_person_column, cells, leads, opened, priced
from tests.reliability.run_making import enrich, hasty, plan_of, started
from tests.servers.apollo_server import ApolloServer, match
from tests.servers.http_server import Reply
from tests.servers.pdl_server import PdlServer, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.models import Call
    from leadsync.core.workspace import Workspace
    from tests.servers.http_server import Request

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
BULK = "/people/bulk_match"


@pytest.fixture
def apollo() -> Iterator[ApolloServer]:
    server = ApolloServer()
    server.people = {mail(n): match(f"P{n} X", headline=f"H{n}") for n in range(40)}
    with server.running():
        yield server


@pytest.fixture
def pdl() -> Iterator[PdlServer]:
    server = PdlServer()
    server.people = {mail(n): person(f"P{n} X", headline=f"H{n}") for n in range(40)}
    with server.running():
        yield server


def mail(number: int) -> str:
    return f"p{number}@acme.de"


def rows(*numbers: int) -> list[dict[str, str]]:
    return [{"email": mail(number)} for number in numbers]


def asked(server: ApolloServer) -> list[list[str]]:
    """Whom each HTTP request was about."""
    return [[one["email"] for one in r.json["details"]] for r in server.asked(BULK)]


def calls_of(workspace: Workspace) -> list[Call]:
    run = max(workspace.store.runs(), key=lambda run: run.id)
    return [call for call in workspace.store.calls(run_id=run.id) if call.provider != "dns"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_with_other_batch_borders_pays_for_new_people_only(
    engine: str, request: pytest.FixtureRequest, apollo: ApolloServer, tmp_path: Path
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    with opened("apollo", apollo, tmp_path, store) as workspace:
        leads(workspace, *rows(*range(13)))
        a_person_column(workspace, "people", "apollo")
        assert enrich(workspace, "who", concurrency=1).counts == {Reason.VALUE: 13}
        assert [len(people) for people in asked(apollo)] == [10, 3]
        leads(workspace, *rows(20, 1, 2, 21, 3, 4, 22, 5, 6, 23, 7, 24))
        assert plan_of(workspace, "who").columns[0].cached == 7
        result = enrich(workspace, "who", concurrency=1)
        assert result.counts == {Reason.VALUE: 5, Reason.CACHED: 7}
        new = sorted(person for people in asked(apollo)[2:] for person in people)
        assert new == [mail(n) for n in (20, 21, 22, 23, 24)]
        assert (result.units, len(apollo.charged)) == ({"credit": 5}, 18)


def test_equal_people_of_batches_in_flight_together_are_asked_about_once(
    apollo: ApolloServer, tmp_path: Path
) -> None:
    answer = apollo.script
    apollo.script = lambda request: replace(answer(request), delay_s=0.2)
    with opened("apollo", apollo, tmp_path) as workspace:
        leads(workspace, *rows(*range(10), *range(5, 15), 3))
        a_person_column(workspace, "people", "apollo")
        result = enrich(workspace, "who", concurrency=4)
        people = [person for part in asked(apollo) for person in part]
        assert sorted(people) == sorted(set(people))
        assert result.counts == {Reason.VALUE: 15, Reason.CACHED: 6}
        assert [cell for (cell,) in cells(workspace)][-1] == "H3"


def test_people_of_a_refused_request_are_asked_about_together_again(
    apollo: ApolloServer, tmp_path: Path
) -> None:
    answer = apollo.script
    refused = Reply(429, {"error": "slow down"})
    apollo.script = lambda request: refused if request.number in (1, 3, 5) else answer(request)
    with opened("apollo", apollo, tmp_path) as workspace:
        leads(workspace, *rows(*range(30)))
        a_person_column(workspace, "people", "apollo")
        assert enrich(workspace, "who").counts == {Reason.VALUE: 30}
    assert [len(people) for people in asked(apollo)] == [10] * 6


def test_a_cap_sends_as_many_as_there_is_money_for(apollo: ApolloServer, tmp_path: Path) -> None:
    with opened("apollo", apollo, tmp_path, **priced(tmp_path, "apollo", credit=0.01)) as workspace:
        leads(workspace, *rows(*range(10)))
        a_person_column(workspace, "people", "apollo")
        result = enrich(workspace, "who", max_cost_usd_micros=47_000)
        assert (result.state, result.counts) == (RunState.HELD, {Reason.VALUE: 4})
        assert (result.cost_usd_micros, len(apollo.charged)) == (40_000, 4)
        run = max(workspace.store.runs(), key=lambda run: run.id)
        result = resume(workspace, run.id, pace=hasty(), max_cost_usd_micros=200_000)
        assert (result.state, len(apollo.charged)) == (RunState.DONE, 10)


def test_a_lost_answer_loses_every_call_of_it(pdl: PdlServer, tmp_path: Path) -> None:
    pdl.special = [Reply(body=[], cut=10)]
    with opened("pdl", pdl, tmp_path, **priced(tmp_path, "pdl", credit=0.1)) as workspace:
        leads(workspace, *rows(0, 1, 2))
        a_person_column(workspace, "people", "pdl")
        result = enrich(workspace, "who")
        assert (result.counts, len(pdl.requests)) == ({Reason.UNKNOWN: 3}, 1)
        assert (result.cost_usd_micros, result.at_most_usd_micros) == (0, 300_000)
        assert [call.state for call in calls_of(workspace)] == [CallState.LOST] * 3


def test_what_may_be_repeated_is_sent_again_once_and_each_call_tells_of_it(
    apollo: ApolloServer, tmp_path: Path
) -> None:
    apollo.special = [Reply(body={}, cut=10)]
    with opened("apollo", apollo, tmp_path) as workspace:
        leads(workspace, *rows(0, 1))
        a_person_column(workspace, "people", "apollo")
        assert enrich(workspace, "who").counts == {Reason.VALUE: 2}
        states = sorted(str(call.state) for call in calls_of(workspace))
        assert states == ["answered", "answered", "lost", "lost"]


def test_a_server_that_cannot_be_reached_costs_nothing(tmp_path: Path) -> None:
    with ApolloServer().running() as gone:
        pass
    with opened("apollo", gone, tmp_path, **priced(tmp_path, "apollo", credit=1)) as workspace:
        leads(workspace, *rows(0, 1))
        a_person_column(workspace, "people", "apollo")
        result = enrich(workspace, "who")
        assert result.counts == {Reason.TRANSIENT: 2}
        assert (result.cost_usd_micros, result.at_most_usd_micros) == (0, 0)


def test_without_a_key_nothing_is_sent_and_the_column_is_held(
    apollo: ApolloServer, tmp_path: Path
) -> None:
    with opened("apollo", apollo, tmp_path, APOLLO_API_KEY="") as workspace:
        leads(workspace, *rows(0, 1))
        a_person_column(workspace, "people", "apollo")
        result = enrich(workspace, "who")
        assert (result.state, apollo.requests) == (RunState.HELD, [])
        assert "APOLLO_API_KEY" in result.reason


def test_after_a_stop_no_request_leaves_and_the_rest_is_done_later(
    apollo: ApolloServer, tmp_path: Path
) -> None:
    stop = StopSignal()
    answer = apollo.script

    def stopping(request: Request) -> Reply:
        if request.number == 2:
            stop.request()
        return answer(request)

    apollo.script = stopping
    with opened("apollo", apollo, tmp_path) as workspace:
        leads(workspace, *rows(*range(40)))
        a_person_column(workspace, "people", "apollo")
        run = started(workspace, "who", concurrency=1)
        result = drive(workspace, run.id, pace=hasty(), stop=stop)
        assert (result.state, result.left) == (RunState.STOPPED, 20)
        assert len(apollo.requests) == 2
        assert resume(workspace, run.id, pace=hasty()).state is RunState.DONE
        assert (len(apollo.requests), len(apollo.charged)) == (4, 40)
