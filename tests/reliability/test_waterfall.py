"""Waterfalls over sockets: who is asked, what is accepted, what is paid, how it is told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.failures import list_unknown
from leadsync.core.engine.running import resume
from leadsync.core.engine.step_statistics import step_statistics
from leadsync.core.engine.trace import Verdict
from leadsync.core.models import Reason, RunState
from leadsync.core.provenance import explain
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import (
    a_workspace,
    enrich,
    filled,
    hasty,
    people,
    plan_of,
)
from tests.reliability.waterfall_making import (
    CHECK_PRICE,
    PRICES,
    a_step,
    a_waterfall,
    answer_of,
    calls_needed,
    finds,
    status,
    the_waterfall,
)
from tests.servers.finder_server import Finders
from tests.servers.http_server import HttpServer, Reply

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


@pytest.fixture
def workspace(server: HttpServer, tmp_path: Path) -> Iterator[Workspace]:
    with kind_echo(), a_workspace(server.url, tmp_path) as opened:
        yield opened


@pytest.fixture(params=ENGINES)
def either_workspace(
    request: pytest.FixtureRequest, server: HttpServer, tmp_path: Path
) -> Iterator[Workspace]:
    """On a store of each engine."""
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with kind_echo(), a_workspace(server.url, tmp_path, store) as opened:
        yield opened


def cells(workspace: Workspace, *keys: str) -> list[Any]:
    rows = list(workspace.store.scan({}, ["name", *keys]))
    return [row[1:] if len(keys) > 1 else row[1] for row in sorted(rows, key=_number)]


def _number(row: Any) -> int:
    return int(str(row[0]).rpartition(" ")[2])


def test_a_run_pays_exactly_the_calls_that_it_needs_and_a_second_one_nothing(
    either_workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    workspace = either_workspace
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


def test_the_trace_tells_each_step_and_why_it_went_on(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    leads = people(workspace, 11)
    the_waterfall(workspace, server.url)
    enrich(workspace, "found")
    story = explain(workspace, leads[10], "found")
    first, second, third = story.trace
    assert (first.step, first.verdict) == ("first", Verdict.REJECTED)
    assert first.why == "it does not meet email:exists verify=deliverable"
    assert first.cells == {"email": "dead-first10@found.example", "score": 10}
    assert first.then
    assert first.then.cells == {"verify": "undeliverable"}
    assert (first.bill.cost_usd_micros, first.then.bill.cost_usd_micros) == (1000, 100)
    assert (second.step, second.verdict) == ("second", Verdict.NO_MATCH)
    assert (third.step, third.verdict) == ("third", Verdict.ACCEPTED)
    assert story.cost_usd_micros == 1000 + 100 + 5000 + 100
    assert len(story.calls) == 5
    assert third.to_doc() == story.to_doc()["trace"][2]
    miss = explain(workspace, leads[1], "found")
    assert (miss.state.reason, miss.value) == (Reason.NO_MATCH, None)
    assert [step.verdict for step in miss.trace] == [Verdict.NO_MATCH] * 3


def test_statistics_tell_what_each_step_was_worth(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    people(workspace, 60)
    the_waterfall(workspace, server.url)
    enrich(workspace, "found", concurrency=8)
    enrich(workspace, "found", scope=Scope.ALL)  # from the cache: nothing is counted twice
    one, two, three = step_statistics(workspace, "found")
    assert (one.step, one.asked, one.hit, one.accepted) == ("first", 60, 30, 24)
    assert one.cost_usd_micros == 30 * (1000 + CHECK_PRICE)
    assert one.per_accepted_usd_micros == round(30 * 1100 / 24)
    assert two.asked == 36
    assert two.accepted + three.accepted == filled(workspace, "found") - 24
    assert three.asked == 36 - two.accepted
    paid = sum(step.cost_usd_micros or 0 for step in (one, two, three))
    assert paid == sum(PRICES.get(source, CHECK_PRICE) for source, _ in finders.paid)


def test_all_that_a_step_finds_fills_columns(workspace: Workspace, server: HttpServer) -> None:
    people(workspace, 3)
    a_waterfall(
        workspace,
        a_step(server.url, "first"),
        a_step(server.url, "third"),
        accept="verify=deliverable",
        outputs={"verify": "verdict", "score": "surety", "step": "source_of_it"},
    )
    enrich(workspace, "found")
    row = cells(workspace, "found", "verdict", "surety", "source_of_it")[2]
    assert row == ("first2@found.example", "deliverable", 2, "first")


def test_an_answer_that_is_a_single_cell_is_the_cell(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    people(workspace, 2)
    finders.status = lambda address: "yes" if address.startswith("p1") else ""
    check = {"kind": "check", "config": {"url": server.url}}
    config = {"steps": [check | {"name": "a"}, check | {"name": "b"}]}
    add_column(workspace, ColumnSpec(key="word", kind="waterfall", config=config))
    enrich(workspace, "word")
    assert cells(workspace, "word") == [None, "yes"]


def test_a_blank_input_skips_the_step_and_not_the_lead(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    leads = people(workspace, 3)
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({leads[0]: {"name": None}, leads[1]: {"name": None, "title": None}})
    finders.finds = lambda source, lead: {"email": f"{source}@found.example", "score": 1}
    a_waterfall(
        workspace,
        a_step(server.url, "first", checked=False),
        a_step(server.url, "second", checked=False, field="title"),
    )
    (part,) = plan_of(workspace, "found").columns
    assert (len(part.leads), dict(part.blank)) == (2, {"name": 1})
    result = enrich(workspace, "found")
    assert result.counts == {Reason.VALUE: 2}
    by_id = dict(workspace.store.scan({}, ["id", "found"]))
    assert by_id == {
        leads[0]: "second@found.example",
        leads[1]: None,
        leads[2]: "first@found.example",
    }
    skipped = explain(workspace, leads[0], "found").trace[0]
    assert (skipped.verdict, skipped.why) == (Verdict.SKIPPED, "name is blank")


EMAIL = {"email": "email"}
REFUSALS = {
    400: (Verdict.INVALID, Reason.INVALID),
    404: (Verdict.NO_MATCH, Reason.NO_MATCH),
    422: (Verdict.INVALID, Reason.INVALID),
    451: (Verdict.REFUSED, Reason.REFUSED),
}


@pytest.mark.parametrize("status_code", REFUSALS)
def test_a_step_that_says_no_makes_way_for_the_next(
    workspace: Workspace, server: HttpServer, finders: Finders, status_code: int
) -> None:
    (lead,) = people(workspace, 1)
    finders.behave = lambda request: (
        Reply(status_code, {"message": "no"}) if request.path == "/first" else None
    )
    a_waterfall(workspace, a_step(server.url, "first"), a_step(server.url, "third"))
    enrich(workspace, "found")
    first, third = explain(workspace, lead, "found").trace
    assert (first.verdict, third.verdict) == (REFUSALS[status_code][0], Verdict.ACCEPTED)
    finders.behave = lambda _request: Reply(status_code, {"message": "no"})
    a_waterfall(
        workspace,
        a_step(server.url, "second", field="title", checked=False, outputs=EMAIL),
        a_step(server.url, "third", field="title", checked=False, outputs=EMAIL),
        key="other",
    )
    result = enrich(workspace, "other")
    assert result.counts == {REFUSALS[status_code][1]: 1}
    assert len(explain(workspace, lead, "other").trace) == 2


def test_a_step_without_tries_left_makes_way_and_the_cell_stays_an_error_until_it_is_asked_again(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    leads = people(workspace, 6)
    finders.behave = lambda request: Reply(503, {}) if request.path == "/second" else None
    a_waterfall(
        workspace,
        *(a_step(server.url, source, checked=False) for source in ("first", "second", "third")),
    )
    result = enrich(workspace, "found", concurrency=2)
    assert result.counts == {Reason.VALUE: 5, Reason.TRANSIENT: 1}  # nobody knows Person 1
    task = explain(workspace, leads[1], "found")
    assert [step.verdict for step in task.trace] == [
        Verdict.NO_MATCH,
        Verdict.FAILED,
        Verdict.NO_MATCH,
    ]
    assert "second: " in task.state.detail
    finders.behave = lambda _request: None
    before = Counter(finders.asked)
    result = enrich(workspace, "found", scope=Scope.FAILED)
    assert result.counts == {Reason.NO_MATCH: 1}
    assert finders.asked - before == Counter({("second", "Person 1"): 1})


def test_a_held_step_pauses_the_column_unless_the_next_may_take_over(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    people(workspace, 6)
    finders.behave = lambda request: (
        Reply(402, {"message": "no credits left"}) if request.path == "/second" else None
    )
    a_waterfall(workspace, a_step(server.url, "first"), a_step(server.url, "second"))
    result = enrich(workspace, "found", concurrency=1)
    assert (result.state, result.reason) == (
        RunState.HELD,
        "exhausted: second says: no credits left",
    )
    finders.behave = lambda _request: None
    result = resume(workspace, result.run_id, pace=hasty())
    assert (result.state, result.left) == (RunState.DONE, 0)
    assert set(finders.paid.values()) == {1}


def test_a_held_step_that_makes_way_is_asked_once_a_run(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    leads = people(workspace, 8)
    finders.behave = lambda request: Reply(401, {}) if request.path == "/first" else None
    a_waterfall(
        workspace,
        a_step(server.url, "first", on_held="next"),
        a_step(server.url, "third", on_held="next"),
    )
    result = enrich(workspace, "found", concurrency=1)
    assert result.counts == {Reason.VALUE: 7, Reason.TRANSIENT: 1}  # the third knows not Person 1
    assert sum(request.path == "/first" for request in server.requests) == 1
    assert explain(workspace, leads[2], "found").trace[0].verdict is Verdict.HELD


def test_a_missing_key_holds_its_step(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    people(workspace, 2)
    a_waterfall(
        workspace,
        a_step(server.url, "first", key="FIRST_API_KEY"),
        a_step(server.url, "third"),
    )
    result = enrich(workspace, "found")
    assert (result.state, result.counts) == (RunState.HELD, {})
    assert 'the key "FIRST_API_KEY" is not set' in result.reason
    assert not server.requests


def test_a_request_that_may_have_been_billed_ends_the_lead_as_unknown(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    (lead,) = people(workspace, 1)
    finders.behave = lambda request: Reply(cut=0) if request.path == "/second" else None
    finders.finds = lambda source, _lead: (
        None if source == "first" else {"email": "a@found.example", "score": 1}
    )
    a_waterfall(
        workspace,
        a_step(server.url, "first"),
        a_step(server.url, "second", once=True),
        a_step(server.url, "third"),
    )
    result = enrich(workspace, "found")
    assert result.counts == {Reason.UNKNOWN: 1}
    assert result.at_most_usd_micros == PRICES["second"]
    assert not any(request.path == "/third" for request in server.requests)
    story = explain(workspace, lead, "found")
    assert [step.verdict for step in story.trace] == [Verdict.NO_MATCH, Verdict.UNKNOWN]
    (unknown,) = list_unknown(workspace, ["found"])
    assert unknown.lead_id == lead


def test_leads_are_asked_about_together_where_a_step_takes_many(
    workspace: Workspace, server: HttpServer, finders: Finders
) -> None:
    people(workspace, 60)
    a_waterfall(
        workspace,
        a_step(server.url, "first", checked=False),
        a_step(server.url, "second", checked=False, together=10),
        a_step(server.url, "third", checked=False),
    )
    result = enrich(workspace, "found", concurrency=4)
    assert result.state is RunState.DONE
    paths = Counter(request.path for request in server.requests)
    assert (paths["/first"], paths["/third"]) == (60, 20)
    assert 3 <= paths["/second"] <= 6  # 30 leads, of batches of ten that lost half of theirs
    assert set(finders.asked.values()) == {1}
