"""Actors at Apify, over a socket: every answer ends in its outcome, and no start is paid twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import ColumnChanges, add_column, edit_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.config import load_config
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.events import Waiting
from leadsync.core.engine.key_checks import check_key, find_provider
from leadsync.core.engine.running import StopSignal, drive, resume
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError
from leadsync.core.models import CallState, Reason, RunState
from leadsync.core.provenance import explain
from leadsync.core.story_text import story_lines
from leadsync.enrichers.apify_config import ApifyConfig
from leadsync.enrichers.apify_start import InputTooLarge, start_request
from tests.contract.making import a_campaign, some_leads
from tests.providers.vendor_specs import (
    check_parameters,
    check_request,
    check_response,
    needs_specs,
    operation_of,
)
from tests.reliability.run_making import (
    a_workspace,
    counted_calls,
    enrich,
    hasty,
    plan_of,
    started,
)
from tests.servers.apify_server import ACTOR, ApifyServer, Ends, Reply, error, profile, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import Event
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

SPEC = "apify.json"
COVERED = {
    "POST /v2/actors/{actorId}/runs",
    "GET /v2/actors/{actorId}/runs",
    "GET /v2/actor-runs/{runId}",
    "POST /v2/actor-runs/{runId}/abort",
    "GET /v2/datasets/{datasetId}/items",
    "GET /v2/key-value-stores/{storeId}/records/{recordKey}",
    "GET /v2/users/me",
    "GET /v2/users/me/limits",
    "GET /v2/users/me/usage/monthly",
}
KEY = "apify_api_planted_7Tq21LmZ0x"
ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
START = "POST /v2/actors"
LOOK = "GET /v2/actor-runs"


@pytest.fixture
def server() -> Iterator[ApifyServer]:
    server = ApifyServer()
    with server.running():
        yield server


def opened(server: ApifyServer, folder: Path, store: str = "", **more: str) -> Workspace:
    prices = folder / "prices.toml"
    if not prices.exists():
        prices.write_text("[limits.apify]\nbackoff_s = 0.01\n")
    settings = {
        "LEADSYNC_APIFY_BASE_URL": server.url,
        "APIFY_TOKEN": KEY,
        "LEADSYNC_POLL_BASE_S": "0.05",
        "LEADSYNC_PRICES": str(prices),
    }
    return a_workspace("", folder, store, **(settings | more))


@pytest.fixture
def workspace(server: ApifyServer, tmp_path: Path) -> Iterator[Workspace]:
    with opened(server, tmp_path) as found:
        yield found


@pytest.fixture(params=ENGINES)
def either(
    request: pytest.FixtureRequest, server: ApifyServer, tmp_path: Path
) -> Iterator[Workspace]:
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with opened(server, tmp_path, store) as found:
        yield found


def url(number: int) -> str:
    return f"https://www.linkedin.com/in/person-{number}"


def people(workspace: Workspace, number: int, *links: str) -> list[int]:
    inbox = a_campaign(workspace.store)
    rows = [{"name": f"P {n}", "linkedin_url": url(n)} for n in range(number)]
    rows += [{"name": link, "linkedin_url": link} for link in links]
    return some_leads(workspace.store, inbox, rows)


def a_column(workspace: Workspace, **config: Any) -> Column:
    given = {
        "actor": ACTOR,
        "input": '{"queries": {{ leads | map(attribute="linkedin_url") | list | tojson }}}',
        "match": {"item": "linkedinUrl", "field": "linkedin_url", "compare": "linkedin"},
        "value": "headline",
        **config,
    }
    return add_column(workspace, ColumnSpec(key="li", kind="apify", config=given))


def cells(workspace: Workspace) -> list[Any]:
    return [value for (value,) in workspace.store.scan({}, ["li"])]


def calls(workspace: Workspace, operation: str) -> list[Any]:
    found = [c for run in workspace.store.runs() for c in workspace.store.calls(run_id=run.id)]
    return [call for call in found if call.operation == operation]


# what is asked and read ------------------------------------------------------------------------
def test_one_run_serves_many_leads_and_its_items_are_matched(
    either: Workspace, server: ApifyServer
) -> None:
    server.actor = lambda given: [*reversed(profiles(given)), profile("in/stranger"), {}]
    server.ends = Ends(looks=2)
    leads = people(either, 5)
    column = a_column(either, batch_size=5, max_usd_per_lead=0.01)
    planned = plan_of(either, "li").providers[0].calls
    result = enrich(either, "li")
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 5})
    assert {"apify": planned} == counted_calls(either) == {"apify": 1}
    assert cells(either) == ["Person builds engines"] * 5
    assert len(server.runs) == 1
    (task,) = either.store.tasks(leads[:1], [column.id])
    run_id = server.runs[0].id
    note = f"run {run_id} of {ACTOR}; 1 of its 6 items belong to none of its leads"
    assert task.meta["note"] == note
    assert f"  note: {note}" in story_lines(explain(either, leads[0], "li"))


def test_batches_are_as_large_as_the_column_says(workspace: Workspace, server: ApifyServer) -> None:
    people(workspace, 7)
    a_column(workspace, batch_size=3)
    assert enrich(workspace, "li").counts == {Reason.VALUE: 7}
    assert sorted(len(run.given["queries"]) for run in server.runs) == [1, 3, 3]


@pytest.mark.parametrize("batch_size", [1, 4])
def test_leads_with_one_profile_are_paid_once_whatever_their_batches(
    workspace: Workspace, server: ApifyServer, batch_size: int
) -> None:
    leads = people(workspace, 2, url(0), url(0))
    column = a_column(workspace, batch_size=batch_size)
    result = enrich(workspace, "li")
    assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 4}, 8_000)
    assert sorted(q for run in server.runs for q in run.given["queries"]) == [url(0), url(1)]
    assert cells(workspace) == ["Person builds engines"] * 4
    costs = [task.meta["costUsdMicros"] for task in workspace.store.tasks(leads, [column.id])]
    assert sorted(costs) == [0, 0, 4_000, 4_000]


def test_a_lead_that_would_join_a_start_that_came_to_nothing_is_asked_about_itself(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 1, url(0))
    a_column(workspace, batch_size=1)
    server.special["POST /v2/actors"] = [error(400, "invalid-input")]
    result = enrich(workspace, "li")
    assert result.counts == {Reason.VALUE: 1, Reason.INVALID: 1}
    assert len(server.runs) == 1


def test_a_lead_without_an_item_is_no_match_and_is_not_bought_again(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.actor = lambda given: profiles(given)[1:]
    people(workspace, 3)
    a_column(workspace)
    assert enrich(workspace, "li").counts == {Reason.VALUE: 2, Reason.NO_MATCH: 1}
    assert plan_of(workspace, "li").cells == 0
    edit_column(workspace, "li", ColumnChanges(config={"batch_size": 2}))
    plan = plan_of(workspace, "li", scope=Scope.ALL)
    assert ([part.cached for part in plan.columns], plan.providers) == ([3], ())
    again = enrich(workspace, "li", scope=Scope.ALL)
    assert (again.cost_usd_micros, len(server.runs)) == (0, 1)
    assert cells(workspace) == [None, "Person builds engines", "Person builds engines"]


def test_what_a_run_may_use_is_sent(workspace: Workspace, server: ApifyServer) -> None:
    people(workspace, 2)
    a_column(workspace, memory_mbytes=512, timeout_s=90, build="beta", results_per_lead=3)
    enrich(workspace, "li")
    assert server.runs[0].params == {
        "memory": "512", "timeout": "90", "build": "beta", "maxItems": "6",
        "maxTotalChargeUsd": "0.024000",
    }  # fmt: skip


def test_all_results_of_a_lead_are_a_list(workspace: Workspace, server: ApifyServer) -> None:
    server.actor = lambda given: [{**p, "headline": h} for p in profiles(given) for h in "ab"]
    people(workspace, 1)
    a_column(workspace, all_results=True, results_per_lead=2, value="[].headline")
    enrich(workspace, "li")
    assert cells(workspace) == ['["a", "b"]']


def test_items_are_read_page_by_page_to_the_end(workspace: Workspace, server: ApifyServer) -> None:
    server.actor = lambda given: [*[{}] * 1200, *profiles(given)]
    server.ends = Ends(reports_cost=False)
    people(workspace, 2)
    a_column(workspace, max_usd_per_lead=50)
    assert enrich(workspace, "li").counts == {Reason.VALUE: 2}
    assert len(calls(workspace, "read items")) == 2


def test_pages_that_are_too_long_are_read_in_smaller_ones(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.actor = lambda given: [{**p, "about": "x" * 4_000_000} for p in profiles(given)]
    people(workspace, 4)
    a_column(workspace)
    assert enrich(workspace, "li").counts == {Reason.VALUE: 4}


# what never costs ------------------------------------------------------------------------------
def test_pages_that_are_no_person_are_refused_before_they_cost(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 1, "https://www.linkedin.com/company/acme", "https://example.com/ada")
    column = a_column(workspace)
    assert plan_of(workspace, "li").providers[0].calls == 1
    result = enrich(workspace, "li")
    assert result.counts == {Reason.VALUE: 1, Reason.INVALID: 2}
    assert "no profile of a person" in result.errors[0].detail
    assert [len(run.given["queries"]) for run in server.runs] == [1]
    assert column.inputs == ("linkedin_url",)


def test_a_column_that_cannot_work_is_refused_when_it_is_saved(workspace: Workspace) -> None:
    for config, words in (
        ({"actor": "no actor"}, "is no actor"),
        ({"input": "{{ leads | map(attribute='linkedn_url') | list }}"}, "linkedin_url"),
        ({"match": {"item": "a[", "field": "linkedin_url"}}, "is no JMESPath"),
        ({"match": {"item": "a", "field": "linkedin"}}, 'no field "linkedin"'),
        ({"memory_mbytes": 1000}, "power of 2"),
        ({"actors": "x"}, 'did you mean "actor"'),
    ):
        with pytest.raises(InputError, match=words):
            a_column(workspace, **config)
    assert a_column(workspace, actor="harvestapi/linkedin-profile-scraper").config["actor"]


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"queries": [{{ leads[0].linkedin_url }}]}', "no JSON"), ("[1]", "no JSON object")],
)
def test_an_input_that_is_no_json_object_is_not_sent(
    workspace: Workspace, server: ApifyServer, text: str, words: str
) -> None:
    people(workspace, 1)
    a_column(workspace, input=text)
    result = enrich(workspace, "li")
    assert (result.counts, server.runs) == ({Reason.INVALID: 1}, [])
    assert words in result.errors[0].detail


def test_a_batch_that_is_too_long_is_split(workspace: Workspace, server: ApifyServer) -> None:
    people(workspace, 4)
    padded = "{% for lead in leads %}{{ 'x' * 40000 }}{% endfor %}"
    urls = '{{ leads | map(attribute="linkedin_url") | list | tojson }}'
    a_column(workspace, input=f'{{"queries": {urls}, "pad": "{padded}"}}')
    assert enrich(workspace, "li").counts == {Reason.VALUE: 4}
    assert sorted(len(run.given["queries"]) for run in server.runs) == [2, 2]


# errors of the start ---------------------------------------------------------------------------
STARTS: list[tuple[Reply, str]] = [
    (error(400, "invalid-input", "Field input.queries is required"), "invalid"),
    (error(404, "record-not-found", "Actor was not found"), "invalid"),
    (error(413, "request-too-large", "too large"), "invalid"),
    (error(415, "unsupported-content-encoding", "no"), "invalid"),
    (error(401, "invalid-token", "Authentication token is not valid"), "auth"),
    (error(403, "insufficient-permissions", "You do not have permission"), "auth"),
    (error(402, "x402-payment-required", "not enough"), "exhausted"),
    (error(403, "usage", "Monthly usage: not enough credits"), "exhausted"),
]


@pytest.mark.parametrize(("reply", "meaning"), STARTS)
def test_each_refusal_of_a_start_has_its_outcome(
    workspace: Workspace, server: ApifyServer, reply: Reply, meaning: str
) -> None:
    server.special[START] = [reply]
    people(workspace, 2)
    a_column(workspace)
    result = enrich(workspace, "li")
    if meaning == "invalid":
        assert result.counts == {Reason.INVALID: 2}
        assert reply.body["error"]["message"] in result.errors[0].detail
    else:
        assert result.state is RunState.HELD
        assert result.reason.startswith(f"{meaning}: apify says: {reply.body['error']['message']}")
    assert (server.runs, result.cost_usd_micros) == ([], 0)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_start_that_is_turned_away_is_tried_again(
    workspace: Workspace, server: ApifyServer, status: int
) -> None:
    server.special[START] = [error(status, "rate-limit-exceeded")] * 2
    people(workspace, 2)
    a_column(workspace)
    assert enrich(workspace, "li").counts == {Reason.VALUE: 2}
    assert len(server.runs) == 1


def test_a_start_for_which_there_is_no_memory_waits_for_other_runs(
    workspace: Workspace, server: ApifyServer
) -> None:
    words = "By launching this job you will exceed the memory limit of 8192MB"
    server.special[START] = [error(402, "actor-memory-limit-exceeded", words)] * 2
    people(workspace, 2)
    a_column(workspace)
    assert enrich(workspace, "li").counts == {Reason.VALUE: 2}


def test_an_input_that_is_longer_than_apify_takes_is_not_sent() -> None:
    class Long:
        def render(self, batch: Any) -> str:
            return '{"pad": "%s"}' % ("x" * 9_437_184)

    given = {"actor": ACTOR, "input": "{}", "match": {"item": "a", "field": "name"}}
    config = ApifyConfig.model_validate({**given, "max_usd_per_lead": 1})
    settings = ConfigSettings(load_config(environment={}))
    with pytest.raises(InputTooLarge, match="9,437,184 bytes"):
        start_request({1: {"name": "Ada"}}, config, Long(), settings)  # type: ignore[arg-type]


# money -----------------------------------------------------------------------------------------
def test_a_run_costs_what_apify_says_at_its_end(either: Workspace, server: ApifyServer) -> None:
    server.actor = lambda given: profiles(given)[:-1]
    leads = people(either, 4)
    column = a_column(either)
    plan = plan_of(either, "li")
    assert (plan.providers[0].calls, plan.min_usd_micros, plan.max_usd_micros) == (1, 0, 16_000)
    result = enrich(either, "li", max_cost_usd_micros=16_000)
    assert (result.state, result.cost_usd_micros) == (RunState.DONE, 12_000)
    assert either.store.spending(result.run_id) == (12_000, [])
    (call,) = calls(either, "start actor")
    assert (call.cost_usd_micros, call.units) == (12_000, {"profile": 3})
    tasks = either.store.tasks(leads, [column.id])
    assert sum(task.meta["costUsdMicros"] for task in tasks) == 12_000


def test_the_cap_of_the_run_is_sent_and_never_passed(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 10)
    a_column(workspace, batch_size=5)
    result = enrich(workspace, "li", max_cost_usd_micros=14_000, concurrency=1)
    assert result.state is RunState.HELD
    assert result.reason.startswith("cap")
    sent = [float(run.params["maxTotalChargeUsd"]) for run in server.runs]
    assert sum(sent) <= 0.014
    assert (result.cost_usd_micros, server.charged_usd) == (12_000, 0.012)
    assert len([cell for cell in cells(workspace) if cell]) == 3


def test_without_a_price_nothing_is_started(workspace: Workspace, server: ApifyServer) -> None:
    people(workspace, 2)
    a_column(workspace, actor="ada~my-actor")
    assert plan_of(workspace, "li").max_usd_micros is None
    result = enrich(workspace, "li")
    assert (result.state, server.requests) == (RunState.HELD, [])
    assert "max_usd_per_lead" in result.reason


def test_a_price_of_the_columns_own_goes_first(workspace: Workspace, server: ApifyServer) -> None:
    people(workspace, 2)
    a_column(workspace, max_usd_per_lead=0.01)
    assert plan_of(workspace, "li").max_usd_micros == 20_000
    enrich(workspace, "li")
    assert server.runs[0].params["maxTotalChargeUsd"] == "0.020000"


def test_where_apify_does_not_tell_the_cost_the_price_file_does(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.ends = Ends(reports_cost=False)
    server.actor = lambda given: profiles(given)[:1]
    people(workspace, 2)
    a_column(workspace)
    assert enrich(workspace, "li").cost_usd_micros == 4_000


def test_leads_that_a_run_did_not_come_to_are_no_misses(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 4)
    a_column(workspace, max_usd_per_lead=0.002)  # half of what it costs
    result = enrich(workspace, "li")
    assert result.counts == {Reason.VALUE: 2, Reason.INVALID: 2}
    assert "reached what it may cost" in result.errors[0].detail
    assert server.charged_usd == 0.008


# runs that end badly ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "words"),
    [("FAILED", "failed"), ("TIMED-OUT", "ran out of time"), ("ABORTED", "was aborted")],
)
def test_what_a_run_found_before_it_failed_is_read_and_the_rest_says_why(
    workspace: Workspace, server: ApifyServer, status: str, words: str
) -> None:
    server.ends = Ends(status=status, message="Proxy is gone", keeps=2)
    people(workspace, 3)
    a_column(workspace)
    result = enrich(workspace, "li")
    assert result.counts == {Reason.VALUE: 2, Reason.INVALID: 1}
    assert result.errors[0].detail == f"the actor's run {words}: Proxy is gone"
    assert result.cost_usd_micros == 8_000


@pytest.mark.parametrize("status", ["READY", "RUNNING", "TIMING-OUT", "ABORTING"])
def test_a_run_that_goes_on_is_looked_at_again(
    workspace: Workspace, server: ApifyServer, status: str
) -> None:
    people(workspace, 2)
    a_column(workspace)
    server.special[LOOK] = [Reply(body={"data": {"status": status}})] * 2
    assert enrich(workspace, "li").counts == {Reason.VALUE: 2}
    assert len(server.runs) == 1


def test_trouble_while_a_run_is_looked_at_loses_nothing(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.special[LOOK] = [error(500, "internal"), error(429, "rate"), Reply(body="<html>")]
    server.special["GET /v2/datasets"] = [error(502, "bad"), Reply(body='[{"linkedinUrl": "x')]
    people(workspace, 2)
    a_column(workspace)
    assert enrich(workspace, "li").counts == {Reason.VALUE: 2}
    assert len(server.runs) == 1


def test_a_run_that_apify_does_not_know_any_more_is_an_error(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.special[LOOK] = [error(404, "record-not-found", "Actor run was not found")]
    people(workspace, 2)
    a_column(workspace)
    result = enrich(workspace, "li")
    assert result.counts == {Reason.INVALID: 2}
    assert "Actor run was not found" in result.errors[0].detail


def test_a_token_that_is_refused_while_a_run_goes_on_holds_the_column(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.special[LOOK] = [error(401, "invalid-token", "Authentication token is not valid")]
    people(workspace, 2)
    a_column(workspace)
    held = enrich(workspace, "li")
    assert (held.state, held.left) == (RunState.HELD, 2)
    assert resume(workspace, held.run_id, pace=hasty()).counts == {Reason.VALUE: 2}
    assert len(server.runs) == 1


# starts whose answer is lost -------------------------------------------------------------------
def test_a_run_whose_start_was_lost_is_found_and_adopted(
    either: Workspace, server: ApifyServer
) -> None:
    server.loses = ["after"]
    server.clock = timedelta(seconds=-90)
    people(either, 3)
    a_column(either)
    result = enrich(either, "li")
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 3})
    assert (len(server.runs), result.cost_usd_micros) == (1, 12_000)
    (call,) = calls(either, "start actor")
    assert (call.state, call.cost_usd_micros) == (CallState.ANSWERED, 12_000)


def test_a_start_that_never_arrived_is_sent_again_and_costs_nothing(
    either: Workspace, server: ApifyServer
) -> None:
    server.loses = ["before"]
    people(either, 3)
    a_column(either)
    result = enrich(either, "li", max_cost_usd_micros=12_000)
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 3})
    assert (len(server.runs), result.cost_usd_micros, result.at_most_usd_micros) == (1, 12_000, 0)


def test_a_start_whose_answer_cannot_be_read_is_looked_for(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.loses = ["garbled"]
    people(workspace, 2)
    a_column(workspace)
    result = enrich(workspace, "li")
    assert (result.counts, len(server.runs)) == ({Reason.VALUE: 2}, 1)
    assert result.cost_usd_micros == 8_000


def test_another_run_of_the_same_actor_is_not_adopted(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 6)
    a_column(workspace, batch_size=2)
    server.loses = ["after", "before"]
    result = enrich(workspace, "li", concurrency=1)
    assert result.counts == {Reason.VALUE: 6}
    asked = [url for run in server.runs for url in run.given["queries"]]
    assert (len(server.runs), len(set(asked))) == (3, 6)


def test_a_lost_start_that_cannot_be_looked_for_stays_unknown_and_is_adopted_later(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.loses = ["after"]
    server.special["GET /v2/actors"] = [error(500, "internal")] * 40
    people(workspace, 2)
    a_column(workspace)
    result = enrich(workspace, "li")
    assert result.state is RunState.DONE
    assert result.counts == {Reason.TRANSIENT: 2}
    assert result.at_most_usd_micros == 8_000
    server.special.clear()
    again = enrich(workspace, "li")
    assert (again.counts, len(server.runs)) == ({Reason.VALUE: 2}, 1)
    assert workspace.store.spending(result.run_id)[0] == 8_000


def test_a_lead_that_has_changed_since_a_lost_start_is_asked_about_anew(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.loses = ["after"]
    server.special["GET /v2/actors"] = [error(500, "internal")] * 40
    leads = people(workspace, 2)
    a_column(workspace)
    enrich(workspace, "li")
    server.special.clear()
    with workspace.store.unit("ada", "link") as unit:
        unit.edit({leads[0]: {"linkedin_url": "https://linkedin.com/in/grace-hopper"}})
    assert enrich(workspace, "li").counts == {Reason.VALUE: 2}
    assert cells(workspace) == ["Grace builds engines", "Person builds engines"]
    assert [run.given["queries"] for run in server.runs][1:] == [
        ["https://linkedin.com/in/grace-hopper"]
    ]


# stop, resume, crash ---------------------------------------------------------------------------
def stop_when_waiting(workspace: Workspace, *, waits: bool = True) -> Any:
    stop = StopSignal()

    def on_event(event: Event) -> None:
        if isinstance(event, Waiting):
            stop.request()

    run = started(workspace, "li")
    return drive(workspace, run.id, pace=hasty(), stop=stop, on_event=on_event, waits=waits)


def test_stopping_a_run_aborts_it_at_apify_and_resume_reads_what_it_found_and_asks_the_rest(
    either: Workspace, server: ApifyServer
) -> None:
    server.ends = Ends(looks=None)
    people(either, 5, url(0))
    a_column(either, batch_size=3)
    stopped = stop_when_waiting(either)
    assert (stopped.state, stopped.left) == (RunState.STOPPED, 6)
    assert sorted(set(server.aborted)) == [run.id for run in server.runs]
    server.ends = Ends(looks=1)
    result = resume(either, stopped.run_id, pace=hasty())
    assert (result.state, result.counts) == (RunState.DONE, {Reason.VALUE: 6})
    assert result.cost_usd_micros == 20_000
    assert sum(len(run.items) for run in server.runs) == 5  # nobody is paid for twice


def test_a_stop_does_not_wait_for_an_apify_that_does_not_answer(
    workspace: Workspace, server: ApifyServer
) -> None:
    server.ends = Ends(looks=None)
    server.special["POST /v2/actor-runs"] = [error(500, "internal")]
    people(workspace, 2)
    a_column(workspace)
    stopped = stop_when_waiting(workspace)
    assert (stopped.state, stopped.left, server.aborted) == (RunState.STOPPED, 2, [])


def test_a_worker_that_ends_leaves_a_run_to_the_next_process(
    either: Workspace, server: ApifyServer, tmp_path: Path
) -> None:
    server.ends = Ends(looks=None)
    people(either, 3, url(0))
    a_column(either)
    left = stop_when_waiting(either, waits=False)
    assert (left.state, left.left, server.aborted) == (RunState.STOPPED, 4, [])
    server.ends = Ends(looks=1)
    with opened(server, tmp_path, either.config.store) as later:
        result = resume(later, left.run_id, pace=hasty())
    assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 4}, 12_000)
    assert len(server.runs) == 1


def test_a_lead_that_changes_while_its_run_goes_on_gets_the_item_it_was_asked_about(
    either: Workspace, server: ApifyServer
) -> None:
    server.ends = Ends(looks=None)
    server.actor = lambda given: [
        item | {"headline": item["publicIdentifier"]} for item in profiles(given)
    ]
    leads = people(either, 3)
    column = a_column(either, max_usd_per_lead=0.004)
    left = stop_when_waiting(either, waits=False)
    with either.store.unit("ada", "links") as unit:
        unit.edit({leads[0]: {"linkedin_url": url(7)}, leads[1]: {"linkedin_url": url(2)}})
    server.ends = Ends(looks=1)
    result = resume(either, left.run_id, pace=hasty())
    assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 3}, 12_000)
    assert cells(either) == ["person-0", "person-1", "person-2"]
    states = either.store.states(leads, [column.id])
    assert [states[lead, column.id].stale for lead in leads] == [True, True, False]
    with either.store.unit("ada", "link back") as unit:
        unit.edit({leads[0]: {"linkedin_url": url(0)}})
    again = enrich(either, "li", scope=Scope.ALL)
    assert again.counts == {Reason.CACHED: 2, Reason.VALUE: 1}
    assert [run.given["queries"] for run in server.runs[1:]] == [[url(2)]]
    assert cells(either) == ["person-0", "person-2", "person-2"]


# keys ------------------------------------------------------------------------------------------
def test_the_key_check_says_whose_token_it_is_and_what_is_left(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 2)
    a_column(workspace)
    enrich(workspace, "li")
    report = check_key(find_provider("apify"), workspace.config)
    assert (report.is_accepted, report.detail) == (
        True,
        "ada, $48.99 of $49.00 left until 2026-12-01",
    )
    server.special["GET /v2/users/me"] = [
        error(401, "invalid-token", "Authentication token is not valid.")
    ]
    report = check_key(find_provider("apify"), workspace.config)
    assert (report.is_accepted, report.detail) == (False, "Authentication token is not valid.")


def test_what_is_not_apify_accepts_no_token(workspace: Workspace, server: ApifyServer) -> None:
    server.special["GET /v2/users/me"] = [Reply(200, "<html>a portal</html>")]
    report = check_key(find_provider("apify"), workspace.config)
    assert (report.is_accepted, "is its address right" in report.detail) == (None, True)


def test_the_token_travels_in_a_header_and_is_written_down_nowhere(
    workspace: Workspace, server: ApifyServer, tmp_path: Path
) -> None:
    people(workspace, 1)
    a_column(workspace)
    enrich(workspace, "li")
    assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {KEY}"}
    assert not any(KEY in r.path for r in server.requests)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in data for data in kept)


# the recipe ------------------------------------------------------------------------------------
def test_the_linkedin_recipe_fills_its_columns(workspace: Workspace, server: ApifyServer) -> None:
    people(workspace, 2)
    add_column(workspace, load_recipe("linkedin-apify", workspace.config))
    result = enrich(workspace, "linkedin_profile")
    assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 2}, 8_000)
    keys = ["linkedin_headline", "linkedin_title", "linkedin_company", "linkedin_location"]
    (row, _) = workspace.store.scan({}, keys)
    assert list(row) == ["Person builds engines", "Head of Engines", "Analytical", "London"]
    (whole, _) = workspace.store.scan({}, ["linkedin_profile"])
    assert json.loads(whole[0])["publicIdentifier"] == "person-0"
    assert server.runs[0].given["profileScraperMode"] == "Profile details no email ($4 per 1k)"


# the vendor's description ----------------------------------------------------------------------
@needs_specs
def test_all_that_is_said_fits_the_vendors_description(
    workspace: Workspace, server: ApifyServer
) -> None:
    people(workspace, 4)
    a_column(workspace, batch_size=2)
    server.loses = ["after"]
    server.ends = Ends(looks=2)
    enrich(workspace, "li")
    check_key(find_provider("apify"), workspace.config)
    people(workspace, 0, url(9))
    server.ends = Ends(looks=None)
    stop_when_waiting(workspace)
    seen = set()
    for said in server.exchanges:
        operation = operation_of(SPEC, said.method, said.path)
        seen.add(operation)
        check_parameters(SPEC, operation, set(said.params))
        if said.body is not None:
            check_request(SPEC, operation, said.body)
        check_response(SPEC, operation, said.status, said.reply)
    assert seen == COVERED
